"""Converts an entry of a HAR to the events that a recorder on the wire would have observed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from harness.cassette.model import Cassette, Direction, Exchange
from harness.content_coding import content_of
from harness.har.entry import Entry, read_entry
from harness.har.entry_parser import RawEntry
from harness.har.errors import HarFieldError
from harness.har.extensions import restored
from harness.har.fields import Fields
from harness.har.messages import HarMessage
from harness.har.own_format import VERSION, OwnEntry, OwnHead, read_own
from harness.har.report import Losses, Reason
from harness.har.source import OpenedHar
from harness.har.times import moment
from harness.profile import ServiceProfile
from harness.record.assembly import assemble
from harness.record.browser_errors import ended_by
from harness.record.events import (
    BodyEnd,
    Event,
    ExchangeAborted,
    MessagePassed,
    Piece,
    RequestBegan,
    RequestBody,
    ResponseBegan,
    ResponseEnded,
    ResponsePieces,
    SocketEnded,
)
from harness.record.options import SaveOptions
from harness.record.recorder import STREAM_AFTER
from harness.record.save import save_take
from harness.redact.cassettes import redact_cassette
from harness.redact.engine import Redactor

OWN = "_wiretape"
"""Name of our custom field."""


def restore(  # all that an import knows
    opened: OpenedHar,
    own: object,
    output: Path,
    profile: ServiceProfile,
    losses: Losses,
    *,
    save: SaveOptions | None = None,
    redactor: Redactor | None = None,
) -> Cassette:
    """Write the cassette that was exported, redacted again, since the file may have been edited.

    An entry that is no longer valid HTTP is left out, and counted.

    Returns:
        The cassette as it is on the disk now.

    Raises:
        HarError: The file does not have the form that wiretape exports.
        harness.record.errors.RecordingError: The finished cassette would hold a secret, or is locked.
        harness.cassette.errors.CassetteError: The format cannot express it, or writing failed.
    """
    head = read_own(own, OwnHead, f"log.{OWN}")
    if head.version > VERSION:
        raise HarFieldError("a later version of wiretape exported this HAR: upgrade wiretape", f"log.{OWN}.version")
    zero = moment(head.recorded.at, f"log.{OWN}.recorded")
    raws = (one for one in opened.entries() if isinstance(one, RawEntry))
    read = (_exchange(raw, head.base, zero, losses) for raw in raws)
    exchanges = sorted((one for one in read if one is not None), key=lambda one: one.at)
    cassette = Cassette(
        recorded=head.recorded,
        exchanges=tuple(exchanges),
        redacted=head.redacted,
        left_out=head.left_out,
        order=head.order,
        ignore=head.ignore,
        bind=head.bind,
        match_on=head.match_on,
        meta=head.meta_values(),
    )
    chosen = redactor or Redactor(profile)
    chosen_save = save or SaveOptions()
    safe = redact_cassette(chosen, cassette)
    return save_take(chosen_save.path or output, safe, chosen_save, redactor=chosen, profile=profile).cassette


def _exchange(raw: RawEntry, base: str, zero: int, losses: Losses) -> Exchange | None:
    try:
        plain = plain_exchange(read_entry(raw, Losses()), base, zero)
    except HarFieldError:
        losses.add(Reason.ODD_ENTRIES)
        return None
    own = Fields(raw.value, raw.where).raw(OWN)
    if own is None:
        return plain
    where = f"{raw.where}.{OWN}"
    return restored(plain, read_own(own, OwnEntry, where), where)


def plain_exchange(entry: Entry, base: str, zero: int) -> Exchange:
    """The exchange of an entry alone, without wiretape's own fields.

    Args:
        base: Origin of relative targets.
        zero: When the session began, microseconds since 1970.
    """
    seen = list(observations(entry, exchange=0, zero=zero))
    exchange = assemble(seen, now=seen[-1].at, stream_after=STREAM_AFTER).exchange
    if entry.origin == base:
        return exchange
    return msgspec.structs.replace(exchange, target=f"{entry.origin}{entry.target}")


def observations(entry: Entry, *, exchange: int, zero: int) -> Iterator[Event]:
    """The events of an entry.

    Args:
        exchange: Its number in the session.
        zero: When the session began, microseconds since 1970.
    """
    at = max(0, entry.at - zero)
    yield RequestBegan(
        exchange=exchange,
        at=at,
        method=entry.method,
        target=entry.target,
        headers=entry.request_headers,
        upgrade=entry.upgrade,
    )
    if entry.request_body:
        content = content_of(entry.request_headers, entry.request_body)
        yield RequestBody(exchange=exchange, at=at, data=content.data, decoded=content.coding)
    if not entry.status:
        by, how = ended_by(entry.error)
        yield ExchangeAborted(exchange=exchange, at=at + entry.spans.end, by=by, how=how)
    elif entry.status == 101:
        yield from _socket(entry, exchange, at, zero)
    else:
        yield from _answer(entry, exchange, at)


def _answer(entry: Entry, exchange: int, at: int) -> Iterator[Event]:
    yield ResponseBegan(
        exchange=exchange, at=at + entry.spans.head, status=entry.status, reason=entry.reason, headers=entry.headers
    )
    end = at + entry.spans.end
    if entry.body:
        yield ResponsePieces(exchange=exchange, at=end, pieces=(Piece(end, entry.body),))
    kind, side = _body_end(entry)
    yield ResponseEnded(exchange=exchange, at=end, kind=kind, by=side)


def _body_end(entry: Entry) -> tuple[BodyEnd, Direction]:
    """How the body ended: complete unless the exporter reports an error."""
    if not entry.error or entry.upgrade:
        return "whole", "<"
    by, how = ended_by(entry.error)
    if by == "recorder":
        return "cut", "!"
    return "reset" if how == "reset" else "eof", "<" if by == "server" else ">"


def _socket(entry: Entry, exchange: int, at: int, zero: int) -> Iterator[Event]:
    messages = entry.messages or ()
    # Some exporters add the wait for the first message to the handshake's duration.
    told = [one.at - zero for one in messages if one.at is not None]
    head = max(at, min([at + (entry.spans.head if entry.spans.known else 0), *told]))
    yield ResponseBegan(exchange=exchange, at=head, status=101, reason=entry.reason, headers=entry.headers)
    time = head
    for one in messages:
        time = max(time, time if one.at is None else one.at - zero)
        yield _message(one, exchange, time)
    if not any(one.kind in {"close", "eof"} for one in messages):
        yield SocketEnded(exchange=exchange, at=max(time, at + entry.spans.end), direction="!", kind="cut")


def _message(one: HarMessage, exchange: int, at: int) -> Event:
    if one.kind == "close" or one.kind == "eof":  # noqa: PLR1714  # narrows
        return SocketEnded(
            exchange=exchange, at=at, direction=one.direction, kind=one.kind, code=one.code, reason=one.data
        )
    assert one.kind != "reset" and one.kind != "cut"  # noqa: PT018, PLR1714  # narrows
    return MessagePassed(exchange=exchange, at=at, direction=one.direction, kind=one.kind, data=one.data)
