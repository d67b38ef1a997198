"""`survey_of`: the first pass of an import: which entries there are, of which origins, and when they began."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from harness.cassette.decode import MAX_UPSTREAMS
from harness.har.entry import Glance, glance, split_url
from harness.har.entry_parser import HarLimits, LogHead, RawEntry
from harness.har.errors import HarError, HarFieldError, HarLimitError, OriginError, UnreadableHarError
from harness.har.fields import Fields
from harness.har.session_size import check_exchanges
from harness.har.source import OpenedHar, open_har
from harness.har.vcr_source import OpenedVcr, is_vcr

_MAX_NAME: Final = 60
_MAX_UPSTREAM_NAME: Final = 30

OpenedSession: TypeAlias = OpenedHar | OpenedVcr
"""A file that an import reads."""


@dataclass(slots=True, kw_only=True)
class Survey:
    """The result of the first pass through the file.

    Attributes:
        origin: Origin of the service.
        kind: What reports call the file.
        compares_authorization: False for a cassette whose requests have no authorization, since vcrpy's users filter
            it: a replay then accepts requests with any, or without.
        upstreams: Name -> origin of the further services of a cassette; empty for a HAR.
        exporter: Program that wrote the file.
        client: The cassette's ``client``.
        began: Number of an entry to import -> microseconds since 1970.
        others: Other origin -> number of its entries.
        cached: Number of answers from the browser's cache.
        odd: Number of unreadable entries.
        own: The log's ``_wiretape`` field.
    """

    origin: str
    kind: str = "HAR"
    compares_authorization: bool = True
    upstreams: dict[str, str] = field(default_factory=dict[str, str])
    exporter: str = "an unnamed program"
    client: str = ""
    began: dict[int, int] = field(default_factory=dict[int, int])
    others: Counter[str] = field(default_factory=Counter[str])
    cached: int = 0
    odd: int = 0
    own: object = field(default=None, repr=False)


def open_session(path: Path, limits: HarLimits) -> OpenedSession:
    """Open a file: its content decides what it is.

    Raises:
        HarError: It cannot be read.
    """
    return OpenedVcr(path, limits) if is_vcr(path) else open_har(path, limits)


def likely_origin(opened: OpenedSession, usual: str) -> str | None:
    """The origin of a cassette's first interaction; of a HAR the usual one, if it comes first, or else the only one.

    None for a HAR of several other origins: its first entries may be of any site.

    Args:
        opened: The file.
        usual: Origin of the service that most HARs are of: the search ends where it occurs.

    Raises:
        HarError: The file cannot be read.
    """
    found: str | None = None
    for part in opened.entries():
        seen = _glance(part) if isinstance(part, RawEntry) else None
        if seen is None or not _is_origin(seen.origin):
            continue
        if isinstance(opened, OpenedVcr) or seen.origin == usual:
            return seen.origin
        if found is not None and seen.origin != found:
            return None
        found = seen.origin
    return found


def survey_of(opened: OpenedSession, origin: str | None, default: str) -> Survey:
    """Read the file once: a HAR's entries of one origin, or the interactions of a cassette with all their origins.

    Args:
        opened: The file.
        origin: Origin of the service, as the user named it.
        default: The origin if the user named none.

    Raises:
        HarError: ``origin`` is not an origin, or the file cannot be read.
        OriginError: No entry is of the service.
        UnreadableHarError: No entry can be read.
    """
    wanted = split_url(origin or default)[0]
    if wanted.endswith(":"):
        raise HarError("--origin is not an origin: give scheme and host, such as https://example.com")
    survey = Survey(origin=wanted, kind=opened.kind, compares_authorization=opened.has_authorization)
    times: dict[int, int | None] = {}
    further: dict[str, None] = {}
    takes_all = isinstance(opened, OpenedVcr)
    own = 0
    for part in opened.entries():
        if isinstance(part, LogHead):
            survey.exporter, survey.client = _names(part, opened.kind)
            survey.own = part.own
        elif (seen := _glance(part)) is None:
            survey.odd += 1
        elif seen.origin != wanted and not (takes_all and _is_origin(seen.origin)):
            survey.others[seen.origin] += 1
        elif seen.cached:
            survey.cached += 1
        else:
            times[part.number] = seen.at
            check_exchanges(len(times), part.where)
            own += seen.origin == wanted
            further.update({} if seen.origin == wanted else {seen.origin: None})
    if takes_all and not own and further:
        raise OriginError(wanted, dict.fromkeys(further, 1))
    survey.upstreams = _named(further)
    survey.began = _dated(times, opened.changed)
    _check_usable(survey, origin, opened.list_name)
    return survey


def _check_usable(survey: Survey, origin: str | None, where: str) -> None:
    if survey.own is not None:
        if origin is not None:
            raise HarError("the HAR was exported by wiretape and names its service: leave out --origin")
    elif not survey.began and survey.odd and not survey.others:
        raise none_readable(survey.odd, where)
    elif not survey.began:
        raise OriginError(None if origin is None else survey.origin, survey.others)


def _is_origin(origin: str) -> bool:
    return not origin.endswith(":")


def _named(origins: Iterable[str]) -> dict[str, str]:
    """Make a name for each origin from its host (``files_example_com``); returns name -> origin."""
    found: dict[str, str] = {}
    for origin in origins:
        plain = re.sub(r"[^a-z0-9]+", "_", origin.partition("://")[2]).strip("_")[:_MAX_UPSTREAM_NAME]
        plain = plain if plain[:1].isalpha() else f"host_{plain}"
        name, number = plain, 2
        while name in found:
            name, number = f"{plain}_{number}", number + 1
        found[name] = origin
        if len(found) > MAX_UPSTREAMS:
            raise HarLimitError(
                f"the HAR has requests to more than {MAX_UPSTREAMS + 1} origins: divide it into several files"
            )
    return found


def _dated(times: dict[int, int | None], default: int) -> dict[int, int]:
    """The times; a missing one is that of the entry before, or of the first entry with a date, or the default."""
    latest = next((at for at in times.values() if at is not None), default)
    dated: dict[int, int] = {}
    for number, at in times.items():
        latest = latest if at is None else at
        dated[number] = latest
    return dated


def none_readable(count: int, where: str) -> UnreadableHarError:
    """The error of a file whose entries cannot be read, all ``count`` of the list at ``where``."""
    problem = "its entry cannot be read" if count == 1 else f"none of its {count} entries can be read"
    return UnreadableHarError(f"{problem}: each needs a URL, a method and a valid status", where)


def _glance(part: RawEntry) -> Glance | None:
    try:
        return glance(part)
    except HarFieldError:
        return None


def _names(head: LogHead, kind: str) -> tuple[str, str]:
    """The name of the program that exported the file, and the text for the key ``client`` of the cassette."""
    creator = _name(head.creator, "log.creator") or "an unnamed program"
    browser = _name(head.browser, "log.browser")
    return creator, f"{browser or creator} ({kind})"


def _name(value: object, where: str) -> str:
    if not isinstance(value, dict):
        return ""
    fields = Fields(value, where)
    texts = (fields.text("name"), fields.text("version"))
    return " ".join("".join(one for one in text if one.isprintable())[:_MAX_NAME] for text in texts if text)
