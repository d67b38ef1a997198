"""Cassettes as an adversary would make them, for hypothesis; and the YAML around one exchange, for literal tests."""

from __future__ import annotations

import itertools
import json

import msgspec
from hypothesis import strategies as st

from harness.cassette.model import (
    Aborted,
    Body,
    Call,
    Cassette,
    Line,
    Recorded,
    RequestPart,
    ResponsePart,
    SocketExchange,
)

HEAD = "cassette: 1\nrecorded: {at: 2026-11-23T05:00:00Z, by: hand}\n"

_ODD = [
    "", " ", "~", "null", "true", "no", "on", "y", "1", "-0", "1e5", "0x1", "010", "12:30:45", "2026-11-23", "=", "<<",
    "close 1000", "eof", "binary {}", "base64:", "file:x 1 sha256:", "frames=1+2 {}", "# no comment", "a: b", "a #b",
    "- a", "? a", ": a", "&a", "*a", "!a", "%a", "@a", "`a", "|", ">", "{", "}", "[", "]", ",", "'", '"', "\\", "a:",
    "a\nb\n", "a\nb", "\na", " a\nb", "a \nb\n", "a\n\n", "a\r\nb", "\t", "\x00", "\x07", "\x1b[31m", "\x7f", "\x80",
    "\x85", "\xa0", "\u2028", "\u2029", "\u202e", "\u2066", "\u200f", "\ufeff", "\ufffe", "\uffff", "\ufdd0", "é", "😀",
    "\U0001ffff", "\U00020000", "\U0010ffff", "---\na", "...\n", "<    0.000000 eof\n", '{"a":1}', "[1]", '{"a": 1}',
    '{"t":"\\ud800"}', '{"a":1} ', "{\x7f}", "{\u202e}", "{😀}", '{"a":1,"a":2}', "1E5", "NaN", "[" * 50 + "]" * 50,
]  # fmt: skip

_any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
texts = st.one_of(st.sampled_from(_ODD), _any_text, st.lists(st.sampled_from(_ODD), max_size=3).map("".join))
payloads = st.one_of(
    texts.map(str.encode),
    st.binary(max_size=12),
    st.sampled_from([b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"{\xff}", b"\xef\xbb\xbf{}", b"\x89PNG"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=6,
    ).map(lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()),
)
times = st.integers(0, 999_999_999_999_999)
header_names = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=":ABCDEFGHIJKLMNOPQRSTUVWXYZ"), min_size=1
) | st.sampled_from(["a", "b", "null", "set-cookie", "x" * 120])
header_values = st.text(st.characters(max_codepoint=0xFF, exclude_characters="\0\r\n"), max_size=12)
headers = st.lists(st.tuples(header_names, header_values), max_size=4).map(tuple)
targets = st.builds(
    "{}{}".format,
    st.sampled_from(["/", "https://other.example/", "http://x"]),
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=12),
)
bodies = st.builds(Body, data=payloads)


@st.composite
def _frames(draw: st.DrawFn, size: int) -> tuple[int, ...]:
    cuts = sorted(draw(st.lists(st.integers(0, size), max_size=2)))
    edges = [0, *cuts, size]
    return tuple(b - a for a, b in itertools.pairwise(edges)) if cuts else ()


@st.composite
def _messages(draw: st.DrawFn) -> tuple[Line, ...]:
    lines: list[Line] = []
    for time in sorted(draw(st.lists(times, max_size=4))):
        kind = draw(st.sampled_from(["text", "text", "binary", "ping", "pong", "close", "eof", "reset", "cut"]))
        side = draw(st.sampled_from("<>"))
        if kind == "close":
            code = draw(st.none() | st.integers(0, 65535))
            reason = b"" if code is None else draw(_any_text).encode()[:123].decode("utf-8", "ignore").encode()
            lines.append(Line(side, time, "close", reason, code))
        elif kind in {"eof", "reset", "cut"}:
            lines.append(Line("!" if kind == "cut" else side, time, kind))
        else:
            payload = draw(payloads)
            frames = draw(_frames(len(payload))) if kind in {"text", "binary"} else ()
            lines.append(Line(side, time, kind, payload, None, frames))
    return (*lines, Line("!", lines[-1].time if lines else 0, "cut"))


@st.composite
def _pieces(draw: st.DrawFn, side: str) -> tuple[Line, ...]:
    moments = sorted(draw(st.lists(times, max_size=3)))
    lines = [Line(side, time, "text", draw(payloads)) for time in moments]
    end = draw(st.sampled_from([None, Line(side, 10**15 - 1, "reset"), Line("!", 10**15 - 1, "cut")]))
    return tuple(lines) if end is None else (*lines, end)


