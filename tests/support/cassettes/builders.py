"""Short ways to write cassettes in tests."""

from __future__ import annotations

from harness.cassette.model import (
    Body,
    Call,
    Cassette,
    Exchange,
    Line,
    Recorded,
    RequestPart,
    ResponsePart,
    SocketExchange,
)
from harness.profile import ServiceProfile
from provider.wire.codec import event_name


def _name(raw: bytes) -> str | None:
    try:
        return event_name(raw)
    except Exception:
        return None


PROFILE = ServiceProfile(
    name="demo",
    upstream="https://demo.example",
    secret_headers={"authorization": "token"},
    secret_query={"accessToken": "token"},
    secret_fields={"password": "token", "access_token": "token"},
    volatile_query={"clientSessionId": "uuid"},
    volatile_fields={"conversationId": "id", "clientSessionId": "uuid", "sentAt": "time"},
    event_name=_name,
    end_of_turn=frozenset({"done"}),
    origins=("https://demo.example",),
)
PLAIN = ServiceProfile(name="plain", upstream="https://plain.example")


def lines(text: str) -> tuple[Line, ...]:
    """``< {"a":1}``, ``> binary {}``, ``< ping x``, ``< close 1000 bye``, ``> eof`` and so on, a millisecond apart."""
    found: list[Line] = []
    for number, row in enumerate(filter(None, (row.strip() for row in text.split("\n"))), 1):
        direction, _, rest = row.partition(" ")
        word, _, tail = rest.partition(" ")
        time = number * 1000
        if word == "close":
            code, _, reason = tail.partition(" ")
            found.append(Line(direction, time, "close", reason.encode(), int(code) if code else None))
        elif word in {"eof", "reset", "cut"}:
            found.append(Line(direction, time, word))
        elif word in {"ping", "pong", "binary"}:
            found.append(Line(direction, time, word, tail.encode()))
        else:
            found.append(Line(direction, time, "text", rest.encode()))
    return tuple(found)


def call(
    what: str,
    body: bytes = b"",
    *,
    answer: bytes = b"{}",
    status: int = 200,
    at: int = 0,
    headers: tuple[tuple[str, str], ...] = (),
    response_headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),),
    **response,
) -> Call:
    method, _, target = what.partition(" ")
    return Call(
        method=method,
        target=target,
        at=at,
        request=RequestPart(headers=headers, body=Body(data=body)),
        response=ResponsePart(status=status, headers=response_headers, body=Body(data=answer), **response),
    )


def socket(target: str, text: str, *, at: int = 0, headers: tuple[tuple[str, str], ...] = ()) -> SocketExchange:
    return SocketExchange(
        target=target,
        at=at,
        request=RequestPart(headers=headers),
        response=ResponsePart(status=101),
        messages=lines(text),
    )


def cassette(*exchanges: Exchange, origin: str = "https://demo.example", order: str = "exchange") -> Cassette:
    recorded = Recorded(at="2026-11-23T05:00:00Z", by="hand", origin=origin)
    return Cassette(recorded=recorded, exchanges=exchanges, order=order)
