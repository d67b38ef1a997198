"""The body of a refused upgrade is the same from the service, through the relay, and from the cassette."""

import pytest

from tests.support.relay.three_ways import GZIP, JSON, TEXT, answer, asking, chunked

UPGRADE = asking(
    "GET",
    "/ws?x=%2f",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "User-Agent: mine",
).replace(b"Connection: close", b"Connection: Upgrade")


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (answer(JSON, "Connection: close", body=b'{"error":"plan"}', status="403 Forbidden"), b'{"error":"plan"}'),
        (
            answer("WWW-Authenticate: Bearer", "Connection: close", body=b"sign in", status="401 Unauthorized"),
            b"sign in",
        ),
        (answer("Location: /elsewhere", "Connection: close", status="302 Found"), b""),
        (
            answer("Transfer-Encoding: chunked", "Connection: close", status="426 Upgrade Required", length=False)
            + chunked(b"use ", b"another"),
            b"use another",
        ),
        (b"HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\n\r\nuntil the end", b"until the end"),
        (answer(JSON, "Connection: close", body=b"{}"), b"{}"),
        (answer(JSON, "Connection: close", "Content-Encoding: gzip", body=GZIP, status="403 Forbidden"), TEXT),
        (answer("Connection: close", status="429 Too Many Requests", length=False) + b"slow down", b"slow down"),
    ],
)
async def test_body_of_a_refused_upgrade_passes_from_the_same_connection(trip, raw, body):
    done = await trip(raw, UPGRADE)
    assert len(done.asked) == 2, "once directly, and once through the relay"
    for each in (done.recorded, done.replayed):
        assert (each.line.split()[1], each.body) == (done.direct.line.split()[1], body)
    assert done.recorded.get("location") == done.direct.get("location")
    assert done.exchange.response.body.data == body
    head = done.asked[1][0]
    assert head.startswith(b"GET /ws?x=%2f HTTP/1.1\r\n")
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:-2]]
    assert names == [line.partition(b":")[0].lower() for line in done.asked[0][0].split(b"\r\n")[1:-2]]


async def test_body_of_a_refused_upgrade_that_breaks_off_is_kept_as_far_as_it_came(trip):
    raw = answer("Content-Length: 100", "Content-Type: text/plain", body=b"half", status="403 Forbidden", length=False)
    done = await trip(raw, UPGRADE)
    assert [line.kind for line in done.exchange.response.stream] == ["text", "eof"]
