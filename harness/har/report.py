"""The report of an import: what was taken, and what the exporter left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from harness.har.notes import MEANING, Reason
from harness.printable import one_line

_MOST_LISTED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was imported, and what was not.

    Attributes:
        exporter: The program that wrote the HAR, by its own words.
        origin: The service's.
        calls: Number of HTTP exchanges taken.
        sockets: Number of WebSockets taken.
        messages: Number of their messages.
        losses: Reason -> how many entries, messages, headers it concerns.
        others: Origin -> number of entries that were left out.
        restored: Whether the HAR was exported by wiretape, and so lost nothing.
    """

    exporter: str
    origin: str
    calls: int = 0
    sockets: int = 0
    messages: int = 0
    losses: Mapping[Reason, int] = field(default_factory=dict[Reason, int])
    others: Mapping[str, int] = field(default_factory=dict[str, int])
    restored: bool = False

    def text(self) -> str:
        """For people; no value of the session is shown, but for origins."""
        return "".join(f"{line}\n" for line in self._lines())

    def plain(self) -> dict[str, object]:
        """For ``--json``."""
        return {
            "exporter": self.exporter,
            "origin": self.origin,
            "restored": self.restored,
            "taken": {"calls": self.calls, "sockets": self.sockets, "messages": self.messages},
            "losses": {
                reason.value: {"count": count, "meaning": _sentence(reason, count)} for reason, count in self._ordered()
            },
            "other_origins": dict(sorted(self.others.items())),
        }

    def _ordered(self) -> list[tuple[Reason, int]]:
        return [(reason, self.losses[reason]) for reason in Reason if self.losses.get(reason)]

    def _lines(self) -> Iterator[str]:
        taken = ", ".join(
            (counted(self.calls, "call"), counted(self.sockets, "socket"), counted(self.messages, "message"))
        )
        yield one_line(f"{taken} of {self.origin}, from a HAR of {self.exporter}", 400)
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
    """Counts reasons while a HAR is read."""

    def __init__(self) -> None:
        self._counts: Counter[Reason] = Counter()

    def add(self, reason: Reason, count: int = 1) -> None:
        """So many more."""
        self._counts[reason] += count

    def add_all(self, other: Losses) -> None:
        """All that the other one counted."""
        self._counts.update(other._counts)

    def counts(self) -> dict[Reason, int]:
        """Reason -> how many."""
        return {reason: count for reason, count in self._counts.items() if count}
