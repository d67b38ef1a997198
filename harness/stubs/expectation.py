"""`Expectation`: what every stub has: a condition, how often it is called, what must come before it."""

from __future__ import annotations

from typing import Self

from fake_server.stage import Request
from harness.calls import WireCall
from harness.stubs.condition import Condition
from harness.stubs.errors import StubError


class Expectation:
    """The part of a stub that decides whether it answers a request.

    Attributes:
        number: From 1, in the order of definition.
        condition: Which requests it answers.
    """

    def __init__(self, number: int, condition: Condition) -> None:
        self.number = number
        self.condition = condition
        self._least = 1
        self._most: int | None = None
        self._after: list[Expectation] = []
        self._calls: list[WireCall] = []

    def __repr__(self) -> str:
        return f"<{self.label}: {self.counts}>"

    # ---------------------------------------------------------------- how often, and when
    def times(self, count: int) -> Self:
        """Expect exactly so many calls; further ones go to the next stub that matches, or fail the test.

        Raises:
            StubError: ``count`` is less than 1.
        """
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:  # pyright: ignore[reportUnnecessaryIsInstance]  # files are not typed
            raise StubError(f"times: {count!r}: expected a whole number, 1 or more")
        self._least = self._most = count
        return self

    def once(self) -> Self:
        """Expect exactly one call."""
        return self.times(1)

    def optional(self) -> Self:
        """Let the stub be called any number of times, up to that of `times`, or not at all."""
        self._least = 0
        return self

    def after(self, *others: Expectation) -> Self:
        """Answer only when these stubs have had the calls that they expect; earlier calls are ``out-of-order``."""
        self._after += others
        return self

    # ---------------------------------------------------------------- what came
    @property
    def calls(self) -> list[WireCall]:
        """The requests that the stub has answered, in order."""
        return list(self._calls)

    @property
    def call_count(self) -> int:
        """Number of requests that the stub has answered."""
        return len(self._calls)

    @property
    def called(self) -> bool:
        """Whether it has answered any request."""
        return bool(self._calls)

    # ---------------------------------------------------------------- for `harness.stubs.stubs`
    @property
    def label(self) -> str:
        """Its name in reports: ``stub 2: GET /items/{id}``."""
        return f"stub {self.number}: {self.condition.label}"

    @property
    def counts(self) -> str:
        """Expected and actual calls in words: ``called 1 of 2 times``."""
        times = "time" if self._least == 1 else "times"
        return f"called {len(self._calls)} of {self._least} {times}" if self._least else f"called {len(self._calls)} x"

    @property
    def is_satisfied(self) -> bool:
        """Whether it has had the calls that it expects."""
        return len(self._calls) >= self._least

    @property
    def is_used_up(self) -> bool:
        """Whether it answers no further calls."""
        return self._most is not None and len(self._calls) >= self._most

    @property
    def awaited(self) -> Expectation | None:
        """One of the stubs given to `after` that still expects calls; None if there is none."""
        return next((other for other in self._after if not other.is_satisfied), None)

    def matches(self, request: Request, call: WireCall) -> bool:
        """Whether a request fulfils the condition."""
        return next(self.condition.differences(request, call), None) is None

    def take(self, call: WireCall) -> None:
        """Note a request that the stub answers."""
        call.params = self.condition.path.match(call.path) or {}
        self._calls.append(call)
