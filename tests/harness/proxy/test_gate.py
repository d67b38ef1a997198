"""The door, byte by byte: who gets in, and where they get."""

import base64
import json
import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server import Limits, Request, Response, serve
from harness.proxy.authority import Authority
from harness.proxy.gate import ProxyGate, ServedHosts
from tests.harness.proxy.conftest import entrance
from tests.support.clients.raw_client import KEY, masked, read_all, read_until, reset
from tests.support.servers.stages import echoing

GET = b"GET /there HTTP/1.1\r\nHost: service.test\r\nConnection: close\r\n\r\n"
UPGRADE = (
    f"GET / HTTP/1.1\r\nHost: service.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
).encode()


def trusting(door, *protocols):
    context = ssl.create_default_context(cadata=door.authority.pem.decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if protocols:
        context.set_alpn_protocols(protocols)
    return context


def head_and_body(received):
    head, _, body = received.partition(b"\r\n\r\n")
    return head.decode(), body


def ask(at, data):
    with at.dial() as client:
        client.sendall(data)
        return head_and_body(read_all(client))


def test_service_is_decrypted_and_given_to_the_stage():
    with (
        entrance() as at,
        trusting(at.door).wrap_socket(at.connect("service.test:443"), server_hostname="service.test") as client,
    ):
        client.sendall(GET)
        told = json.loads(head_and_body(read_all(client))[1])
    assert (told["origin"], told["target"]) == ("https://service.test", "/there")
    assert at.door.visitors.served == {"service.test": 1}


def test_client_that_prefers_http_2_gets_1_1():
    with (
        entrance() as at,
        trusting(at.door, "h2", "http/1.1").wrap_socket(
            at.connect("service.test:443"), server_hostname="service.test"
        ) as client,
    ):
        assert client.selected_alpn_protocol() == "http/1.1"


@pytest.mark.parametrize(("origin", "place"), [("https://service.test", "80"), ("http://service.test:81", "81")])
def test_plain_websocket_goes_through_connect(origin, place):
    with entrance(origins=[origin]) as at, at.connect(f"service.test:{place}") as client:
        client.sendall(UPGRADE)
        assert read_until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
        client.sendall(masked(1, b"hello"))
        assert client.recv(7) == b"\x81\x05hello"


def test_plain_request_to_the_service_is_the_stages_without_the_password():
    with entrance() as at:
        _, body = ask(at, at.request("GET http://service.test/there?x=1", "Connection: close"))
    told = json.loads(body)
    assert (told["origin"], told["target"]) == ("http://service.test", "/there?x=1")
    assert not [name for name, _ in told["headers"] if name.startswith("proxy-")]


WRONG = ["Basic " + base64.b64encode(b"wiretape:wrong").decode(), "Basic x", "Bearer abc", "Basic \xe9", "é"]


@pytest.mark.parametrize("password", WRONG)
@pytest.mark.parametrize("line", ["CONNECT service.test:443", "GET http://service.test/", "CONNECT 127.0.0.1:1"])
def test_wrong_password_is_407(line, password):
    with entrance() as at:
        request = at.request(line, "Connection: close", password="PASSWORD").replace(
            b"PASSWORD", password.encode("latin-1")
        )
        with at.dial() as client:
            client.sendall(request)
            head = read_until(client, b"\r\n\r\n").decode()
    assert head.startswith("HTTP/1.1 407 ")
    assert "proxy-authenticate: Basic" in head
    assert at.door.visitors.strangers == 1


def test_password_may_come_after_the_407_on_the_same_connection():
    with entrance() as at, at.dial() as client:
        client.sendall(b"CONNECT service.test:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        head = read_until(client, b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        assert b"proxy-password" in read_until(client, b"}}")[:length]
        client.sendall(at.request("CONNECT service.test:443"))
        assert read_until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("line", ["GET /", "GET ftp://service.test/", "GET http://u:p@service.test/", "GET http://[x/"])
def test_what_a_proxy_is_not_asked_is_400(line):
    with entrance() as at:
        head, _ = ask(at, at.request(line, "Connection: close"))
    assert head.startswith("HTTP/1.1 400 ")


@pytest.mark.parametrize("line", ["CONNECT other.test:443", "CONNECT service.test:8443", "GET http://other.test/"])
def test_other_host_is_refused_where_nothing_may_leave(line):
    with entrance(lets_past=False) as at:
        head, body = ask(at, at.request(line, "Connection: close"))
    assert head.startswith("HTTP/1.1 403 ")
    assert "x-wiretape-error: other-host" in head
    assert b"only service.test can be reached" in body
    assert at.door.visitors.refused.total() == 1


