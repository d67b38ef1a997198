"""Fakes behind a proxy, and clients in processes of their own."""

import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from fake_server import serve
from fake_server.script import Script
from harness.profile import ServiceProfile
from harness.proxy.authority import Authority
from harness.proxy.gate import ProxyGate, ServedHosts
from harness.proxy.tunnel import RouteLimits
from provider.transport.types import Settings
from tests.support.clients.raw_client import read_until
from tests.support.servers.stages import echoing

SERVICE = "https://copilot.microsoft.com"
PROFILE = ServiceProfile(name="test", upstream="https://service.test", origins=("https://service.test",))


@pytest.fixture(autouse=True)
def own_folders(monkeypatch, tmp_path):
    """Temporary files of a session go where the test can look at them."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        monkeypatch.delenv(name, raising=False)
    return folder


class Machine:
    """A TLS service that plays Copilot, an unrelated TLS server, and whom the machine trusts besides."""

    def __init__(self, fake, stranger, settings):
        self.fake = fake
        self.stranger = stranger
        self.settings = settings


@pytest.fixture
def machine(tmp_path, monkeypatch):
    with serve(Script(), tls=True) as fake, serve(echoing(), tls=True) as stranger:
        trusted = tmp_path / "machine.pem"
        trusted.write_bytes(fake.authority_pem + stranger.authority_pem)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        yield Machine(fake, stranger, Settings(verify=str(trusted)))


def run_client(code, env, *arguments, python=sys.executable):
    """A Python client in a process of its own, with those variables; what it printed, as JSON."""
    process = subprocess.run(
        [python, "-c", code, *arguments], env={**os.environ, **env}, capture_output=True, timeout=60, check=False
    )
    assert process.returncode == 0, process.stderr.decode()
    return json.loads(process.stdout.decode().splitlines()[-1])


class Entrance:
    """A door with a stage behind it."""

    def __init__(self, door, server):
        self.door = door
        self.server = server
        self.host, self.port = server.host, server.port

    @property
    def password(self):
        return self.door._expected.decode()

    def request(self, line, *headers, password=None):
        fields = [f"Proxy-Authorization: {password or self.password}", "Host: x", *headers]
        return "\r\n".join([f"{line} HTTP/1.1", *fields, "", ""]).encode()

    def dial(self):
        return socket.create_connection((self.host, self.port), timeout=5)

    def connect(self, place):
        """A tunnel to there."""
        client = self.dial()
        client.sendall(self.request(f"CONNECT {place}"))
        head = read_until(client, b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        return client


@contextmanager
def entrance(stage=None, *, origins=("https://service.test",), lets_past=True, limits=None, server_limits=None):
    hosts = ServedHosts(origins)
    door = ProxyGate(hosts, Authority.make(hosts.names), lets_past=lets_past, limits=limits or RouteLimits(connect=5))
    with serve(stage or echoing(), gate=door, limits=server_limits) as server:
        yield Entrance(door, server)
        assert server.errors == []
