"""`import_har`: a HAR becomes a cassette, redacted, journalled and scanned like a recording, and a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from harness.cassette.limits import LIMITS as CASSETTE_LIMITS
from harness.cassette.model import Cassette, SocketExchange
from harness.har.entry import Entry, check_method, glance, read_entry
from harness.har.errors import HarError, HarLimitError, OriginError
from harness.har.fields import Fields
from harness.har.notes import Reason
from harness.har.observing import observations
from harness.har.origin import split_url
from harness.har.report import Losses, Report
from harness.har.restoring import restore
from harness.har.source import LIMITS, HarLimits, Head, RawEntry, entries_in
from harness.profile import ServiceProfile
from harness.record.session import Recording, RecordingSettings
from harness.record.shared import Into
from harness.services.copilot import COPILOT

BY: Final = "har"
"""What an imported cassette says of how it was made."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Attributes:
        cassette: As it is on the disk now.
    """

    cassette: Cassette = field(repr=False)
    report: Report


def import_har(  # the front door: keyword arguments with defaults
    har: Path | str,
    output: Path | str,
    *,
    origin: str | None = None,
    profile: ServiceProfile = COPILOT,
    settings: RecordingSettings | None = None,
    limits: HarLimits = LIMITS,
    into: Into | None = None,
) -> Imported:
    """Make a cassette of the service's entries of a HAR.

    A HAR that `harness.har.exporting` made gives its cassette back, whatever its origins.

    Args:
        har: The file; read twice, in bounded memory.
        output: Where the cassette is to be; an old one stays until the new one is whole and safe.
        origin: Of the service, such as ``https://copilot.microsoft.com``; by default the profile's upstream.
        profile: The service: which values are secret.
        settings: Of the recording.
        limits: How much of the file is taken.
        into: What becomes of a cassette that is there.

    Raises:
        OriginError: No entry is of the service; says which origins there are.
        HarError: The file cannot be read, or is no HAR; names file and place.
        harness.record.errors.RecordingError: The finished cassette would hold a secret, or is locked.
        harness.cassette.errors.CassetteError: The format cannot say it, or the disk says no.
        In all cases an old cassette stays.
    """
    path = Path(har)
    try:
        survey = _survey(path, origin, profile, limits)
        if survey.own is not None:
            redactor = None if settings is None else settings.redactor
            cassette = restore(path, survey.own, Path(output), profile, limits, into=into, redactor=redactor)
            return Imported(cassette, _report(survey, cassette, {}))
        return _observe(path, Path(output), survey, profile, settings, limits, into)
    except HarError as error:
        error.found_in(error.file or str(path))
        raise


@dataclass(slots=True, kw_only=True)
class _Survey:
    """What is known after a first look through the file.

    Attributes:
        began: Entry's number -> microseconds since 1970, of those that are taken.
        own: The log's ``_wiretape`` field.
    """

    origin: str
    exporter: str = "an unnamed program"
    client: str = ""
    began: dict[int, int] = field(default_factory=dict[int, int])
    others: Counter[str] = field(default_factory=Counter[str])
    cached: int = 0
    own: object = field(default=None, repr=False)


def _survey(path: Path, origin: str | None, profile: ServiceProfile, limits: HarLimits) -> _Survey:
    wanted = split_url(origin or profile.upstream)[0]
    if wanted.endswith(":"):
        raise HarError(f"--origin takes an origin such as {profile.upstream}")
    survey = _Survey(origin=wanted)
    for part in entries_in(path, limits):
        if isinstance(part, Head):
            survey.exporter, survey.client = _names(part)
            survey.own = part.own
            continue
        seen = glance(part)
        if seen.origin != wanted:
            survey.others[seen.origin] += 1
        elif seen.cached:
            survey.cached += 1
        else:
            survey.began[part.number] = seen.at
    if survey.own is not None:
        if origin is not None:
            raise HarError("it was exported by wiretape and knows its service: leave --origin out")
    elif not survey.began:
        raise OriginError(wanted, survey.others)
    return survey


def _names(head: Head) -> tuple[str, str]:
    """The exporter, and what a cassette says as ``client``."""
    creator = _name(head.creator, "log.creator") or "an unnamed program"
    browser = _name(head.browser, "log.browser")
    return creator, f"{browser or creator} (HAR)"


def _name(value: object, where: str) -> str:
    if value is None:
        return ""
    fields = Fields(value, where)
    texts = (fields.text("name", ""), fields.text("version", ""))
    return " ".join("".join(one for one in text if one.isprintable())[:_MAX_NAME] for text in texts if text)


def _observe(
    path: Path,
    output: Path,
    survey: _Survey,
    profile: ServiceProfile,
    settings: RecordingSettings | None,
    limits: HarLimits,
    into: Into | None,
) -> Imported:
    zero = min(survey.began.values())
    losses = Losses()
    chosen = replace(settings or RecordingSettings(), started=_EPOCH + timedelta(microseconds=zero))
    with Recording(output, profile, by=BY, client=survey.client, origin=survey.origin, settings=chosen) as take:
        try:
            wanted = (one for one in _entries(path, limits) if one.number in survey.began)
            _tell(take, wanted, survey, zero, losses)
        except BaseException:
            take.discard()  # the HAR is still there
            raise
        cassette = take.finish(into)
    return Imported(cassette, _report(survey, cassette, losses.counts()))


def _entries(path: Path, limits: HarLimits) -> Iterator[RawEntry]:
    return (one for one in entries_in(path, limits) if isinstance(one, RawEntry))


def _tell(take: Recording, entries: Iterable[RawEntry], survey: _Survey, zero: int, losses: Losses) -> None:
    """Tell the recording every entry, numbered in the order of beginning; some programs write them as they end."""
    ordered = sorted(survey.began, key=lambda number: (survey.began[number], number))
    ranks = {number: rank for rank, number in enumerate(ordered)}
    size, credentials, sockets = _Size(), False, 0
    for raw in entries:
        read = read_entry(raw, losses)
        check_method(read)
        size.add(read)
        credentials |= read.has_credentials
        sockets += read.upgrade
        for seen in observations(read, exchange=ranks[raw.number], zero=zero):
            take.observe(seen)
    losses.add(Reason.NO_CREDENTIALS, 0 if credentials else len(ranks))
    losses.add(Reason.NO_SOCKETS, not sockets)
    losses.add(Reason.OTHER_ORIGIN, survey.others.total())
    losses.add(Reason.CACHED, survey.cached)


class _Size:
    """How much was taken, held against what a cassette may have."""

    def __init__(self) -> None:
        self._exchanges = self._lines = self._bytes = 0

    def add(self, read: Entry) -> None:
        """One entry more."""
        most, messages = CASSETTE_LIMITS, read.messages or ()
        payloads = (len(read.request_body), len(read.body), *(len(one.data) for one in messages))
        self._exchanges += 1
        self._lines += len(messages)
        self._bytes += sum(payloads)
        for what, has, may in (
            ("exchanges", self._exchanges, most.exchanges),
            ("messages", self._lines, most.lines),
            ("bytes of bodies and messages", self._bytes, most.payload_bytes),
            ("bytes in one body or message", max(payloads), most.side_file_bytes),
        ):
            if has > may:
                raise HarLimitError(f"a cassette has at most {may} {what}: take a shorter session", read.where)


def _report(survey: _Survey, cassette: Cassette, losses: dict[Reason, int]) -> Report:
    sockets = [each for each in cassette.exchanges if isinstance(each, SocketExchange)]
    spoken = (line for each in sockets for line in each.messages if line.kind in {"text", "binary"})
    return Report(
        exporter=survey.exporter,
        origin=survey.origin if survey.own is None else cassette.recorded.origin or "an unnamed service",
        calls=len(cassette.exchanges) - len(sockets),
        sockets=len(sockets),
        messages=sum(1 for _ in spoken),
        losses=losses,
        others={} if survey.own is not None else dict(survey.others),
        restored=survey.own is not None,
    )
