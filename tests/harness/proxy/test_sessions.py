"""Sessions behind the proxy: what lands in the cassette, what does not, and what is left afterwards."""

import asyncio
import os
import threading
import urllib.request
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fake_server import ServerStartError, serve
from fake_server.script import Script
from fake_server.stage import Response
from harness.cassette.store import load
from harness.proxy.errors import DistrustError, UnusedProxyError
from harness.proxy.sessions import proxied_recording, proxied_replaying
from harness.services.neutral import NEUTRAL
from provider.transport.async_transport import AsyncTransport
from provider.transport.errors import TransportError
from provider.transport.sync_transport import SyncTransport as Transport
from provider.transport.types import Request, Settings
from tests.harness.proxy.conftest import SERVICE, run_client
from tests.support.servers.stages import answering

USER = f"{SERVICE}/c/api/user"
GET = "import sys, requests; print([requests.get(url).status_code for url in sys.argv[1:]])"
REFUSED = """
import json, sys, requests
try:
    requests.get(sys.argv[1])
except requests.exceptions.ProxyError as error:
    print(json.dumps(str(error)))
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "session.yaml"


def recording(machine, path, **more):
    return proxied_recording(path, machine.fake.url, settings=machine.settings, **more)


def get(session, url=USER):
    """One request by the proxy, in this process."""
    transport = Transport(Settings(proxy=session.proxy_url, verify=str(session.ca_file)))
    try:
        return transport.request(Request(method="GET", url=url), timeout=10)
    finally:
        transport.close()


def test_other_hosts_work_while_recording_and_leave_no_trace(machine, path):
    with recording(machine, path) as session:
        assert run_client(GET, session.env, USER, f"{machine.stranger.url}/secret?of=others") == [200, 200]
    assert [exchange.target for exchange in session.cassette.exchanges] == ["/c/api/user"]
    assert b"secret" not in path.read_bytes()
    assert session.visitors.passed == {f"127.0.0.1:{machine.stranger.port}": 1}


def ask_from_page(session, page, **more):
    """An answer's status and CORS origin, for a page behind the proxy; a preflight if a method is named."""
    transport = Transport(Settings(proxy=session.proxy_url, verify=str(session.ca_file)))
    wanted = (("access-control-request-method", more["wanted"]),) if more else ()
    method = "OPTIONS" if more else "GET"
    try:
        request = Request(method=method, url=USER, headers=(("origin", page), *wanted))
        answer = transport.request(request, timeout=10)
    finally:
        transport.close()
    return answer.status, dict(answer.headers).get("access-control-allow-origin")


def test_page_of_another_port_comes_by_the_proxy_if_allowed(path):
    one, other = "http://localhost:5173", "http://localhost:5174"
    with (
        serve(Script(), own_origins=["*"]) as fake,
        proxied_recording(path, fake.url, allowed_origins=[one]) as session,
    ):
        assert ask_from_page(session, one) == (200, one)
        assert ask_from_page(session, one, wanted="PATCH") == (204, one)
    with proxied_replaying(path, allowed_origins=[other]) as session:
        assert ask_from_page(session, other) == (200, other)
        assert ask_from_page(session, other, wanted="PATCH") == (204, other)
        session.report().check()


def test_other_hosts_are_refused_while_replaying(machine, path):
    with recording(machine, path) as session:
        get(session)
    with proxied_replaying(path) as session:
        assert "403" in run_client(REFUSED, session.env, machine.stranger.url)
        get(session)
        session.report().check()
    assert session.visitors.refused == {f"127.0.0.1:{machine.stranger.port}": 1}


def test_proxys_password_is_nowhere_in_the_cassette(machine, path):
    with recording(machine, path) as session:
        get(session)
        get(session, USER.replace("https", "http"))
        password = session.proxy_url.partition("wiretape:")[2].partition("@")[0]
    assert len(session.cassette.exchanges) == 2
    assert password not in path.read_text()
    assert "proxy" not in path.read_text()


def test_secrets_stay_out_of_the_repr(machine, path):
    with recording(machine, path) as session:
        assert session.proxy_url not in repr(session)
        assert session.address in repr(session)


