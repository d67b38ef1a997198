"""The report of an import: what was imported, and what the HAR lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from harness.printable import one_line


class Reason(Enum):
    """Why an imported cassette holds less than a recording by the relay; the values are those of ``--json``."""

    OTHER_ORIGIN = "other-origin"
    CACHED = "cached"
    ODD_ENTRIES = "odd-entries"
    TOO_LARGE = "too-large"
    REPAIRED = "repaired"
    REPAIRED_JSON = "repaired-json"
    NO_DATE = "no-date"
    NO_ANSWER = "no-answer"
    NO_SOCKETS = "no-sockets"
    NO_MESSAGES = "no-messages"
    NO_CLOSE = "no-close"
    NO_CONTROL_FRAMES = "no-control-frames"
    NO_FRAGMENTS = "no-fragments"
    ODD_MESSAGES = "odd-messages"
    NO_MESSAGE_TIMES = "no-message-times"
    NO_TIMES = "no-times"
    ROUNDED_TIMES = "rounded-times"
    NO_CREDENTIALS = "no-credentials"
    FILTERED_CREDENTIALS = "filtered-credentials"
    REBUILT_COOKIES = "rebuilt-cookies"
    REBUILT_HEADERS = "rebuilt-headers"
    REBUILT_QUERY = "rebuilt-query"
    ODD_HEADERS = "odd-headers"
    ODD_BASE64 = "odd-base64"
    NO_FILE = "no-file"
    NO_REQUEST_BODY = "no-request-body"
    REBUILT_REQUEST_BODY = "rebuilt-request-body"
    NO_BODY = "no-body"
    SHORT_BODY = "short-body"
    BROKEN_BODY = "broken-body"
    UNDECODABLE = "undecodable"
    NO_CHUNKS = "no-chunks"
    HTTP_VERSION = "http-version"


_NO_CREDENTIALS: Final = (
    "and none with a cookie or authorization: exported without sensitive data, or there was none. A replay compares "
    "whether there is an authorization: it refuses clients that send one; sockets, which have none, replay"
)
_FILTERED: Final = (
    "and none with an authorization: filtered, or there was none. The cassette's `match_on` leaves it out, so a replay "
    "accepts requests with any authorization, or without"
)
_NO_MESSAGES: Final = (
    "without messages: the exporter keeps none. It is cut after its upgrade, so no turn on it can be replayed"
)

MEANING: Final[Mapping[Reason, tuple[str, str]]] = {
    Reason.OTHER_ORIGIN: ("entry", "of other origins: left out"),
    Reason.CACHED: ("answer", "from the browser's cache, not from the service: left out"),
    Reason.ODD_ENTRIES: (
        "entry",
        "without a URL, a method or a valid status: left out",
    ),
    Reason.TOO_LARGE: ("entry", "with a body or message larger than a cassette may hold: left out"),
    Reason.REPAIRED: ("entry", "with values of an unexpected type: converted"),
    Reason.REPAIRED_JSON: (
        "file",
        "that is not strictly JSON (NaN, raw control characters and the like): repaired",
    ),
    Reason.NO_DATE: ("entry", "without a readable date: it follows the entry before it in the file"),
    Reason.NO_ANSWER: ("exchange", "without an answer; the exporter may not say which side ended it"),
    Reason.NO_SOCKETS: ("file", "without any socket: some exporters leave out all of them"),
    Reason.NO_MESSAGES: ("socket", _NO_MESSAGES),
    Reason.NO_CLOSE: (
        "socket",
        "without a close code and reason: it ends as cut off after its last message",
    ),
    Reason.NO_CONTROL_FRAMES: ("socket", "without pings and pongs"),
    Reason.NO_FRAGMENTS: ("socket", "without frame boundaries: each message counts as one frame"),
    Reason.ODD_MESSAGES: ("message", "without a direction, a text or the opcode of a message: left out"),
    Reason.NO_MESSAGE_TIMES: ("message", "without a time: they follow each other at once, in the file's order"),
    Reason.NO_TIMES: ("exchange", "without the times of its parts: head and body come together"),
    Reason.ROUNDED_TIMES: ("exchange", "that began at a time rounded to milliseconds"),
    Reason.NO_CREDENTIALS: ("request", _NO_CREDENTIALS),
    Reason.FILTERED_CREDENTIALS: ("request", _FILTERED),
    Reason.REBUILT_COOKIES: ("exchange", "whose cookie header was rebuilt from the list of cookies"),
    Reason.REBUILT_HEADERS: ("answer", "whose Location or Content-Type was rebuilt from fields beside the headers"),
    Reason.REBUILT_QUERY: ("request", "whose query was rebuilt from its parameters: it may differ in spelling"),
    Reason.ODD_HEADERS: ("header", "that is not valid HTTP: left out"),
    Reason.ODD_BASE64: ("body", "declared as base64 that is not base64: taken as text"),
    Reason.NO_FILE: ("body", "in a file that does not exist: missing"),
    Reason.NO_REQUEST_BODY: ("request", "without its body: a replay expects an empty one"),
    Reason.REBUILT_REQUEST_BODY: ("request", "whose body was rebuilt from its parameters: it may differ in spelling"),
    Reason.NO_BODY: ("answer", "without its body: a replay sends an empty one"),
    Reason.SHORT_BODY: ("answer", "whose body is shorter than stated: it may be cut off"),
    Reason.BROKEN_BODY: ("answer", "that broke off, according to the exporter: a replay breaks it off, too"),
    Reason.UNDECODABLE: ("body", "with U+FFFD: bytes that the exporter could not read as text are lost"),
    Reason.NO_CHUNKS: ("answer", "that was streamed: its pieces and times are lost, a replay sends it at once"),
    Reason.HTTP_VERSION: ("exchange", "over HTTP/2 or HTTP/3: cassettes hold neither versions nor pseudo headers"),
}
"""Reason -> what it counts, and what the import does about it."""


_MOST_LISTED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What was imported, and what was not.

    Attributes:
        exporter: The program that wrote the file, by its own name.
        kind: What the file is: ``HAR`` or ``cassette``.
        upstreams: Name -> origin of the further services.
        origin: Origin of the service.
        calls: Number of imported HTTP exchanges.
        sockets: Number of imported WebSockets.
        messages: Number of their messages.
        losses: Reason -> number of entries, messages or headers.
        others: Other origin -> number of its entries.
        restored: Whether the HAR was exported by wiretape, and so lost nothing.
    """

    exporter: str
    origin: str
    kind: str = "HAR"
    upstreams: Mapping[str, str] = field(default_factory=dict[str, str])
    calls: int = 0
    sockets: int = 0
    messages: int = 0
    losses: Mapping[Reason, int] = field(default_factory=dict[Reason, int])
    others: Mapping[str, int] = field(default_factory=dict[str, int])
    restored: bool = False

    def text(self) -> str:
        """The report for people; shows no value of the session except origins."""
        return "".join(f"{line}\n" for line in self._lines())

    def plain(self) -> dict[str, object]:
        """The report for ``--json``."""
        return {
            "exporter": self.exporter,
            "origin": self.origin,
            "restored": self.restored,
            "taken": {"calls": self.calls, "sockets": self.sockets, "messages": self.messages},
            "losses": {
                reason.value: {"count": count, "meaning": _sentence(reason, count)} for reason, count in self._ordered()
            },
            "other_origins": dict(sorted(self.others.items())),
            "upstreams": dict(self.upstreams),
        }

    def _ordered(self) -> list[tuple[Reason, int]]:
        return [(reason, self.losses[reason]) for reason in Reason if self.losses.get(reason)]

    def _lines(self) -> Iterator[str]:
        taken = ", ".join(
            (counted(self.calls, "call"), counted(self.sockets, "socket"), counted(self.messages, "message"))
        )
        yield one_line(f"{taken} of {self.origin}, from a {self.kind} of {self.exporter}", 400)
        for name, origin in self.upstreams.items():
            yield one_line(f"- also of {origin}: the upstream {name}", 400)
        if self.restored:
            yield "It was exported by wiretape: nothing is lost."
        for reason, count in self._ordered():
            yield f"- {_sentence(reason, count)}"
            if reason is Reason.OTHER_ORIGIN:
                most = sorted(self.others.items(), key=lambda one: (-one[1], one[0]))
                yield from (f"    {count:6} {one_line(name, 100)}" for name, count in most[:_MOST_LISTED])
                if len(most) > _MOST_LISTED:
                    yield f"    and {len(most) - _MOST_LISTED} more origins"


def _sentence(reason: Reason, count: int) -> str:
    noun, rest = MEANING[reason]
    return f"{counted(count, noun)} {rest}"


def counted(number: int, noun: str) -> str:
    """``1 call``, ``2 calls``, ``3 entries``, ``4 bodies``."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"


class Losses:
    """Counts, while a HAR is read, how often something of it was left out or repaired, by reason."""

    def __init__(self) -> None:
        self._counts: Counter[Reason] = Counter()

    def add(self, reason: Reason, count: int = 1) -> None:
        """Count ``count`` more losses for ``reason``."""
        self._counts[reason] += count

    def add_all(self, other: Losses) -> None:
        """Add all counts of the other object."""
        self._counts.update(other._counts)

    def counts(self) -> dict[Reason, int]:
        """Reason -> its count, for each count above 0."""
        return {reason: count for reason, count in self._counts.items() if count}
