"""A request reaches the service as the client sent it, and the cassette holds it so."""

import asyncio

import pytest

from fake_server.host.server import serve
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.relay.relay import Relay
from provider.transport.types import Settings
from tests.support.relay.three_ways import JSON, PROFILE, TEXT, Service, answer, asking


@pytest.mark.parametrize("method", ["patch", "get", "purge", "M-SEARCH", "QUERY", "PROPFIND", "DELETE", "Post"])
async def test_method_passes_and_is_kept_as_it_was_sent(trip, method):
    done = await trip(answer(JSON, body=TEXT), asking(method, "/x", "Content-Length: 3", body=b"abc"))
    assert {head.partition(b" ")[0].decode() for head, _ in done.asked} == {method}
    assert [body for _, body in done.asked] == [b"abc", b"abc"]
    assert done.exchange.method == method
    assert done.replayed.body == TEXT


@pytest.mark.parametrize(
    "target",
    [
        "/a%2fb",
        "/a%2Fb",
        "//double",
        "/a//b/",
        "/empty?",
        "/a?b?c=d&&e",
        "/a;params=1;b",
        "/a/../b/./c",
        "/%zz%",
        '/a?q={}|^`<>"',
        "/a+b?c+d=%20",
        "/" + "x" * 20000,
        "/?q=" + "y" * 20000,
        "/@host:80/",
        "/%E2%82%AC",
    ],
)
async def test_target_passes_byte_for_byte(trip, target):
    done = await trip(answer(JSON, body=TEXT), asking("GET", target))
    assert {head.split(b" ")[1].decode() for head, _ in done.asked} == {target}
    assert done.exchange.target == target
    assert done.replayed.body == TEXT


async def test_options_of_the_whole_service_pass(trip):
    done = await trip(answer("Allow: GET"), asking("OPTIONS", "*"))
    assert [head.partition(b"\r\n")[0] for head, _ in done.asked] == [b"OPTIONS * HTTP/1.1"] * 2
    assert done.exchange.target == "*"
    assert done.is_the_same, done


async def test_clients_own_fields_reach_the_service_in_their_order(trip):
    fields = (
        "User-AGENT: my-app/1.0",
        "X-A: 1",
        "accept: text/x-mine, */*;q=0.1",
        "cookie: a=b; c=d",
        "x-b: two",
        "x-a: 3",
        "accept-encoding: gzip",
        "x-latin: gr\xfc\xdfe",
        "x-utf-8: Gro\xc3\xa0",
        "x-blank-in-latin: \xa0\x85",
        "x-empty:",
        "x-forwarded-for: 10.0.0.1",
        "content-length: 3",
        "content-type: text/x-mine",
    )
    done = await trip(answer(JSON, body=TEXT), asking("POST", "/x", *fields, body=b"abc"))
    direct, relayed = (head.decode("latin-1").split("\r\n")[2:-2] for head, _ in done.asked)
    assert [line.rstrip(" ") for line in relayed] == [
        line.rstrip(" ") for line in direct if not line.startswith("Connection")
    ]


@pytest.mark.parametrize("fields", [(), ("Content-Length: 0",)])
@pytest.mark.parametrize("method", ["GET", "DELETE", "PROPFIND"])
async def test_request_without_a_body_says_as_much_as_the_client_did(trip, method, fields):
    done = await trip(answer(), asking(method, "/x", *fields))
    assert [b"content-length" in head.lower() for head, _ in done.asked] == [bool(fields)] * 2


async def test_chunked_upload_stays_chunked(trip):
    body = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    done = await trip(answer(), asking("POST", "/x", "Transfer-Encoding: chunked", body=body))
    head, sent = done.asked[1]
    assert b"transfer-encoding: chunked" in head.lower()
    assert b"content-length" not in head.lower()
    assert sent == b"5\r\nabcde\r\n0\r\n\r\n"
    assert done.exchange.request.body.data == b"abcde"


async def test_expectation_is_met_by_the_relay(tmp_path):
    async with Service(answer(body=b"done")) as service:
        with Recording(tmp_path / "x.yaml", PROFILE, options=RecordingOptions(journal=False)) as recording:
            relay = Relay(
                f"http://127.0.0.1:{service.port}", PROFILE, recording, settings=Settings(trust_environment=False)
            )
            async with serve(relay) as server, asyncio.timeout(10):
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
                writer.write(
                    asking("POST", "/x", "Expect: 100-continue", "Content-Length: 3").replace(b"HOST", b"localhost")
                )
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
                writer.write(b"abc")
                assert (await reader.read()).endswith(b"done")
                writer.close()
    ((head, body),) = service.asked
    assert b"expect" not in head.lower()
    assert body == b"abc"
