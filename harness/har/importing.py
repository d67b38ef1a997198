"""`import_har`: makes a cassette of a HAR, redacted, journalled and scanned like a recording, and a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from harness.cassette.model import Cassette, LeftOut, SocketExchange
from harness.har.entry import read_entry
from harness.har.entry_parser import LIMITS, HarLimits, RawEntry
from harness.har.errors import HarError, HarFieldError
from harness.har.report import ImportReport, Losses, Reason
from harness.har.session_size import SessionSize
from harness.har.source import OpenedHar
from harness.har.survey import OpenedSession, Survey, likely_origin, none_readable, open_session, survey_of
from harness.har.to_exchange import observations, restore
from harness.match.match_on import DEFAULT_MATCH_ON
from harness.profile import ServiceProfile
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.services.choice import service_for

BY: Final = "har"
"""The ``by`` of a cassette made of a HAR."""
BY_VCR: Final = "vcr"
"""The ``by`` of a cassette made of one of vcrpy, Betamax or VCR."""
_WITHOUT_AUTHORIZATION: Final = tuple(str(one) for one in DEFAULT_MATCH_ON if one != "authorization")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import.

    Attributes:
        cassette: The written cassette.
        report: What was imported, and what the HAR lacks.
        left_out: Exchanges that the cassette format cannot express.
    """

    cassette: Cassette = field(repr=False)
    report: ImportReport
    left_out: tuple[LeftOut, ...] = ()


def import_har(  # public: keyword arguments with defaults
    har: Path | str,
    output: Path | str,
    *,
    origin: str | None = None,
    profile: ServiceProfile | None = None,
    choose: Callable[[str | None], ServiceProfile] = service_for,
    options: RecordingOptions | None = None,
    limits: HarLimits = LIMITS,
) -> Imported:
    """Make a cassette of the service's entries in a HAR, or of a cassette of vcrpy or Betamax.

    A HAR of `harness.har.exporting` becomes its original cassette, whatever its origins. A cassette keeps all its
    origins: those beside the service's become further upstreams. Unreadable entries are left out and counted.

    Args:
        har: The file: a HAR, compressed or not, which is read twice, in bounded memory; or a cassette.
        output: The cassette to write. On any error an existing one stays unchanged.
        origin: Origin of the service, such as ``https://copilot.microsoft.com``; by default the only origin of a HAR,
            the first one of a cassette, or else the profile's upstream.
        profile: The service: which values are secret; None for the one that has the origin.
        choose: Returns the profile for an origin.
        options: How the cassette is redacted and saved.
        limits: How much of the file is read.

    Raises:
        OriginError: No entry is of the service; names the origins in the HAR.
        UnreadableHarError: The file is not a HAR, or no entry of the service can be read.
        HarError: Another fault of the file; names file and place.
        harness.record.errors.RecordingError: The finished cassette would hold a secret, or is locked.
        harness.cassette.errors.CassetteError: The format cannot express the session, or writing failed.
    """
    path = Path(har)
    try:
        opened = open_session(path, limits)
        found = origin or likely_origin(opened, (profile or choose(None)).upstream)
        service = profile or choose(found)
        survey = survey_of(opened, origin, found or service.upstream)
        if survey.own is not None and isinstance(opened, OpenedHar):
            chosen = options or RecordingOptions()
            losses = Losses()
            cassette = restore(
                opened, survey.own, Path(output), service, losses, save=chosen.save, redactor=chosen.redactor
            )
            return Imported(cassette, _report(survey, cassette, losses.counts()))
        return _observe(opened, Path(output), survey, service, options)
    except HarError as error:
        error.found_in(error.file or str(path))
        raise


def _observe(
    opened: OpenedSession,
    output: Path,
    survey: Survey,
    profile: ServiceProfile,
    options: RecordingOptions | None,
) -> Imported:
    zero = min(survey.began.values())
    losses = Losses()
    chosen = replace(options or RecordingOptions(), started=_EPOCH + timedelta(microseconds=zero))
    if not survey.compares_authorization and not chosen.rules.match_on:
        chosen = replace(chosen, rules=msgspec.structs.replace(chosen.rules, match_on=_WITHOUT_AUTHORIZATION))
    with Recording(
        output,
        profile,
        by=BY if isinstance(opened, OpenedHar) else BY_VCR,
        client=survey.client,
        origin=survey.origin,
        upstreams=survey.upstreams,
        options=chosen,
    ) as take:
        try:
            wanted = (one for one in _entries(opened) if one.number in survey.began)
            _observe_all(take, opened, wanted, survey, zero, losses)
            losses.add(Reason.REPAIRED_JSON, opened.repaired)
            losses.add(Reason.NO_FILE, opened.missing)
        except BaseException:
            take.discard()  # the file remains, so no journal is needed
            raise
        cassette = take.finish()
    return Imported(cassette, _report(survey, cassette, losses.counts()), take.left_out)


def _entries(opened: OpenedSession) -> Iterator[RawEntry]:
    return (one for one in opened.entries() if isinstance(one, RawEntry))


def _observe_all(  # the state of one pass through the file
    take: Recording, opened: OpenedSession, entries: Iterable[RawEntry], survey: Survey, zero: int, losses: Losses
) -> None:
    """Record all entries, numbered by start time: some exporters write them in the order of completion."""
    ordered = sorted(survey.began, key=lambda number: (survey.began[number], number))
    ranks = {number: rank for rank, number in enumerate(ordered)}
    size, credentials, taken, sockets, odd = SessionSize(), False, 0, 0, survey.odd
    for raw in entries:
        its_own = Losses()
        try:
            read = read_entry(opened.with_files(raw), its_own, at=survey.began[raw.number], exporter=survey.exporter)
        except HarFieldError:
            odd += 1
            continue
        if size.is_too_large(read):
            losses.add(Reason.TOO_LARGE)
            continue
        size.add(read)
        losses.add_all(its_own)
        credentials |= read.has_credentials
        taken += 1
        sockets += read.upgrade
        if read.origin != survey.origin:
            read = replace(read, target=f"{read.origin}{read.target}")
        for seen in observations(read, exchange=ranks[raw.number], zero=zero):
            take.observe(seen)
    if not taken and odd:
        raise none_readable(odd, opened.list_name)
    losses.add(Reason.ODD_ENTRIES, odd)
    missing = Reason.NO_CREDENTIALS if survey.compares_authorization else Reason.FILTERED_CREDENTIALS
    losses.add(missing, 0 if credentials and survey.compares_authorization else taken)
    losses.add(Reason.NO_SOCKETS, not sockets)
    losses.add(Reason.OTHER_ORIGIN, survey.others.total())
    losses.add(Reason.CACHED, survey.cached)


def _report(survey: Survey, cassette: Cassette, losses: dict[Reason, int]) -> ImportReport:
    sockets = [each for each in cassette.exchanges if isinstance(each, SocketExchange)]
    spoken = (line for each in sockets for line in each.messages if line.kind in {"text", "binary"})
    return ImportReport(
        exporter=survey.exporter,
        kind=survey.kind,
        upstreams=survey.upstreams,
        origin=survey.origin if survey.own is None else cassette.recorded.origin or "an unnamed service",
        calls=len(cassette.exchanges) - len(sockets),
        sockets=len(sockets),
        messages=sum(1 for _ in spoken),
        losses=losses,
        others={} if survey.own is not None else dict(survey.others),
        restored=survey.own is not None and not losses,
    )
