"""The form of the ``_wiretape`` fields of a HAR, as they are written and read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeVar, cast

import msgspec

from harness.cassette.model import Aborted, Cassette, Direction, Headers, Kind, LeftOut, Recorded
from harness.har.errors import HarFieldError

VERSION: Final = 1
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


class OwnLine(
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


class OwnPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The differences between a request or response and its plain counterpart.

    Attributes:
        headers, body, file, stream, after, reason, trailers, decoded: As in the cassette; None where the plain entry
            has the same.
        no_reason, no_decoded: Whether the cassette has none, but an import of the plain entry has one.
    """

    headers: Headers | None = None
    body: bytes | None = None
    file: str | None = None
    stream: tuple[OwnLine, ...] | None = None
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
    request: OwnPart | None = None
    response: OwnPart | None = None
    aborted: Aborted | None = None
    messages: tuple[OwnLine, ...] | None = None


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


def to_plain(value: msgspec.Struct) -> Mapping[str, Any]:
    """The value of a ``_wiretape`` field of a HAR, as JSON values."""
    return cast("Mapping[str, Any]", msgspec.to_builtins(value, builtin_types=(), str_keys=True))
