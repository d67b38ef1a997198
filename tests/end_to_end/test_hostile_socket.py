"""Upgrades and messages of a hostile service: a typed error, in time, with the text so far and with nothing left open."""

import time

import pytest

from provider import (
    ChallengeRequiredError,
    ConnectionClosedError,
    FinishReason,
    ImageResponse,
    MalformedEventError,
    RateLimitError,
    ResponseError,
    SourceLink,
)
from provider import TimeoutError as CopilotTimeoutError
from tests.support.clients.observed_turns import TOKEN
from tests.support.leaks import nothing_left
from tests.support.servers.hostile_copilot import (
    HELLO,
    OK,
    REST_OF_TURN,
    answers,
    event,
    hostile,
    repeats,
    says,
    sends,
    upgrades,
)
from tests.support.servers.raw_server import BINARY, CLOSE, PING, PONG, TEXT, frame, serve_raw

SHORT = 0.7
"""Timeout in seconds where the attack lasts until then."""
SLACK = 30.0
"""Seconds that a busy machine may add: the servers of these tests are threads of the same process."""
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\n"


def text(payload):
    return frame(TEXT, payload)


def deep(inner=b""):
    return b"[" * 100_000 + inner + b"]" * 100_000


# ------------------------------------------------------------------ the upgrade
NO_UPGRADES = {
    "headers without end": repeats(b"X-A: b\r\n" * 1000, after=SWITCH),
    "interim responses without end": repeats(b"HTTP/1.1 103 E\r\n\r\n" * 100),
    "no accept value": sends(SWITCH + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
    "an extension": upgrades("Sec-WebSocket-Extensions: permessage-deflate\r\n", HELLO, REST_OF_TURN),
    "a subprotocol": upgrades("Sec-WebSocket-Protocol: evil\r\n", HELLO, REST_OF_TURN),
    "frames in place of a response": sends(HELLO, REST_OF_TURN, fin=True),
}


@pytest.mark.parametrize("behave", NO_UPGRADES.values(), ids=NO_UPGRADES)
def test_upgrade_that_is_none_is_a_response_error(ask_hostile, behave):
    with hostile("upgrade", behave) as server, nothing_left():
        items, error = ask_hostile(server.url, timeout=20.0)
    assert isinstance(error, ResponseError)
    assert error.step == "GET /c/api/chat (upgrade)"
    assert len(items) == 1


def test_refused_upgrade_with_a_body_without_end_is_an_error_at_once(ask_hostile):
    with hostile("upgrade", repeats(b"a" * (1 << 20), after=OK + b"\r\n")) as server, nothing_left():
        begun = time.monotonic()
        _, error = ask_hostile(server.url, timeout=60.0)
    assert error.status == 200
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("cut", [0, 5, 200], ids=["at once", "in the first record", "after a record"])
def test_tls_that_is_cut_in_the_handshake_is_no_connection(ask_hostile, cut):
    async def script(connection):
        await connection.reader.read(200)
        await connection.send((b"\x16\x03\x03\x01\x00\x02" + bytes(300))[:cut])
        connection.fin()

    with serve_raw(script) as server, nothing_left():
        _, error = ask_hostile(server.url.replace("http:", "https:"))
    assert isinstance(error, ConnectionClosedError)
    assert error.how == "connect"


# ------------------------------------------------------------------ frames
FRAMES = {
    "announces 2**63 - 1 bytes": b"\x81\x7f" + (2**63 - 1).to_bytes(8, "big") + b"x",
    "announces 2**64 - 1 bytes": b"\x81\x7f" + (2**64 - 1).to_bytes(8, "big") + b"x",
    "of 33 MiB": text(b"a" * (33 << 20)),
    "in 250,001 empty fragments": frame(TEXT, fin=False) + frame(0, fin=False) * 250_000,
    "masked": frame(TEXT, b"{}", mask=b"abcd"),
    "compressed": frame(TEXT, b"{}", rsv=4),
    "of opcode 3": frame(3, b"{}"),
    "of opcode 15": frame(15, b"{}"),
    "that continues nothing": frame(0, b"{}"),
    "within a fragmented one": frame(TEXT, b"{", fin=False) + text(b"}"),
    "ping of 200 bytes": frame(PING, b"a" * 200),
    "fragmented ping": frame(PING, b"a", fin=False),
    "close of one byte": frame(CLOSE, b"a"),
    "close with 999": frame(CLOSE, (999).to_bytes(2, "big")),
}


@pytest.mark.parametrize("data", FRAMES.values(), ids=FRAMES)
def test_frame_that_breaks_the_protocol_is_a_response_error_with_the_text_so_far(ask_hostile, data):
    with hostile("socket", sends(HELLO, data)) as server, nothing_left():
        _, error = ask_hostile(server.url, timeout=30.0)
    assert isinstance(error, ResponseError)
    assert (error.partial, error.step) == ("Hel", "receive")


ENDS = {
    "frames after a close": (frame(CLOSE, b"\x03\xe8") + HELLO * 10, "close"),
    "end in a frame's head": (text(b"{}")[:1], "eof"),
    "end in a frame": (text(b'{"event"')[:5], "eof"),
    "end between fragments": (frame(TEXT, b"{", fin=False), "eof"),
}


@pytest.mark.parametrize(("data", "how"), ENDS.values(), ids=ENDS)
def test_end_before_the_answer_does_is_told_as_it_was(ask_hostile, data, how):
    with hostile("socket", sends(HELLO, data, fin=True)) as server, nothing_left():
        _, error = ask_hostile(server.url)
    assert isinstance(error, ConnectionClosedError)
    assert (error.how, error.partial) == (how, "Hel")


FLOODS = {
    "pings": frame(PING, b"x" * 125),
    "pongs": frame(PONG, b"x" * 125),
    "pings of the service": event(event="ping", id="1"),
    "unknown events": event(event="podcast", id="1"),
    "fragments of a byte": frame(0, b"a", fin=False),
}


@pytest.mark.parametrize("piece", FLOODS.values(), ids=FLOODS)
def test_flood_ends_at_the_deadline_or_at_a_limit(ask_hostile, piece):
    start = frame(TEXT, b"a", fin=False) if piece == FLOODS["fragments of a byte"] else HELLO
    with hostile("socket", repeats(piece * 1000, after=start)) as server, nothing_left():
        begun = time.monotonic()
        _, error = ask_hostile(server.url, timeout=SHORT)
    assert isinstance(error, CopilotTimeoutError | ResponseError)
    assert time.monotonic() - begun < SHORT + SLACK


def test_service_that_reads_nothing_does_not_outlast_the_deadline(ask_hostile):
    with nothing_left(), hostile("upgrade", _deaf) as server:
        begun = time.monotonic()
        _, error = ask_hostile(server.url, "a" * 20_000_000, timeout=SHORT)
        server.go.set()
    assert isinstance(error, CopilotTimeoutError)
    assert error.step == "send"
    assert time.monotonic() - begun < SHORT + SLACK


async def _deaf(connection):
    await connection.upgrade()
    await connection.wait(connection.server.go)


# ------------------------------------------------------------------ JSON
EVENTS = {
    "empty": b"",
    "null": b"null",
    "without a name": b'{"event":null}',
    "unknown and deep": b'{"event":"podcast","x":' + deep() + b"}",
    "deep and unclosed": b"[" * 1_000_000,
    "known and deep": b'{"event":"done","x":' + deep() + b"}",
    "deep with half a character": b'{"event":"done","x":' + deep(rb'"\ud83d"') + b"}",
    "half a character 900 deep": b'{"event":"done","x":' + b"[" * 900 + rb'"\ud83d"' + b"]" * 900 + b"}",
    "a text of 1e99999": b'{"event":"appendText","text":1e99999}',
    "NaN": b'{"event":"appendText","text":NaN}',
    "not UTF-8": b'{"event":"podcast","x":"\xff"}',
}


@pytest.mark.parametrize("payload", EVENTS.values(), ids=EVENTS)
def test_event_that_is_none_is_a_malformed_event_with_the_text_so_far(ask_hostile, payload):
    with hostile("socket", sends(HELLO, text(payload))) as server, nothing_left():
        _, error = ask_hostile(server.url)
    assert isinstance(error, MalformedEventError)
    assert error.partial == "Hel"


def test_message_that_is_not_utf8_is_answered_with_1007(ask_hostile):
    async def behave(connection):
        await connection.send(text(b'{"event":"podcast","x":"\xff"}'))
        connection.tell(await connection.read_frame())

    with hostile("socket", behave) as server:
        ask_hostile(server.url)
        assert server.hears() == (CLOSE, b"\x03\xef")


def test_number_of_a_hundred_thousand_digits_is_read_past(ask_hostile):
    number = text(b'{"event":"podcast","n":' + b"9" * 100_000 + b"}")
    with hostile("socket", says(HELLO, number, REST_OF_TURN)) as server, nothing_left():
        items, error = ask_hostile(server.url)
    assert error is None
    assert FinishReason("stop") in items


@pytest.mark.parametrize("url", ["http://[x", "http://[::1", "http://a\u2100b/", "//[", "http://x:port/"])
def test_url_that_is_none_is_passed_on_as_the_service_wrote_it(ask_hostile, url):
    image = event(event="imageGenerated", url=url, thumbnailUrl=url, partId="1")
    cited = event(event="citation", title="T", url=url)
    with hostile("socket", says(HELLO, image, cited, REST_OF_TURN)) as server, nothing_left():
        items, error = ask_hostile(server.url)
    assert error is None
    assert ImageResponse(url, "", url) in items
    assert SourceLink(url, "T") in items


def test_binary_message_is_read_like_a_text(ask_hostile):
    binary = frame(BINARY, b'{"event":"appendText","partId":"0","text":"Hel"}')
    with hostile("socket", says(binary, REST_OF_TURN)) as server, nothing_left():
        items, error = ask_hostile(server.url)
    assert error is None
    assert "Hel" in items


# ------------------------------------------------------------------ what errors show
EVIL = "\x1b[31mred\x07\r\nINFO all is well\u202egnp.exe\0"
QUOTED = "\\x1b[31mred\\x07\\r\\nINFO all is well\\u202egnp.exe\\x00"
QUOTING = {
    "error code": (event(event="error", errorCode=EVIL), ResponseError),
    "challenge": (event(event="challenge", method=EVIL), ChallengeRequiredError),
    "time": (
        event(event="chatMessageError", errorCode="throttled", errorDetail={"nextAvailableAt": EVIL}),
        RateLimitError,
    ),
}


@pytest.mark.parametrize(("data", "kind"), QUOTING.values(), ids=QUOTING)
def test_error_that_quotes_the_service_obeys_no_control_character(ask_hostile, data, kind):
    with hostile("socket", sends(HELLO, data)) as server, nothing_left():
        _, error = ask_hostile(server.url)
    assert isinstance(error, kind)
    assert QUOTED in str(error)
    assert str(error).isprintable()


def test_reason_of_a_close_is_quoted_on_one_line(ask_hostile):
    with hostile("socket", sends(HELLO, frame(CLOSE, b"\x03\xe8" + EVIL.encode()))) as server, nothing_left():
        _, error = ask_hostile(server.url)
    assert error.reason == EVIL
    assert "close 1000: \\x1b[31mred\\x07 INFO all is well" in str(error)
    assert str(error).isprintable()


@pytest.mark.parametrize("before", range(150, 200, 7))
@pytest.mark.parametrize("quote", ["code", "reason"])
def test_cut_of_a_quote_leaves_no_half_of_a_token(ask_hostile, quote, before):
    said = "x" * before + TOKEN
    data = event(event="error", errorCode=said) if quote == "code" else frame(CLOSE, b"\x03\xe8" + said.encode())
    with hostile("socket", sends(data)) as server, nothing_left():
        _, error = ask_hostile(server.url)
    assert TOKEN[:4] not in f"{error} {error!r}"


def test_error_code_of_a_megabyte_is_cut_in_the_text_and_whole_in_the_attribute(ask_hostile):
    with hostile("socket", sends(event(event="error", errorCode="x" * 1_000_000))) as server, nothing_left():
        _, error = ask_hostile(server.url)
    assert len(error.code) == 1_000_000
    assert len(str(error)) < 400
    assert len(repr(error)) < 400


@pytest.mark.parametrize("body", [b'{"firstName":5}', b'{"id":' + b"[" * 100 + b"]" * 100 + b"}"])
def test_error_about_a_body_shows_no_body(ask_hostile, body):
    with hostile("conversations", answers(body)) as server, nothing_left():
        _, error = ask_hostile(server.url)
    assert isinstance(error, ResponseError)
    assert body.decode() not in str(error)
