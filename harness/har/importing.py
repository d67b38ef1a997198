"""`import_har`: makes a cassette of a HAR, redacted, journalled and scanned like a recording, and a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from harness.cassette.model import LIMITS as CASSETTE_LIMITS
from harness.cassette.model import Cassette, LeftOut, SocketExchange
from harness.har.entry import Entry, Glance, glance, read_entry, split_url
from harness.har.entry_parser import LIMITS, HarLimits, LogHead, RawEntry
from harness.har.errors import HarError, HarFieldError, HarLimitError, OriginError, UnreadableHarError
from harness.har.fields import Fields
from harness.har.report import ImportReport, Losses, Reason
from harness.har.source import OpenedHar, open_har
from harness.har.to_exchange import observations, restore
from harness.profile import ServiceProfile
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.services.choice import service_for

BY: Final = "har"
"""The ``by`` of an imported cassette."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_NAME: Final = 60


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
    options: RecordingOptions | None = None,
    limits: HarLimits = LIMITS,
) -> Imported:
    """Make a cassette of the service's entries in a HAR.

    A HAR of `harness.har.exporting` becomes its original cassette, whatever its origins. Unreadable entries are left
    out and counted.

    Args:
        har: The file, compressed or not; read twice, in bounded memory.
        output: The cassette to write. On any error an existing one stays unchanged.
        origin: Origin of the service, such as ``https://copilot.microsoft.com``; by default the profile's upstream.
        profile: The service: which values are secret; None for the one that has the origin.
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
        opened = open_har(path, limits)
        service = profile or service_for(origin)
        survey = _survey(opened, origin, service)
        if survey.own is not None:
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


@dataclass(slots=True, kw_only=True)
class _Survey:
    """The result of the first pass through the file.

    Attributes:
        origin: Origin of the service.
        exporter: Program that wrote the HAR.
        client: The cassette's ``client``.
        began: Number of an entry to import -> microseconds since 1970.
        others: Other origin -> number of its entries.
        cached: Number of answers from the browser's cache.
        odd: Number of unreadable entries.
        own: The log's ``_wiretape`` field.
    """

    origin: str
    exporter: str = "an unnamed program"
    client: str = ""
    began: dict[int, int] = field(default_factory=dict[int, int])
    others: Counter[str] = field(default_factory=Counter[str])
    cached: int = 0
    odd: int = 0
    own: object = field(default=None, repr=False)


def _survey(opened: OpenedHar, origin: str | None, profile: ServiceProfile) -> _Survey:
    wanted = split_url(origin or profile.upstream)[0]
    if wanted.endswith(":"):
        raise HarError("--origin takes an origin such as https://example.com: scheme and host")
    survey = _Survey(origin=wanted)
    times: dict[int, int | None] = {}
    for part in opened.entries():
        if isinstance(part, LogHead):
            survey.exporter, survey.client = _names(part)
            survey.own = part.own
        elif (seen := _glance(part)) is None:
            survey.odd += 1
        elif seen.origin != wanted:
            survey.others[seen.origin] += 1
        elif seen.cached:
            survey.cached += 1
        else:
            times[part.number] = seen.at
    survey.began = _dated(times)
    _check_usable(survey, origin)
    return survey


def _check_usable(survey: _Survey, origin: str | None) -> None:
    if survey.own is not None:
        if origin is not None:
            raise HarError("the HAR was exported by wiretape and names its service: leave out --origin")
    elif not survey.began and survey.odd and not survey.others:
        raise _none_readable(survey.odd)
    elif not survey.began:
        raise OriginError(survey.origin, survey.others)


def _dated(times: dict[int, int | None]) -> dict[int, int]:
    """The times; a missing one is that of the entry before, or of the first entry with a date."""
    latest = next((at for at in times.values() if at is not None), 0)
    dated: dict[int, int] = {}
    for number, at in times.items():
        latest = latest if at is None else at
        dated[number] = latest
    return dated


def _none_readable(count: int) -> UnreadableHarError:
    problem = "its entry cannot be read" if count == 1 else f"none of its {count} entries can be read"
    return UnreadableHarError(f"{problem}: each needs a URL, a method and a valid status", "log.entries")


def _glance(part: RawEntry) -> Glance | None:
    try:
        return glance(part)
    except HarFieldError:
        return None


def _names(head: LogHead) -> tuple[str, str]:
    """The exporter, and the cassette's ``client``."""
    creator = _name(head.creator, "log.creator") or "an unnamed program"
    browser = _name(head.browser, "log.browser")
    return creator, f"{browser or creator} (HAR)"


