"""``_wiretape`` fields: what HAR cannot express, so that an import makes the exported cassette again.

An entry's field holds only what an import of the plain entry would get wrong: unusual close codes, fragments, streamed
pieces, aborts, names of side files, odd headers. The log's field holds the cassette's head.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, TypeVar, cast

import msgspec

from harness.cassette.model import (
    Aborted,
    Body,
    Call,
    Cassette,
    Direction,
    Exchange,
    Headers,
    Kind,
    LeftOut,
    Line,
    Recorded,
    RequestPart,
    ResponsePart,
    SocketExchange,
)
from harness.har.errors import HarFieldError

VERSION: Final = 1
_PAYLOADS: Final = frozenset({"text", "binary", "ping", "pong"})
"""Kinds of lines whose payloads stand in ``_webSocketMessages``."""
_T = TypeVar("_T")


class OwnHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The cassette's head.

    Attributes:
        base: Origin that was put before relative targets.
        meta: JSON as text, for its numbers may be too large for readers of HARs.
    """

    version: int
    base: str
    recorded: Recorded
    redacted: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    order: Literal["exchange", "session"] = "exchange"
    ignore: tuple[str, ...] = ()
    bind: tuple[str, ...] = ()
    match_on: tuple[str, ...] = ()
    meta: str = "{}"

    def meta_values(self) -> dict[str, Any]:
        """The parsed ``meta``.

        Raises:
            HarFieldError: It is not a JSON object.
        """
        try:
            return msgspec.convert(json.loads(self.meta), dict[str, Any])
        except (ValueError, RecursionError):
            raise HarFieldError(
                "expected text that holds a JSON object: export the cassette again", "log._wiretape.meta"
            ) from None


class _OwnLine(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"direction": "from"}
):
    """A line of a transcript; its payload is the next message, the next ``size`` bytes of the body, or ``base64``."""

    direction: Direction
    time: int
    kind: Kind = "text"
    size: int = 0
    code: int | None = None
    frames: tuple[int, ...] = ()
    file: str | None = None
    base64: bytes | None = None


class _OwnPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    headers: Headers | None = None
    body: bytes | None = None
    file: str | None = None
    stream: tuple[_OwnLine, ...] | None = None
    after: int | None = None
    reason: str | None = None
    no_reason: bool = False
    trailers: Headers | None = None
    decoded: str | None = None
    no_decoded: bool = False


class OwnEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The differences between an exchange and its plain entry."""

    method: str | None = None
    target: str | None = None
    at: int | None = None
    request: _OwnPart | None = None
    response: _OwnPart | None = None
    aborted: Aborted | None = None
    messages: tuple[_OwnLine, ...] | None = None


def read_own(value: object, kind: type[_T], where: str) -> _T:
    """Decode a ``_wiretape`` field.

    Raises:
        HarFieldError: It is not in wiretape's format.
    """
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, ValueError, RecursionError):
        # The library's message may quote the file.
        raise HarFieldError(
            "the field `_wiretape` is not in the form that wiretape exports: export the cassette again", where
        ) from None


def head_of(cassette: Cassette, base: str) -> OwnHead:
    """The ``_wiretape`` field of a HAR's ``log`` for a cassette; ``base`` is put before relative targets."""
    return OwnHead(
        version=VERSION,
        base=base,
        recorded=cassette.recorded,
        redacted=cassette.redacted,
        left_out=cassette.left_out,
        order=cassette.order,
        ignore=cassette.ignore,
        bind=cassette.bind,
        match_on=cassette.match_on,
        meta=json.dumps(dict(cassette.meta), ensure_ascii=False),
    )


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


def _part(plain: RequestPart | ResponsePart | None, wanted: RequestPart | ResponsePart) -> _OwnPart | None:
    plain = plain or ResponsePart(status=0)
    changes: dict[str, Any] = {}
    if plain.headers != wanted.headers:
        changes["headers"] = wanted.headers
    if wanted.stream is not None:
        changes["stream"] = None if plain.stream == wanted.stream else tuple(_lines(wanted.stream, sizes=True))
        if content(plain) != content(wanted):
            changes["body"] = content(wanted)
    elif content(plain) != wanted.body.data or plain.stream is not None:
        changes["body"] = wanted.body.data
    if wanted.body.file is not None:
        changes["file"] = wanted.body.file
    of_both = isinstance(plain, ResponsePart) and isinstance(wanted, ResponsePart)
    for name in ("after", "reason", "trailers", "decoded") if of_both else ("decoded",):
        if getattr(plain, name) != (value := getattr(wanted, name)):
            changes |= {f"no_{name}": True} if value is None else {name: value}
    part = _OwnPart(**changes)
    return None if part == _OwnPart() else part


def content(part: RequestPart | ResponsePart) -> bytes:
    """A body's bytes, streamed or not."""
    return part.body.data if part.stream is None else b"".join(line.data for line in part.stream)


def _restored_part(plain: _P, own: _OwnPart, where: str) -> _P:
    changes: dict[str, Any] = {name: value for name in ("headers",) if (value := getattr(own, name)) is not None}
    if own.stream is not None:
        data = content(plain) if own.body is None else own.body
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


def _lines(lines: tuple[Line, ...], *, sizes: bool = False) -> Iterator[_OwnLine]:
    for line in lines:
        in_place = sizes or (line.kind in _PAYLOADS and _is_expressible(line))
        yield _OwnLine(
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


def _from_messages(own: tuple[_OwnLine, ...], payloads: Iterator[bytes], where: str) -> Iterator[Line]:
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


def _from_body(own: tuple[_OwnLine, ...], data: bytes) -> Iterator[Line]:
    at = 0
    for one in own:
        yield _line(one, data[at : at + one.size])
        at += one.size


def _line(own: _OwnLine, data: bytes) -> Line:
    return Line(own.direction, own.time, own.kind, data, own.code, own.frames, own.file)


def to_plain(value: msgspec.Struct) -> Mapping[str, Any]:
    """The value of a ``_wiretape`` field of a HAR, as JSON values."""
    return cast("Mapping[str, Any]", msgspec.to_builtins(value, builtin_types=(), str_keys=True))


def to_base64(data: bytes) -> str:
    """Bytes as base64 text."""
    return base64.b64encode(data).decode()
