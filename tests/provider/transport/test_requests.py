"""HTTP requests on both transports: what goes out, and what comes of every answer."""

import gzip

import pytest

from provider.transport.types import Request
from tests.support.servers.raw_server import serve_raw
from tests.support.servers.scripted_answers import answering, get, sending


def test_an_answer_is_told_as_it_is(open_transport):
    with serve_raw(answering("201 Made It", b'{"id":1}', "X-A: 1\r\nX-B: two\r\nx-a: 3\r\n")) as server:
        response = open_transport().request(get(server.url), timeout=5)
        assert (response.status, response.reason, response.body) == (201, "Made It", b'{"id":1}')
        assert response.headers == (("x-a", "1"), ("x-b", "two"), ("x-a", "3"), ("content-length", "8"))


def test_a_compressed_body_is_decoded_and_its_headers_stay(open_transport):
    with serve_raw(answering(body=gzip.compress(b"plain"), fields="Content-Encoding: gzip\r\n")) as server:
        response = open_transport().request(get(server.url), timeout=5)
        assert response.body == b"plain"
        assert ("content-encoding", "gzip") in response.headers


def test_interim_answers_are_not_the_answer(open_transport):
    early = b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n"
    with serve_raw(sending(early, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) as server:
        response = open_transport().request(get(server.url), timeout=5)
        assert (response.status, response.headers) == (200, (("content-length", "2"),))


def test_a_redirect_is_not_followed(open_transport):
    with serve_raw(answering("302 Found", b"", "Location: /next\r\n")) as server:
        assert open_transport().request(get(server.url), timeout=5).status == 302
        assert len(server.requests) == 1


@pytest.mark.parametrize("path", ["/a%2Fb?q=%41&r=a|c", "/p/../q?x=1 2".replace(" ", "%20"), "/?a=1&&b=", "/%7Euser"])
def test_a_url_goes_out_as_given(open_transport, path):
    with serve_raw(answering()) as server:
        open_transport(default_headers=False).request(get(server.url + path), timeout=5)
        assert server.requests[0].line == f"GET {path} HTTP/1.1"


def test_plain_http_does_not_ask_for_http_2(open_transport):
    with serve_raw(answering()) as server:
        open_transport().request(get(server.url), timeout=5)
        assert server.requests[0].get("upgrade") is None
        assert server.requests[0].get("http2-settings") is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_request_without_a_body_says_that_it_has_none(open_transport, method):
    with serve_raw(answering()) as server:
        open_transport().request(Request(method=method, url=server.url), timeout=5)
        request = server.requests[0]
        assert request.line.startswith(f"{method} ")
        assert (request.get("content-length"), request.get("content-type")) == ("0", None)


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS"])
def test_a_request_that_has_no_body_by_nature_has_no_length(open_transport, method):
    with serve_raw(answering()) as server:
        open_transport().request(Request(method=method, url=server.url), timeout=5)
        assert server.requests[0].line.startswith(f"{method} ")
        assert server.requests[0].get("content-length") is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET"])
def test_a_body_goes_out_as_it_is(open_transport, method):
    body = bytes(range(256)) * 8192
    with serve_raw(answering()) as server:
        fields = (("content-type", "image/png"),)
        open_transport().request(Request(method=method, url=server.url, headers=fields, body=body), timeout=5)
        request = server.requests[0]
        assert request.body == body
        assert (request.get("content-type"), request.get("expect")) == ("image/png", None)


def test_a_head_request_has_an_answer_without_body(open_transport):
    async def script(connection):
        await connection.read_request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
        await connection.until_gone()

    with serve_raw(script) as server:
        response = open_transport().request(Request(method="HEAD", url=server.url), timeout=5)
        assert (response.status, response.body) == (200, b"")


def test_a_head_request_with_a_body_announces_none_as_libcurl_sends_none(open_transport):
    with serve_raw(answering()) as server:
        fields = (("content-length", "3"), ("x-a", "1"))
        open_transport().request(Request(method="HEAD", url=server.url, headers=fields, body=b"abc"), timeout=20)
        request = server.requests[0]
        assert (request.get("content-length"), request.get("x-a")) == (None, "1")


def test_given_headers_win_over_the_browsers_and_keep_their_order(open_transport):
    with serve_raw(answering()) as server:
        fields = (("x-b", "1"), ("accept", "a/b"), ("x-a", "2"), ("user-agent", "mine"))
        open_transport().request(get(server.url, headers=fields), timeout=5)
        request = server.requests[0]
        assert (request.get("accept"), request.get("user-agent")) == ("a/b", "mine")
        assert [name for name in request.names if name.startswith("x-")] == ["x-b", "x-a"]
        assert len(request.names) == len({name.lower() for name in request.names})


def test_without_default_headers_only_the_given_ones_go_out_in_their_order(open_transport):
    with serve_raw(answering()) as server:
        fields = (("x-b", "1"), ("accept", "a/b"), ("x-a", "2"), ("x-empty", ""), ("x-b", "3"))
        open_transport(default_headers=False).request(get(server.url, headers=fields), timeout=5)
        host, *rest = server.requests[0].fields
        assert host[0].lower() == "host"
        assert tuple(rest) == fields


def test_a_pages_own_request_is_no_navigation(open_transport):
    with serve_raw(answering()) as server:
        open_transport().request(get(server.url), timeout=5)
        request = server.requests[0]
        assert (request.get("accept"), request.get("sec-fetch-mode")) == ("*/*", "cors")
        for name in ("upgrade-insecure-requests", "sec-fetch-user", "cache-control"):
            assert request.get(name) is None


def test_header_values_beyond_ascii_go_out_as_the_bytes_they_came_as(open_transport):
    with serve_raw(answering(fields="X-Back: gr\xfc\xdf\r\n")) as server:
        value = "Grüße".encode().decode("latin-1")
        open_transport().request(get(server.url, headers=(("x-there", value),)), timeout=5)
        assert server.requests[0].get("x-there") == value


def test_a_connection_is_kept_between_requests(open_transport):
    async def script(connection):
        connection.tell("connection")
        await answering()(connection)

    with serve_raw(script) as server:
        transport = open_transport()
        for _ in range(3):
            transport.request(get(server.url), timeout=5)
        assert (server.hears(), server.told.empty(), len(server.requests)) == ("connection", True, 3)


def test_given_cookies_go_to_their_host_alone(open_transport):
    with serve_raw(answering()) as server:
        transport = open_transport()
        transport.set_cookies("https://copilot.example/", {"_U": "theirs"})
        transport.set_cookies(server.url, {"__Host-own": "1", "plain": "2", "bad;name": "3", "broken": "a\r\nb"})
        transport.request(get(server.url), timeout=5)
        assert set(server.requests[0].get("cookie").split("; ")) == {"__Host-own=1", "plain=2"}


def test_cookies_that_answers_set_are_sent_again_and_those_they_delete_are_not(open_transport):
    answers = iter(["a=1; Path=/", "__Host-b=2; Path=/; Secure; HttpOnly", "a=; Path=/; Max-Age=0", "c=3; Path=/other"])

    async def script(connection):
        while True:
            await connection.read_request()
            field = next(answers, None)
            await connection.answer("200 OK", b"", f"Set-Cookie: {field}\r\n" if field else "")

    with serve_raw(script) as server:
        transport = open_transport()
        for _ in range(5):
            transport.request(get(server.url), timeout=5)
        cookies = [request.get("cookie") for request in server.requests]
        assert cookies[:2] == [None, "a=1"]
        assert set(cookies[2].split("; ")) == {"a=1", "__Host-b=2"}
        assert cookies[3:] == ["__Host-b=2", "__Host-b=2"]


def test_cookies_are_not_kept_when_they_shall_not(open_transport):
    with serve_raw(answering(fields="Set-Cookie: a=1\r\n")) as server:
        transport = open_transport(keep_cookies=False)
        transport.set_cookies(server.url, {"given": "yes"})
        for _ in range(2):
            transport.request(get(server.url), timeout=5)
        assert [request.get("cookie") for request in server.requests] == ["given=yes", "given=yes"]


def test_libcurls_own_look_is_taken_when_none_is_asked_for(open_transport):
    with serve_raw(answering()) as server:
        open_transport(impersonate=None).request(get(server.url), timeout=5)
        assert server.requests[0].get("sec-ch-ua") is None