def _name(value: object, where: str) -> str:
    if not isinstance(value, dict):
        return ""
    fields = Fields(value, where)
    texts = (fields.text("name"), fields.text("version"))
    return " ".join("".join(one for one in text if one.isprintable())[:_MAX_NAME] for text in texts if text)


def _observe(
    opened: OpenedHar,
    output: Path,
    survey: _Survey,
    profile: ServiceProfile,
    options: RecordingOptions | None,
) -> Imported:
    zero = min(survey.began.values())
    losses = Losses()
    chosen = replace(options or RecordingOptions(), started=_EPOCH + timedelta(microseconds=zero))
    with Recording(output, profile, by=BY, client=survey.client, origin=survey.origin, options=chosen) as take:
        try:
            wanted = (one for one in _entries(opened) if one.number in survey.began)
            _observe_all(take, opened, wanted, survey, zero, losses)
            losses.add(Reason.REPAIRED_JSON, opened.repaired)
            losses.add(Reason.NO_FILE, opened.missing)
        except BaseException:
            take.discard()  # the HAR remains, so no journal is needed
            raise
        cassette = take.finish()
    return Imported(cassette, _report(survey, cassette, losses.counts()), take.left_out)


def _entries(opened: OpenedHar) -> Iterator[RawEntry]:
    return (one for one in opened.entries() if isinstance(one, RawEntry))


def _observe_all(  # the state of one pass through the file
    take: Recording, opened: OpenedHar, entries: Iterable[RawEntry], survey: _Survey, zero: int, losses: Losses
) -> None:
    """Record all entries, numbered by start time: some exporters write them in the order of completion."""
    ordered = sorted(survey.began, key=lambda number: (survey.began[number], number))
    ranks = {number: rank for rank, number in enumerate(ordered)}
    size, credentials, taken, sockets, odd = _Size(), False, 0, 0, survey.odd
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
        for seen in observations(read, exchange=ranks[raw.number], zero=zero):
            take.observe(seen)
    if not taken and odd:
        raise _none_readable(odd)
    losses.add(Reason.ODD_ENTRIES, odd)
    losses.add(Reason.NO_CREDENTIALS, 0 if credentials else taken)
    losses.add(Reason.NO_SOCKETS, not sockets)
    losses.add(Reason.OTHER_ORIGIN, survey.others.total())
    losses.add(Reason.CACHED, survey.cached)


class _Size:
    """The size of the session so far, compared with the limits of a cassette."""

    def __init__(self) -> None:
        self._exchanges = self._lines = self._bytes = 0

    def is_too_large(self, read: Entry) -> bool:
        """Whether a body or message is larger than a cassette allows."""
        return max(self._payloads(read)) > CASSETTE_LIMITS.side_file_bytes

    def _payloads(self, read: Entry) -> tuple[int, ...]:
        return (len(read.request_body), len(read.body), *(len(one.data) for one in read.messages or ()))

    def add(self, read: Entry) -> None:
        """Add an entry.

        Raises:
            HarLimitError: The session is larger than a cassette allows.
        """
        most, messages = CASSETTE_LIMITS, read.messages or ()
        self._exchanges += 1
        self._lines += len(messages)
        self._bytes += sum(self._payloads(read))
        for what, has, may in (
            ("exchanges", self._exchanges, most.exchanges),
            ("messages", self._lines, most.lines),
            ("bytes of bodies and messages", self._bytes, most.payload_bytes),
        ):
            if has > may:
                raise HarLimitError(f"a cassette has at most {may} {what}: take a shorter session", read.where)


def _report(survey: _Survey, cassette: Cassette, losses: dict[Reason, int]) -> ImportReport:
    sockets = [each for each in cassette.exchanges if isinstance(each, SocketExchange)]
    spoken = (line for each in sockets for line in each.messages if line.kind in {"text", "binary"})
    return ImportReport(
        exporter=survey.exporter,
        origin=survey.origin if survey.own is None else cassette.recorded.origin or "an unnamed service",
        calls=len(cassette.exchanges) - len(sockets),
        sockets=len(sockets),
        messages=sum(1 for _ in spoken),
        losses=losses,
        others={} if survey.own is not None else dict(survey.others),
        restored=survey.own is not None and not losses,
    )
