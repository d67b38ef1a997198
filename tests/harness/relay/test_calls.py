import asyncio
import gzip
import socket

import pytest

from fake_server.stage import BrokenBodyError, Drop, Response, Stall
from harness.cassette.model import Aborted, Line
from harness.relay.limits import RelayLimits
from provider.transport.types import Settings


async def test_answer_passes_and_is_recorded(relay):
    relayed = await relay(lambda _: Response(status=201, headers=(("x-a", "1"), ("x-a", "2")), body=b"done"))
    head, body = await relayed.get("/c/api?q=1", method="POST", body='{"a": 1}')
    assert (head.splitlines()[0], body) == ("HTTP/1.1 201 Created", "done")
    (call,) = await relayed.exchanges()
    assert (call.method, call.target, call.request.body.data) == ("POST", "/c/api?q=1", b'{"a": 1}')
    assert (call.response.status, call.response.body.data) == (201, b"done")
    assert [pair for pair in call.response.headers if pair[0] == "x-a"] == [("x-a", "1"), ("x-a", "2")]


async def test_chunk_reaches_the_client_before_the_body_ends(relay):
    go_on = asyncio.Event()

    async def chunks():
        yield b"data: 1\n\n"
        await go_on.wait()
        yield b"data: 2\n\n"

    relayed = await relay(lambda _: Response(headers=(("content-type", "text/event-stream"),), body=chunks()))
    reader, writer = await asyncio.open_connection("127.0.0.1", relayed.port)
    writer.write(f"GET /e HTTP/1.1\r\nHost: 127.0.0.1:{relayed.port}\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(60):
        await reader.readuntil(b"data: 1\n\n")
        go_on.set()
        await reader.readuntil(b"data: 2\n\n")
        await reader.read()
    writer.close()
    (call,) = await relayed.exchanges()
    assert [line.data for line in call.response.stream] == [b"data: 1\n\n", b"data: 2\n\n"]


async def test_compressed_answer_is_decoded_and_says_so(relay):
    packed = gzip.compress(b'{"a":1}')
    headers = (("content-type", "application/json"), ("content-encoding", "gzip"))
    relayed = await relay(lambda _: Response(headers=headers, body=packed))
    head, body = await relayed.get()
    assert body == '{"a":1}'
    assert "content-encoding" not in head.lower()
    (call,) = await relayed.exchanges()
    assert (call.response.decoded, call.response.body.data) == ("gzip", b'{"a":1}')


@pytest.mark.parametrize("scheme", ["https:", ""])
async def test_redirect_is_passed_on_and_points_to_the_relay(relay, scheme):
    relayed = await relay(lambda _: Response(status=302, headers=(("location", f"{scheme}//service.test/login"),)))
    head, _ = await relayed.get()
    here = "http:" if scheme else ""
    assert f"location: {here}//127.0.0.1:{relayed.port}/login" in head.lower()
    assert len(relayed.service.requests) == 1
    (call,) = await relayed.exchanges()
    assert ("location", f"{scheme}//service.test/login") in call.response.headers


async def test_urls_of_the_service_in_a_body_point_to_the_relay_even_across_chunks(relay):
    async def chunks():
        yield b'{"a":"https://serv'
        yield b'ice.test/x","b":"wss:\\/\\/service.test","c":"https://service.test.evil"}'

    relayed = await relay(lambda _: Response(headers=(("content-type", "application/json"),), body=chunks()))
    _, body = await relayed.get()
    here = f"127.0.0.1:{relayed.port}"
    assert body == f'{{"a":"http://{here}/x","b":"ws:\\/\\/{here}","c":"https://service.test.evil"}}'
    (call,) = await relayed.exchanges()
    assert b'{"a":"https://service.test/x"' in call.response.body.data


async def test_local_urls_in_a_request_point_to_the_service(relay):
    relayed = await relay()
    here = f"http://127.0.0.1:{relayed.port}"
    await relayed.get(
        "/x",
        f"Origin: {here}",
        f"Referer: {here}/page",
        "Content-Type: application/json",
        method="POST",
        body=f'{{"u":"{here}/y"}}',
    )
    (seen,) = relayed.service.requests
    there = relayed.upstream.url
    assert (seen.header("origin"), seen.header("referer")) == (there, f"{there}/page")
    assert seen.header("host") == f"127.0.0.1:{relayed.upstream.port}"
    assert seen.body == f'{{"u":"{there}/y"}}'.encode()


async def test_binary_body_is_not_touched(relay):
    picture = b"\xff\xd8https://service.test\x00"
    relayed = await relay(lambda _: Response(headers=(("content-type", "image/jpeg"),), body=picture))
    _, body = await relayed.get()
    assert body.encode("latin-1") == picture


async def test_cookies_lose_what_a_local_client_would_not_keep(relay):
    cookies = ["a=1; Domain=.service.test; Path=/; Secure; SameSite=None", "__Host-b=2; Path=/; Secure"]
    relayed = await relay(lambda _: Response(headers=tuple(("set-cookie", cookie) for cookie in cookies)))
    head, _ = await relayed.get()
    assert "set-cookie: a=1; Path=/\r\n" in head
    assert "set-cookie: __Host-b=2; Path=/; Secure" in head


async def test_relay_keeps_no_cookies_between_clients(relay):
    relayed = await relay(lambda _: Response(headers=(("set-cookie", "a=1; Path=/"),)))
    await relayed.get()
    await relayed.get()
    assert [request.header("cookie") for request in relayed.service.requests] == [None, None]


async def test_clients_cookies_and_authorization_pass_and_are_redacted_in_the_recording(relay):
    relayed = await relay()
    await relayed.get("/x", "Cookie: a=b; c=d", "Authorization: Bearer q7Zk3vX9pLw2RtY8")
    (seen,) = relayed.service.requests
    assert (seen.header("cookie"), seen.header("authorization")) == ("a=b; c=d", "Bearer q7Zk3vX9pLw2RtY8")
    (call,) = await relayed.exchanges()
    assert ("authorization", "Bearer wiretape-token-1") in call.request.headers
    assert ("cookie", "a=wiretape-cookie-1; c=wiretape-cookie-2") in call.request.headers


async def test_script_looks_like_the_impersonated_browser(relay):
    relayed = await relay(impersonate="chrome")
    await relayed.get("/x", "User-Agent: python-requests/2.32", "Sec-Ch-Ua: none", "X-Mine: 1")
    (seen,) = relayed.service.requests
    assert seen.header("user-agent").startswith("Mozilla/")
    assert "Chrom" in seen.header("sec-ch-ua")
    assert seen.header("x-mine") == "1"


async def test_browser_keeps_its_own_headers_and_gets_none_added(relay):
    relayed = await relay()
    await relayed.get("/x", "User-Agent: Mozilla/5.0 (mine)", "Accept: text/x-mine")
    (seen,) = relayed.service.requests
    assert (seen.header("user-agent"), seen.header("accept")) == ("Mozilla/5.0 (mine)", "text/x-mine")
    assert seen.header("sec-ch-ua") is None


@pytest.mark.parametrize("method", ["HEAD", "GET"])
async def test_answer_without_a_body_ends(relay, method):
    relayed = await relay(lambda _: Response(status=200 if method == "HEAD" else 204, headers=(("x-a", "1"),)))
    head, body = await relayed.get(method=method)
    assert "x-a: 1" in head
    assert body == ""
    (call,) = await relayed.exchanges()
    assert call.response.body.data == b""


async def test_unreachable_service_is_a_502_and_recorded_as_aborted(relay):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        relayed = await relay(url=url)
        head, body = await relayed.get("/x?access_token=q7Zk3vX9pLw2RtY8")
    assert head.startswith("HTTP/1.1 502")
    assert '"error": "upstream-unreachable"' in body
    assert "q7Zk" not in body
    (call,) = await relayed.exchanges()
    assert (call.response, call.aborted.by) == (None, "server")


async def test_service_that_hangs_up_ends_the_clients_connection(relay):
    """As it would without the relay, and as a replay does: a client that tries again sees no other error."""
    relayed = await relay(lambda _: Drop())
    head, _ = await relayed.get()
    assert head == ""
    (call,) = await relayed.exchanges()
    assert call.aborted.by == "server"


async def test_silent_service_is_a_504(relay):
    relayed = await relay(lambda _: Stall(), limits=RelayLimits(answer=0.3))
    head, _ = await relayed.get()
    assert head.startswith("HTTP/1.1 504")
    (call,) = await relayed.exchanges()
    assert (call.aborted.by, call.aborted.how) == ("server", "timeout")


async def test_client_that_leaves_before_the_answer_is_recorded(relay):
    asked, left = asyncio.Event(), asyncio.Event()

    async def handle(_):
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    relayed = await relay(handle)
    _, writer = await asyncio.open_connection("127.0.0.1", relayed.port)
    writer.write(f"GET /x HTTP/1.1\r\nHost: 127.0.0.1:{relayed.port}\r\n\r\n".encode())
    async with asyncio.timeout(60):
        await asked.wait()
        writer.close()
        await left.wait()
    (call,) = await relayed.exchanges()
    assert call.aborted == Aborted(by="client", after=call.aborted.after, how="eof")


@pytest.mark.parametrize("how", ["eof", "reset"])
async def test_body_that_breaks_off_breaks_off_for_the_client_too(relay, how):
    async def chunks():
        yield b"data: 1\n\n"
        raise BrokenBodyError(how)

    relayed = await relay(lambda _: Response(body=chunks()))
    reader, writer = await asyncio.open_connection("127.0.0.1", relayed.port)
    writer.write(f"GET /e HTTP/1.1\r\nHost: 127.0.0.1:{relayed.port}\r\nConnection: close\r\n\r\n".encode())
    rest = b""
    async with asyncio.timeout(60):
        try:
            while more := await reader.read(1000):
                rest += more
        except ConnectionResetError:
            pass
    writer.close()
    assert not rest.endswith(b"0\r\n\r\n")
    (call,) = await relayed.exchanges()
    assert call.response.stream[-1].direction == "<"
    assert call.response.stream[-1].kind == how


async def test_client_that_leaves_in_mid_body_is_recorded(relay):
    left = asyncio.Event()

    async def chunks():
        yield b"data: 1\n\n"
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    relayed = await relay(lambda _: Response(body=chunks()))
    reader, writer = await asyncio.open_connection("127.0.0.1", relayed.port)
    writer.write(f"GET /e HTTP/1.1\r\nHost: 127.0.0.1:{relayed.port}\r\n\r\n".encode())
    async with asyncio.timeout(60):
        await reader.readuntil(b"data: 1\n\n")
        writer.close()
        await left.wait()
    (call,) = await relayed.exchanges()
    first, last = call.response.stream
    assert first.data == b"data: 1\n\n"
    assert last == Line(">", last.time, "eof")


async def test_closing_the_relay_cuts_what_is_under_way(relay):
    async def chunks():
        yield b"data: 1\n\n"
        await asyncio.Event().wait()

    relayed = await relay(lambda _: Response(body=chunks()))
    reader, writer = await asyncio.open_connection("127.0.0.1", relayed.port)
    writer.write(f"GET /e HTTP/1.1\r\nHost: 127.0.0.1:{relayed.port}\r\n\r\n".encode())
    async with asyncio.timeout(60):
        await reader.readuntil(b"data: 1\n\n")
    (call,) = await relayed.exchanges()
    writer.close()
    assert call.response.stream[-1].kind in {"cut", "eof"}


@pytest.mark.parametrize("target", ["/a\\b", "/a#b", "a"])
async def test_target_that_is_no_path_is_refused_and_the_relay_says_so(relay, target):
    relayed = await relay()
    head, body = await relayed.get(target, method="OPTIONS")
    assert head.startswith("HTTP/1.1 400")
    assert "bad-target" in body
    (note,) = relayed.server.stage.notes
    assert "not a path of the service" in note
    assert await relayed.exchanges() == ()


async def test_no_header_leads_elsewhere(relay):
    relayed = await relay(impersonate="chrome")
    await relayed.get("/x", "X-Forwarded-Host: evil.test", "Forwarded: host=evil.test", "Proxy-Connection: keep-alive")
    (seen,) = relayed.service.requests
    assert not {"x-forwarded-host", "forwarded", "proxy-connection"} & {name for name, _ in seen.headers}


async def test_large_body_to_a_slow_client_passes_whole(relay):
    size = 24 * 1024 * 1024
    relayed = await relay(lambda _: Response(body=b"x" * size), settings=Settings(trust_environment=False))
    reader, writer = await asyncio.open_connection("127.0.0.1", relayed.port, limit=1024)
    writer.write(f"GET /e HTTP/1.0\r\nHost: 127.0.0.1:{relayed.port}\r\n\r\n".encode())
    got = 0
    async with asyncio.timeout(60):
        await reader.readuntil(b"\r\n\r\n")
        while more := await reader.read(65536):
            got += more.count(b"x")
    writer.close()
    assert got == size
