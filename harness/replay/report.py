"""`Report`: what was played, and every problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from harness.match.bindings import Accepted
from harness.match.named_places import place_of
from harness.replay.errors import (
    ClientHungError,
    MessageMismatchError,
    MissingCassetteError,
    NoMatchError,
    OutOfOrderError,
    PlayerFailedError,
    ReplayError,
    UnplayedError,
    UsedUpError,
)
from harness.replay.problems import ClientHung, MessageMismatch, Miss, NoCassetteFound, Problem, Trailing, Unplayed

_ERRORS: Final[Mapping[str, type[ReplayError]]] = {
    "no-cassette": MissingCassetteError,
    "no-match": NoMatchError,
    "used-up": UsedUpError,
    "out-of-order": OutOfOrderError,
    "message-mismatch": MessageMismatchError,
    "client-hung": ClientHungError,
    "unplayed": UnplayedError,
    "tool-failure": PlayerFailedError,
}
_RED, _YELLOW, _DIM, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"
_MOST_LISTED: Final = 50


class _Block(NamedTuple):
    """A problem as the report shows it."""

    summary: str
    details: tuple[str, ...]
    shade: str

    @classmethod
    def of(cls, problem: Problem) -> _Block:
        shade = _YELLOW if isinstance(problem, Trailing) else _RED
        return cls(f"{problem.kind}: {problem.summary}", tuple(details(problem)), shade)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of a replay.

    Attributes:
        problems: In the order of their occurrence; unplayed exchanges last.
        played: How many exchanges were played.
        total: How many the cassette has.
        played_indices: Indices of the played exchanges in the cassette, from 0. An undecided open socket counts in
            ``played``, and is here only once it is decided.
        bound: The generated values that were accepted in place of recorded ones.
        notes: Decisions that the cassette does not determine.
        relaxed: What the cassette or the user let differ, as options (``--ignore query.t``).
    """

    problems: tuple[Problem, ...] = ()
    played: int = 0
    total: int = 0
    played_indices: frozenset[int] = frozenset()
    bound: tuple[Accepted, ...] = ()
    notes: tuple[str, ...] = ()
    relaxed: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[Problem, ...]:
        """The problems without those that are for information only."""
        return tuple(problem for problem in self.problems if not isinstance(problem, Trailing))

    @property
    def ok(self) -> bool:
        """Whether the client requested everything that was recorded, and nothing else."""
        return not self.failures

    @property
    def unplayed_indices(self) -> frozenset[int]:
        """Indices of the unplayed exchanges in the cassette, from 0."""
        return frozenset(range(self.total)) - self.played_indices

    @property
    def headline(self) -> str:
        """One line: kind and summary of the first failure, and the number of others."""
        failures = self.failures
        if not failures:
            return f"{self.played} of {self.total} exchanges played"
        first, *others = failures
        if self.total and not self.played and all(isinstance(each, Unplayed) for each in failures):
            return f"unplayed: the client requested nothing; {_exchanges(self.total)} not played"
        more = f" (and {len(others)} more)" if others else ""
        return f"{first.kind}: {first.summary}{more}"

    def without_unplayed(self) -> Report:
        """The same report without unplayed exchanges, for cassettes that several tests play."""
        return replace(self, problems=tuple(each for each in self.problems if not isinstance(each, Unplayed)))

    def after_faults(self) -> Report:
        """The same report without problems that a fault causes: unplayed exchanges, and a client that waits."""
        kept = tuple(each for each in self.problems if not isinstance(each, (Unplayed, ClientHung, Trailing)))
        return replace(self, problems=kept)

    def text(self, *, color: bool = False) -> str:
        """The report for people: secrets masked, control characters escaped.

        Args:
            color: Whether to mark problems with terminal colours.
        """
        lines = [
            f"{self.played} of {self.total} exchanges played" + ("" if self.ok else f", {len(self.failures)} problems")
        ]
        # A client that connects again and again would repeat the same lines.
        blocks = Counter(_Block.of(problem) for problem in self.problems)
        for block, count in [*blocks.items()][:_MOST_LISTED]:
            times = f" ({count} times)" if count > 1 else ""
            lines.append(_shaded(block.summary + times, block.shade, color=color))
            lines += [_shaded(f"    {line}", _DIM, color=color) for line in block.details]
        left = [*blocks.values()][_MOST_LISTED:]
        if left:
            lines.append(f".. and {sum(left)} more")
        lines += [_shaded(f"note: {note}", _DIM, color=color) for note in self.notes[:_MOST_LISTED]]
        return "\n".join(lines) + "\n"

    def bound_line(self) -> str:
        """The number of accepted generated values, in one line; empty if there are none."""
        if not self.bound:
            return ""
        count = len(self.bound)
        values = "1 generated value" if count == 1 else f"{count} generated values"
        return f"{values} of the client bound to the recorded one{'' if count == 1 else 's'}"

    def bound_places(self) -> list[str]:
        """The places of the accepted generated values, each with its count, the most frequent first."""
        counts = Counter((named_place(each.place), each.look) for each in self.bound)
        return [f"{place} ({look}, {count} x)" for (place, look), count in counts.most_common(_MOST_LISTED)]

    def check(self) -> None:
        """Raise an error unless the client requested everything that was recorded, and nothing else.

        Raises:
            ReplayError: The report has failures. The class is that of the first one, the text the whole report.
        """
        if not self.ok:
            raise _ERRORS[self.failures[0].kind](self.text())


def named_place(path: str) -> str:
    """The place of a difference in the notation of options, such as ``query.t``; else its path unchanged."""
    return place_of(path) or path


def _exchanges(count: int) -> str:
    return "1 exchange" if count == 1 else f"{count} exchanges"


def _shaded(text: str, shade: str, *, color: bool) -> str:
    return f"{shade}{text}{_PLAIN}" if color else text


def details(problem: Problem) -> Iterator[str]:
    """Yield the lines below a problem's own in the report: what came closest, how it differs, what to do."""
    if not isinstance(problem, (Miss, MessageMismatch)):
        if isinstance(problem, ClientHung):
            yield "The client sent nothing. Is it waiting for an event that this cassette does not have?"
        return
    if isinstance(problem, NoCassetteFound):
        yield f"missing: {problem.path}"
    near = problem.nearest
    if near is not None and (near.differences or isinstance(problem, Miss)):
        yield f"nearest: {near.exchange}" + (" (already played)" if near.played else "")
        yield from (f"  {difference}" for difference in near.differences)
    yield from (f"not {other.exchange}: {other.why}" for other in problem.others)
    if problem.hint:
        yield problem.hint
