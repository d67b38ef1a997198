"""The host as curl_cffi sees it, which is the client that it is made for: REST and sockets, plain, TLS and proxied."""

import json
import ssl

import pytest
import trustme
from curl_cffi import CurlWsFlag, requests

from fake_server import Limits, serve
from tests.support.servers.stages import conversing, echoing, text


@pytest.fixture
def session():
    with requests.Session(impersonate="chrome", timeout=5) as made:
        yield made


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate authority, and where its certificate lies."""
    made = trustme.CA()
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(path)
    return made, str(path)


def tunnel_for(made, *names):
    """A tunnel that speaks as those hosts, and refuses the others."""

    def context(host, port):
        if host not in names:
            return None
        leaf = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.issue_cert(host).configure_cert(leaf)
        return leaf

    return context


def talk(session, url, **options):
    """One message there and back over a socket, and the server's answer to a close."""
    client = session.ws_connect(url, **options)
    try:
        client.send(b"hello", CurlWsFlag.TEXT)
        return client.recv()[0]
    finally:
        client.close()


def test_request_and_socket_share_a_port(session):
    with serve(echoing()) as server:
        told = session.post(f"{server.url}/c/api?x=1", json={"a": 1}).json()
        assert talk(session, f"{server.ws_url}/c/api/chat?api-version=2") == b"hello"
    assert (told["method"], told["target"], json.loads(told["body"])) == ("POST", "/c/api?x=1", {"a": 1})


def test_request_and_socket_under_tls(session, tmp_path):
    with serve(echoing(), tls=True) as server:
        verify = str(server.write_authority(tmp_path / "ca.pem"))
        assert session.get(server.url, verify=verify).status_code == 200
        assert talk(session, server.ws_url, verify=verify) == b"hello"


def test_connection_is_reused(session):
    stage = echoing()
    with serve(stage, limits=Limits(connections=1)) as server:
        for _ in range(3):
            assert session.get(server.url).status_code == 200


def test_many_small_messages_arrive_in_order(session):
    async def run(wire):
        for number in range(2000):
            await wire.send(text(str(number)))

    with serve(conversing(run)) as server:
        client = session.ws_connect(server.ws_url)
        assert [client.recv()[0] for _ in range(2000)] == [b"%d" % number for number in range(2000)]
        client.close()


@pytest.mark.parametrize("port", [443, 8443])
def test_tunnel_leads_to_the_same_stage(session, authority, port):
    made, verify = authority
    stage = echoing()
    name = "service.test" if port == 443 else f"service.test:{port}"
    with serve(stage, tunnel=tunnel_for(made, "service.test")) as server:
        through = {"proxies": {"all": server.url}, "verify": verify}
        told = session.get(f"https://{name}/a?b", **through).json()
        assert talk(session, f"wss://{name}/chat", **through) == b"hello"
    assert (told["origin"], told["target"]) == (f"https://{name}", "/a?b")
    assert [(request.origin, request.path, request.upgrade) for request in stage.requests] == [
        (f"https://{name}", "/a", False),
        (f"https://{name}", "/chat", True),
    ]


def test_tunnel_to_another_host_is_refused(session, authority):
    session.verify = authority[1]
    with serve(echoing(), tunnel=tunnel_for(authority[0], "service.test")) as server:
        session.proxies = {"all": server.url}
        with pytest.raises(requests.errors.RequestsError, match="403"):
            session.get("https://other.test/")


def test_swap_reaches_into_tunnels(session, authority):
    old, new = echoing(), echoing()
    session.verify = authority[1]
    with serve(old, tunnel=tunnel_for(authority[0], "service.test")) as server:
        session.proxies = {"all": server.url}
        session.get("https://service.test/1")
        server.swap(new)
        session.get("https://service.test/2")
    assert [[request.path for request in stage.requests] for stage in (old, new)] == [["/1"], ["/2"]]
