"""Converts the plain values of YAML to a `Cassette`, and checks every key. `encode` converts back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from harness.cassette.decode_exchange import ExchangeDecoder
from harness.cassette.errors import (
    FieldError,
    LimitError,
    NewerFormatError,
    UnreadableCassetteError,
)
from harness.cassette.fields import MappingFields, kind_of
from harness.cassette.model import (
    LIMITS,
    UPSTREAM_NAME,
    Cassette,
    Exchange,
    LeftOut,
    Limits,
    Recorded,
)
from harness.cassette.side_files import ReadFile

VERSION: Final = 1
CASSETTE_KEYS: Final = (
    "cassette",
    "recorded",
    "redacted",
    "left_out",
    "order",
    "ignore",
    "bind",
    "match_on",
    "meta",
    "exchanges",
)
LEFT_OUT_KEYS: Final = ("exchange", "at", "cause")
CAUSES: Final = ("request-line", "headers", "status", "messages", "time", "too-large", "too-much", "other")
RECORDED_KEYS: Final = ("at", "by", "client", "from", "upstreams", "complete")
ORIGIN: Final = r"https?://[^/?#@\s\\]{1,260}"
MAX_UPSTREAMS: Final = 20
ORDERS: Final = ("exchange", "session")

MOMENT_PATTERN: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z"
_MOMENT: Final = re.compile(MOMENT_PATTERN)


Kept: TypeAlias = Callable[[int, Exchange], Exchange]
"""Returns the exchange to keep as the one of that number; the one given, or an equal one."""


def _as_decoded(_number: int, exchange: Exchange) -> Exchange:
    return exchange


def decode(plain: Any, read_file: ReadFile, limits: Limits = LIMITS, *, kept: Kept = _as_decoded) -> Cassette:
    """A cassette from plain values.

    Args:
        plain: The values.
        read_file: Reads a side file.
        limits: Upper bounds for an untrusted file.
        kept: Is called for each exchange as soon as it is decoded.

    Raises:
        NewerFormatError: The cassette has a later version of the format.
        FieldError, TranscriptError, LimitError: A value is invalid; the error names its path.
        CassetteError: From ``read_file``.
    """
    _check_version(plain)
    top = MappingFields(plain, "", CASSETTE_KEYS)
    recorded = _recorded(top.mapping("recorded", RECORDED_KEYS))
    items = top.items("exchanges")
    if len(items) > limits.exchanges:
        raise LimitError(
            f"the cassette has more than {limits.exchanges} exchanges: divide them among several cassettes", "exchanges"
        )
    decoder = ExchangeDecoder(read_file=read_file, limits=limits, complete=recorded.complete)
    exchanges = tuple(kept(index, decoder.exchange(item, f"exchanges[{index}]")) for index, item in enumerate(items))
    for index in range(1, len(exchanges)):
        if exchanges[index].at < exchanges[index - 1].at:
            raise FieldError(
                "exchanges must be in the order of their `at`: this one has an earlier `at` than the exchange above it",
                f"exchanges[{index}].at",
            )
    return Cassette(
        recorded=recorded,
        exchanges=exchanges,
        redacted=_texts(top, "redacted"),
        left_out=_left_out(top, limits),
        order=top.choice("order", ORDERS) if "order" in top else "exchange",
        ignore=_texts(top, "ignore"),
        bind=_texts(top, "bind"),
        match_on=_texts(top, "match_on"),
        meta=_meta(top),
    )


def _check_version(plain: Any) -> None:
    if not isinstance(plain, dict) or "cassette" not in plain:
        if plain is None:
            raise UnreadableCassetteError("not a cassette: the file is empty")
        raise UnreadableCassetteError(
            "not a cassette: it has no key `cassette: 1`; `wiretape import` makes one of a HAR file or of vcrpy's"
        )
    version = plain["cassette"]
    if type(version) is not int or version < 1:
        raise FieldError(f"expected `cassette: {VERSION}`", "cassette")
    if version > VERSION:
        shown = version if version < 1_000_000 else "a later one"
        problem = f"the file is in version {shown} of the format, this program reads {VERSION}: upgrade wiretape"
        raise NewerFormatError(problem, "cassette")


def _recorded(fields: MappingFields) -> Recorded:
    at, by = fields.text("at"), fields.text("by")
    if not _MOMENT.fullmatch(at):
        raise fields.wrong("at", "expected a time in UTC such as 2026-11-23T05:00:00Z")
    if not by:
        raise fields.wrong("by", "expected what made the cassette, such as relay or hand")
    return Recorded(
        at=at,
        by=by,
        client=fields.text("client") if "client" in fields else "",
        origin=fields.text("from") if "from" in fields else "",
        upstreams=_upstreams(fields) if "upstreams" in fields else {},
        complete=fields.boolean("complete") if "complete" in fields else True,
    )


def _upstreams(fields: MappingFields) -> dict[str, str]:
    given = fields.value("upstreams")
    if not isinstance(given, dict) or len(given) > MAX_UPSTREAMS:
        raise fields.wrong("upstreams", f"expected a mapping of at most {MAX_UPSTREAMS} names to origins")
    for name, origin in given.items():
        named = isinstance(name, str) and re.fullmatch(UPSTREAM_NAME, name)
        if not named or not isinstance(origin, str) or not re.fullmatch(ORIGIN, origin):
            raise fields.wrong("upstreams", "expected names such as gateway, each with an origin such as https://HOST")
    if len(set(given.values())) < len(given):
        raise fields.wrong("upstreams", "two names have the same origin: name each host once")
    return dict(given)


def _texts(top: MappingFields, key: str) -> tuple[str, ...]:
    labels = top.items(key) if key in top else []
    for index, label in enumerate(labels):
        if not isinstance(label, str):
            raise FieldError(f"expected text, found {kind_of(label)}", f"{key}[{index}]")
    return tuple(labels)


def _left_out(top: MappingFields, limits: Limits) -> tuple[LeftOut, ...]:
    items = top.items("left_out") if "left_out" in top else []
    if len(items) > limits.exchanges:
        raise LimitError(f"more than {limits.exchanges} entries: delete some", "left_out")
    found = (MappingFields(item, f"left_out[{index}]", LEFT_OUT_KEYS) for index, item in enumerate(items))
    return tuple(
        LeftOut(exchange=one.text("exchange"), at=one.microseconds("at"), cause=one.choice("cause", CAUSES))
        for one in found
    )


def _meta(top: MappingFields) -> dict[str, object]:
    if "meta" not in top:
        return {}
    meta = top.value("meta")
    if not isinstance(meta, dict):
        raise top.wrong("meta", f"expected a mapping, found {kind_of(meta)}")
    return meta
