"""Makes and reads ``_wiretape`` fields: what HAR cannot express, so that an import makes the exported cassette again.

An entry's field holds only what an import of the plain entry would get wrong: unusual close codes, fragments, streamed
pieces, aborts, names of side files, odd headers. The log's field holds the cassette's head.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, Final, TypeVar

import msgspec

from harness.cassette.model import (
    Body,
    Call,
    Exchange,
    Line,
    RequestPart,
    ResponsePart,
    SocketExchange,
    whole_body,
)
from harness.har.errors import HarFieldError
from harness.har.own_format import OwnEntry, OwnLine, OwnPart

_PAYLOADS: Final = frozenset({"text", "binary", "ping", "pong"})
"""Kinds of lines whose payloads stand in ``_webSocketMessages``."""


def difference(plain: Exchange, wanted: Exchange) -> OwnEntry:
    """The ``_wiretape`` field of a HAR's entry for an exchange.

    Args:
        plain: The exchange as an import of the plain entry makes it.
        wanted: The exchange of the cassette.
    """
    messages = wanted.messages if isinstance(wanted, SocketExchange) else ()
    return OwnEntry(
        method=None if not isinstance(wanted, Call) else _changed(plain, wanted, "method"),
        target=_changed(plain, wanted, "target"),
        at=_changed(plain, wanted, "at"),
        request=_part(plain.request, wanted.request),
        response=None if wanted.response is None else _part(plain.response, wanted.response),
        aborted=_changed(plain, wanted, "aborted"),
        messages=None if getattr(plain, "messages", ()) == messages else tuple(_lines(messages)),
    )


def restored(plain: Exchange, own: OwnEntry, where: str) -> Exchange:
    """The exchange as it was exported, made of the plain one and the entry's ``_wiretape`` field.

    Raises:
        HarFieldError: Entry and field contradict each other.
    """
    changes: dict[str, Any] = {
        name: value for name in ("target", "at", "aborted") if (value := getattr(own, name)) is not None
    }
    if own.request is not None:
        changes["request"] = _restored_part(plain.request, own.request, f"{where}.request")
    if own.response is not None:
        if plain.response is None:
            raise HarFieldError(
                "`_wiretape` describes a response, but the entry has no `response`: export the HAR again",
                f"{where}.response",
            )
        changes["response"] = _restored_part(plain.response, own.response, f"{where}.response")
    if own.method is not None and isinstance(plain, Call):
        changes["method"] = own.method
    if own.messages is not None and isinstance(plain, SocketExchange):
        payloads = (line.data for line in plain.messages if line.kind in _PAYLOADS)
        changes["messages"] = tuple(_from_messages(own.messages, payloads, f"{where}.messages"))
    return msgspec.structs.replace(plain, **changes)


def _changed(plain: Exchange, wanted: Exchange, name: str) -> Any:
    value = getattr(wanted, name)
    return None if getattr(plain, name, None) == value else value


def _part(plain: RequestPart | ResponsePart | None, wanted: RequestPart | ResponsePart) -> OwnPart | None:
    plain = plain or ResponsePart(status=0)
    changes: dict[str, Any] = {}
    if plain.headers != wanted.headers:
        changes["headers"] = wanted.headers
    if wanted.stream is not None:
        changes["stream"] = None if plain.stream == wanted.stream else tuple(_lines(wanted.stream, sizes=True))
        if whole_body(plain) != whole_body(wanted):
            changes["body"] = whole_body(wanted)
    elif whole_body(plain) != wanted.body.data or plain.stream is not None:
        changes["body"] = wanted.body.data
    if wanted.body.file is not None:
        changes["file"] = wanted.body.file
    of_both = isinstance(plain, ResponsePart) and isinstance(wanted, ResponsePart)
    for name in ("after", "reason", "trailers", "decoded") if of_both else ("decoded",):
        if getattr(plain, name) != (value := getattr(wanted, name)):
            changes |= {f"no_{name}": True} if value is None else {name: value}
    part = OwnPart(**changes)
    return None if part == OwnPart() else part


def _restored_part(plain: _P, own: OwnPart, where: str) -> _P:
    changes: dict[str, Any] = {name: value for name in ("headers",) if (value := getattr(own, name)) is not None}
    if own.stream is not None:
        data = whole_body(plain) if own.body is None else own.body
        if sum(line.size for line in own.stream) != len(data):
            raise HarFieldError(
                "the sizes of the body's pieces do not add up to the body's size: export the HAR again",
                f"{where}.stream",
            )
        changes |= {"stream": tuple(_from_body(own.stream, data)), "body": Body()}
    elif own.body is not None:
        changes |= {"stream": None, "body": Body(data=own.body, file=own.file)}
    elif own.file is not None:
        changes["body"] = Body(data=plain.body.data, file=own.file)
    names = ("after", "reason", "trailers", "decoded") if isinstance(plain, ResponsePart) else ("decoded",)
    changes |= {name: value for name in names if (value := getattr(own, name)) is not None}
    changes |= {name: None for name in ("reason", "decoded") if name in names and getattr(own, f"no_{name}")}
    return msgspec.structs.replace(plain, **changes)


_P = TypeVar("_P", RequestPart, ResponsePart)


def _lines(lines: tuple[Line, ...], *, sizes: bool = False) -> Iterator[OwnLine]:
    for line in lines:
        in_place = sizes or (line.kind in _PAYLOADS and _is_expressible(line))
        yield OwnLine(
            line.direction,
            line.time,
            line.kind,
            len(line.data) if sizes else 0,
            line.code,
            line.frames,
            line.file,
            None if in_place or not line.data else line.data,
        )


def _is_expressible(line: Line) -> bool:
    """Whether ``_webSocketMessages`` can hold the payload: a text message has to be UTF-8."""
    return line.kind != "text" or text_of(line.data) is not None


def text_of(data: bytes) -> str | None:
    """Bytes as text, or None if they are not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _from_messages(own: tuple[OwnLine, ...], payloads: Iterator[bytes], where: str) -> Iterator[Line]:
    for index, one in enumerate(own):
        data = b""
        if one.kind in _PAYLOADS:
            found = next(payloads, None)
            if found is None:
                raise HarFieldError(
                    "the entry holds fewer messages than its `_wiretape` field describes: export the cassette again",
                    f"{where}[{index}]",
                )
            data = found
        yield _line(one, data if one.base64 is None else one.base64)


def _from_body(own: tuple[OwnLine, ...], data: bytes) -> Iterator[Line]:
    at = 0
    for one in own:
        yield _line(one, data[at : at + one.size])
        at += one.size


def _line(own: OwnLine, data: bytes) -> Line:
    return Line(own.direction, own.time, own.kind, data, own.code, own.frames, own.file)


def to_base64(data: bytes) -> str:
    """Bytes as base64 text."""
    return base64.b64encode(data).decode()
