"""A HAR that wiretape exported gives its cassette back."""

from __future__ import annotations

from pathlib import Path

import msgspec

from harness.cassette.model import Cassette, Exchange
from harness.har.entry import Entry, read_entry
from harness.har.errors import HarFieldError
from harness.har.fields import Fields
from harness.har.notes import Reason
from harness.har.observing import observations
from harness.har.own import VERSION, OwnEntry, OwnHead, read_own, restored
from harness.har.report import Losses
from harness.har.source import Opened, RawEntry
from harness.har.times import moment
from harness.profile import ServiceProfile
from harness.record.assembly import assemble
from harness.record.recorder import STREAM_AFTER
from harness.record.save import Into, write_into
from harness.redact.cassettes import redact_cassette
from harness.redact.engine import Redactor

OWN = "_wiretape"
"""Name of our custom field."""


def restore(  # what an import knows
    opened: Opened,
    own: object,
    output: Path,
    profile: ServiceProfile,
    losses: Losses,
    *,
    into: Into | None = None,
    redactor: Redactor | None = None,
) -> Cassette:
    """Write the cassette that was exported; redacted again, as the file may have been changed since.

    An entry that HTTP cannot say any more is left out, and counted.

    Returns:
        The cassette as it is on the disk now.

    Raises:
        HarError: The file is not as wiretape writes it.
        harness.record.errors.RecordingError: The finished cassette would hold a secret, or is locked.
        harness.cassette.errors.CassetteError: The format cannot say it, or the disk says no.
    """
    head = read_own(own, OwnHead, f"log.{OWN}")
    if head.version > VERSION:
        raise HarFieldError("it was written by a later version of wiretape: upgrade", f"log.{OWN}.version")
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
    place = into or Into()
    safe = redact_cassette(chosen, cassette)
    return write_into(place.path or output, safe, place, redactor=chosen, profile=profile).cassette


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
    """What an entry says of an exchange by itself.

    Args:
        base: Origin of relative targets.
        zero: When the session began, microseconds since 1970.
    """
    seen = list(observations(entry, exchange=0, zero=zero))
    exchange = assemble(seen, now=seen[-1].at, stream_after=STREAM_AFTER).exchange
    if entry.origin == base:
        return exchange
    return msgspec.structs.replace(exchange, target=f"{entry.origin}{entry.target}")