@pytest.mark.parametrize("target", ["service.test", "service.test:0", ":443", "service.test:443/x"])
def test_connect_without_host_and_port_is_400(target):
    with entrance() as at:
        assert ask(at, at.request(f"CONNECT {target}"))[0].startswith("HTTP/1.1 400 ")


def test_garbage_right_behind_a_connect_is_400():
    with entrance() as at:
        assert ask(at, at.request("CONNECT service.test:443") + b"\x00garbage")[0].startswith("HTTP/1.1 400 ")


def test_garbage_in_place_of_a_handshake_ends_the_connection():
    with entrance() as at:
        with at.connect("service.test:443") as client:
            client.sendall(b"\x00garbage\r\n\r\n")
            assert len(read_all(client)) < 100
        assert ask(at, at.request("GET http://service.test/", "Connection: close"))[0].startswith("HTTP/1.1 200 ")


@pytest.mark.parametrize("leave", [reset, lambda client: client.close()], ids=["reset", "eof"])
def test_client_that_leaves_in_the_handshake_harms_nobody(leave):
    with entrance() as at:
        hello = ssl.MemoryBIO()
        with pytest.raises(ssl.SSLWantReadError):
            trusting(at.door).wrap_bio(ssl.MemoryBIO(), hello, server_hostname="service.test").do_handshake()
        client = at.connect("service.test:443")
        client.sendall(hello.read()[:100])
        leave(client)
        assert ask(at, at.request("GET http://service.test/", "Connection: close"))[0].startswith("HTTP/1.1 200 ")


def test_client_that_does_not_trust_the_authority_is_noticed():
    with entrance() as at, at.connect("service.test:443") as client, client.dup() as below:
        with pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(client, server_hostname="service.test")
        read_all(below)
    problem = at.door.visitors.problem(["service.test"])
    assert "does not trust the proxy's certificate (unknown ca)" in str(problem)
    assert "NODE_EXTRA_CA_CERTS" in str(problem)


def test_tunnel_in_a_tunnel_is_refused():
    with entrance() as at, at.connect("service.test:80") as client:
        client.sendall(at.request("CONNECT service.test:443"))
        assert client.recv(100).startswith(b"HTTP/1.1 405 ")


def test_fifty_hosts_at_once_each_have_their_certificate():
    origins = [f"https://h{number}.test" for number in range(50)]

    def visit(at, number):
        name = f"h{number}.test"
        with trusting(at.door).wrap_socket(at.connect(f"{name}:443"), server_hostname=name) as client:
            client.sendall(GET)
            return json.loads(head_and_body(read_all(client))[1])["origin"]

    with entrance(origins=origins) as at, ThreadPoolExecutor(10) as pool:
        assert list(pool.map(lambda number: visit(at, number), range(50))) == origins


def test_door_takes_no_more_connections_than_the_server_allows():
    limits = Limits(connections=1)
    with entrance(server_limits=limits) as at, at.connect("service.test:80"), at.dial() as second:
        assert second.recv(12) == b"HTTP/1.1 503"


def test_a_page_cannot_use_the_door():
    with entrance() as at, serve(echoing()) as other:
        page = f"Origin: {other.url}"
        head, _ = ask(at, f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n{page}\r\nConnection: close\r\n\r\n".encode())
    assert head.startswith("HTTP/1.1 400 ")


DOOR = ProxyGate(ServedHosts(["https://service.test"]), Authority.make(["service.test"]), lets_past=False)
HEADER = st.one_of(st.text(), st.text().map("Basic {}".format), st.binary().map(lambda one: "Basic " + one.hex()))
TARGET = st.one_of(st.none(), st.text(), st.text().map("http://{}".format), st.just("http://service.test"))


@given(HEADER, TARGET, st.text(min_size=1), st.integers(1, 65535))
def test_nobody_gets_anything_without_the_password(header, authority, host, port):
    request = Request(method="GET", target="/", headers=(("proxy-authorization", header),))
    answer = DOOR.request(request, authority)
    assert isinstance(answer, Response)
    assert answer.status in (400, 407)
    assert DOOR.connect(request, host, port).status == 407


@given(TARGET, st.text(min_size=1), st.integers(1, 65535))
def test_any_place_gets_an_answer(authority, host, port):
    request = Request(method="GET", target="/", headers=(("proxy-authorization", DOOR._expected.decode()),))
    assert isinstance(DOOR.request(request, authority), Request | Response)
    assert DOOR.connect(request, host, port) == "plain" or DOOR.connect(request, host, port).status == 403
