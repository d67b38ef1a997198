"""The answers of a stub: whole responses, streams, or none."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from fake_server.stage import Answer, BrokenBodyError, How, Response
from harness.calls import WireCall
from harness.stubs.errors import StubError
from harness.stubs.events import CONTENT_TYPES, as_json, encoded
from harness.stubs.values import ABSENT
from provider.websocket import Headers

GivenHeaders: TypeAlias = Mapping[str, str] | Sequence[tuple[str, str]]
"""Headers by name, or as pairs where a name occurs twice."""
Responder: TypeAlias = Callable[[WireCall], Answer | Awaitable[Answer]]
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE: Final = re.compile("[\0\r\n]")
_LONGEST_WAIT: Final = 3600


def response(  # the parts of a response
    status: int = 200,
    *,
    json: object = ABSENT,
    text: str | None = None,
    content: bytes | None = None,
    headers: GivenHeaders | None = None,
    after: float = 0.0,
) -> Response:
    """A whole response; at most one of ``json``, ``text`` and ``content`` is its body.

    Args:
        status: From 200 to 599.
        json: Sent as ``application/json``.
        text: Sent as UTF-8, ``text/plain``.
        content: Sent as it is; name its type in ``headers``.
        headers: Replace those that the body implies.
        after: Seconds to wait before the first byte.

    Raises:
        StubError: A value is out of range, or there are two bodies.
    """
    given = [name for name, value in (("text", text), ("content", content)) if value is not None]
    given += ["json"] if json is not ABSENT else []
    if len(given) > 1:
        raise StubError(f"reply: {' and '.join(given)} are given: expected only one of them, as each is the body")
    body, implied = content or b"", ()
    if text is not None:
        body, implied = text.encode(), (("content-type", "text/plain; charset=utf-8"),)
    elif json is not ABSENT:
        body, implied = as_json(json).encode(), (("content-type", "application/json"),)
    return Response(
        status=_status(status), headers=_headers(headers, implied), body=body, after=seconds("reply: after", after)
    )


def stream(  # the parts of a stream
    events: Iterable[object],
    *,
    delay: float = 0.0,
    form: str = "sse",
    status: int = 200,
    headers: GivenHeaders | None = None,
    cut: How | None = None,
) -> Callable[[WireCall], Response]:
    """Makes a response that sends one event after the other, each in a chunk of its own.

    Args:
        events: See `harness.stubs.events.encoded`.
        delay: Seconds before each event but the first.
        form: One of `harness.stubs.events.FORMATS`.
        status: From 200 to 599.
        headers: Replace those that the format implies.
        cut: Ends the connection after the last event, in the middle of the body; None for a proper end.

    Raises:
        StubError: A value is out of range, or an event does not belong to the format.
    """
    pieces = encoded(events, form)
    wait = seconds("stream: delay", delay)
    implied = (("content-type", CONTENT_TYPES[form]), ("cache-control", "no-store"))
    sent = _headers(headers, implied)
    code = _status(status)
    ending = None if cut is None else how("stream: cut", cut)

    def respond(_: WireCall) -> Response:
        return Response(status=code, headers=sent, body=_pieces(pieces, wait, ending))

    return respond


async def _pieces(pieces: Sequence[bytes], delay: float, ending: How | None) -> AsyncIterator[bytes]:
    for number, piece in enumerate(pieces):
        if number and delay:
            await asyncio.sleep(delay)
        yield piece
    if ending is not None:
        raise BrokenBodyError(ending)


def _status(status: int) -> int:
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:  # pyright: ignore[reportUnnecessaryIsInstance]  # files are not typed
        raise StubError(f"status {status!r}: expected a number from 200 to 599")
    return status


def seconds(what: str, value: float) -> float:
    """Check a number of seconds, and return it.

    Raises:
        StubError: It is negative, not finite, or above an hour.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):  # pyright: ignore[reportUnnecessaryIsInstance]  # files are not typed
        raise StubError(f"{what}: expected a number of seconds, got {value!r}")
    if not 0 <= value <= _LONGEST_WAIT:
        raise StubError(f"{what}: {value}: expected 0 to {_LONGEST_WAIT} seconds")
    return float(value)


def how(what: str, value: str) -> How:
    """Check how a connection is to end, and return it.

    Raises:
        StubError: It is neither ``eof`` nor ``reset``.
    """
    if value == "eof" or value == "reset":  # noqa: PLR1714  # pyright narrows these comparisons only
        return value
    raise StubError(f"{what}: {value!r}: expected 'eof' or 'reset'")


def _headers(given: GivenHeaders | None, implied: Headers) -> Headers:
    pairs = tuple(given.items()) if isinstance(given, Mapping) else tuple(given or ())
    named: list[tuple[str, str]] = []
    for name, value in pairs:
        if not isinstance(value, str) or not _NAME.fullmatch(name) or _UNSENDABLE.search(value):  # pyright: ignore[reportUnnecessaryIsInstance]  # as above
            raise StubError(f"header {name!r}: expected a name of RFC 9110 and a value of one line")
        named.append((name.lower(), value))
    names = {name for name, _ in named}
    return (*((name, value) for name, value in implied if name not in names), *named)