_codings = st.none() | texts
_requests = st.builds(RequestPart, headers=headers, body=bodies, decoded=_codings) | st.builds(
    RequestPart, headers=headers, stream=_pieces(">"), decoded=_codings
)
_answers = {
    "status": st.integers(200, 999),
    "after": times,
    "reason": st.none() | header_values,
    "headers": headers,
    "trailers": headers,
    "decoded": st.none() | texts,
}
_responses = st.builds(ResponsePart, **_answers, body=bodies) | st.builds(ResponsePart, **_answers, stream=_pieces("<"))
_upgrades = st.builds(ResponsePart, status=st.just(101), after=times, reason=st.none() | header_values, headers=headers)
_aborted = st.builds(
    Aborted,
    by=st.sampled_from(["client", "server", "recorder"]),
    after=times,
    how=st.sampled_from(["eof", "reset", "timeout"]),
)
_call_parts = {"method": st.from_regex(r"[A-Z!#$*~-]{1,8}", fullmatch=True), "target": targets, "request": _requests}
_socket_parts = {"target": targets, "request": _requests}
_exchanges = st.one_of(
    st.builds(Call, **_call_parts, response=_responses),
    st.builds(Call, **_call_parts, aborted=_aborted),
    st.builds(SocketExchange, **_socket_parts, response=_upgrades, messages=_messages()),
    st.builds(SocketExchange, **_socket_parts, response=_responses),
    st.builds(SocketExchange, **_socket_parts, aborted=_aborted),
)
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def cassettes(draw: st.DrawFn) -> Cassette:
    """Any cassette that the format can say; none of its payloads is large or has a side file."""
    exchanges = draw(st.lists(_exchanges, max_size=3))
    moments = sorted(draw(st.lists(times, min_size=len(exchanges), max_size=len(exchanges))))
    return Cassette(
        recorded=Recorded(
            at="2026-11-23T05:00:00.5Z",
            by=draw(texts.filter(bool)),
            client=draw(texts),
            origin=draw(texts),
            complete=draw(st.booleans()),
        ),
        exchanges=tuple(msgspec.structs.replace(one, at=at) for one, at in zip(exchanges, moments, strict=True)),
        redacted=tuple(draw(st.lists(texts, max_size=2))),
        order=draw(st.sampled_from(["exchange", "session"])),
        meta=draw(st.dictionaries(texts, _values, max_size=2)),
    )


def with_call(rest: str) -> bytes:
    """A cassette of one call, ``rest`` being the lines of it that follow ``at`` (without their indent)."""
    lines = "".join(f"  {line}\n" for line in rest.split("\n"))
    return f"{HEAD}exchanges:\n- call: GET /x\n  at: 0\n{lines}".encode()


def with_messages(*lines: str) -> bytes:
    """A cassette of one socket with these transcript lines."""
    block = "".join(f"    {line}\n" for line in lines)
    return f"{HEAD}exchanges:\n- socket: /x\n  at: 0\n  response: {{status: 101}}\n  messages: |\n{block}".encode()


def cassette_of(*messages: Line) -> Cassette:
    """A cassette of one socket with these lines."""
    socket = SocketExchange(target="/x", response=ResponsePart(status=101), messages=messages)
    return Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"), exchanges=(socket,))


def answered(response: ResponsePart) -> Cassette:
    """A cassette of one call with that response."""
    call = Call(method="GET", target="/x", response=response)
    return Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"), exchanges=(call,))


SAMPLE = b"""cassette: 1
recorded: {at: 2026-11-23T05:00:00Z, by: hand, from: 'https://a.example'}
redacted: [cookie]
meta: {note: "x\\ny", n: [1, 2.5, null]}
exchanges:
- call: POST /c
  at: 0.5
  request: {headers: {a: b, c: [d, e]}, json: {a: [1, {b: "c"}]}}
  response: {status: 200, after: 0.25, headers: {}, text: "a\\nb\\n"}
- call: GET /s
  at: 0.5
  response:
    status: 200
    stream: |
      < 0.1 "data"
      < 0.2 eof
- call: GET /n
  at: 0.6
  aborted: {by: client, after: 2, how: reset}
- socket: /w?a=b
  at: 1
  response: {status: 101}
  messages: |
    < 0.1 {"a":1}
    > 0.2 frames=1+2 binary base64:AAAA
    < 0.3 ping "x"
    < 0.4 close 1000 "bye"
"""
"""A cassette with a bit of everything."""
