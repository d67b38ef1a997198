"""The problems of stubs: those of a replay, in words for stubs."""

from __future__ import annotations

from dataclasses import dataclass

from harness.replay.problems import NoMatch, OutOfOrder, Unplayed, UsedUp


@dataclass(frozen=True, slots=True, kw_only=True)
class NoStub(NoMatch):
    """No stub matches a request."""

    @property
    def summary(self) -> str:
        """The problem in one line of the report."""
        return f"{self.request}: no stub matches"


@dataclass(frozen=True, slots=True, kw_only=True)
class StubUsedUp(UsedUp):
    """Every stub that matches a request has had all its calls."""

    @property
    def summary(self) -> str:
        """The problem in one line of the report."""
        return f"{self.request}: every stub that matches is used up"


@dataclass(frozen=True, slots=True, kw_only=True)
class TooEarly(OutOfOrder):
    """A request came before another stub, named in `Expectation.after` or defined earlier, had its expected calls."""

    @property
    def summary(self) -> str:
        """The problem in one line of the report."""
        return f"{self.request}: called too early"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncalled(Unplayed):
    """A stub was called less often than it expects.

    Attributes:
        counts: Actual and expected calls in words.
    """

    counts: str

    @property
    def summary(self) -> str:
        """The problem in one line of the report."""
        return f"{self.exchange}: {self.counts}"