def test_variables_are_for_the_client_alone(machine, path):
    before = dict(os.environ)
    with recording(machine, path) as session:
        assert dict(os.environ) == before
        assert session.env["NO_PROXY"] == ""
        assert "COPILOT_BASE_URL" not in session.env
        assert {session.env[name] for name in ("HTTPS_PROXY", "wss_proxy", "ALL_PROXY")} == {session.proxy_url}
        get(session)


def test_recorder_does_not_go_through_its_own_proxy(machine, path, monkeypatch):
    """A client in this very process, with the variables in its environment."""
    with recording(machine, path) as session:
        for name, value in session.env.items():
            monkeypatch.setenv(name, value)
        transport = Transport(Settings(verify=str(session.ca_file)))
        assert transport.request(Request(method="GET", url=USER), timeout=10).status == 200
        transport.close()
    assert len(session.cassette.exchanges) == 1


def test_fake_is_not_recorded_as_the_real_service(machine, path):
    with recording(machine, path) as session:
        get(session)
    assert load(path).recorded.origin == "fake:2026"


def test_session_without_a_request_leaves_the_old_cassette(machine, path):
    path.write_text("old")
    with recording(machine, path) as session:
        pass
    with pytest.raises(UnusedProxyError, match="does the client use the proxy that HTTPS_PROXY names"):
        session.check()
    assert path.read_text() == "old"
    assert session.cassette is None


def test_client_that_trusts_nobody_is_told_apart(machine, path):
    with recording(machine, path) as session:
        untrusting = replace(session, ca_file=machine.settings.verify)
        with pytest.raises(TransportError):
            get(untrusting)
    with pytest.raises(DistrustError, match="NODE_EXTRA_CA_CERTS"):
        session.check()


def test_port_in_use_is_an_error_and_leaves_nothing(machine, path, own_folders):
    with pytest.raises(ServerStartError), recording(machine, path, port=machine.fake.port):
        pass
    assert list(own_folders.iterdir()) == []


@pytest.mark.parametrize("error", [None, KeyboardInterrupt, ValueError])
def test_nothing_is_left_afterwards(machine, path, own_folders, error):
    threads = set(threading.enumerate())
    try:
        with recording(machine, path) as session:
            get(session)
            assert session.ca_file.is_file()
            if error:
                raise error
    except (KeyboardInterrupt, ValueError):
        pass
    assert list(own_folders.iterdir()) == []
    assert set(threading.enumerate()) <= threads


def test_kept_authority_is_used(machine, path, tmp_path):
    kept = tmp_path / "ca.pem"
    with recording(machine, path, ca=kept) as session:
        get(session)
    trusted = tmp_path / "trusted.pem"
    trusted.write_text(kept.read_text().partition("-----END PRIVATE KEY-----\n")[2])
    with proxied_replaying(path, ca=kept) as session:
        transport = Transport(Settings(proxy=session.proxy_url, verify=str(trusted)))
        assert transport.request(Request(method="GET", url=USER), timeout=10).status == 200
        transport.close()


async def test_many_requests_at_once_are_all_recorded(machine, path):
    with recording(machine, path) as session:
        transport = AsyncTransport(Settings(proxy=session.proxy_url, verify=str(session.ca_file)))
        call = Request(method="GET", url=USER)
        answers = await asyncio.gather(*(transport.request(call, timeout=20) for _ in range(30)))
        await transport.close()
    assert {answer.status for answer in answers} == {200}
    assert len(session.cassette.exchanges) == 30


class Parent(BaseHTTPRequestHandler):
    """A forward proxy that answers by itself, and says for what."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", str(len(self.path)))
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_):
        pass


def test_each_upstream_is_reached_as_the_environment_says_for_its_host(path, monkeypatch):
    with ThreadingHTTPServer(("127.0.0.1", 0), Parent) as parent, serve(answering(Response(body=b"straight"))) as main:
        threading.Thread(target=parent.serve_forever, daemon=True).start()
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{parent.server_port}")
        with proxied_recording(path, main.url, profile=NEUTRAL, upstreams={"store": "http://store.test"}) as session:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": session.proxy_url}))
            bodies = [opener.open(url, timeout=10).read() for url in (f"{main.url}/a", "http://store.test/b")]
        parent.shutdown()
    assert bodies == [b"straight", b"http://store.test/b"]
