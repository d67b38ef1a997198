"""`StubMethods`: the methods of `harness.stubs.Stubs`, on the wire: ``wire.on("GET", "/items").reply(json=[1])``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

from harness.replay.report import Report

if TYPE_CHECKING:
    from harness.stubs.stubs import Stubs

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class _StubMethod(Generic[Arguments, Result]):
    """Forwards a method of the wire to its stubs."""

    def __init__(self, method_of: Callable[[Stubs], Callable[Arguments, Result]]) -> None:
        self._method_of = method_of

    def __get__(self, wire: StubMethods, owner: type[StubMethods]) -> Callable[Arguments, Result]:
        return self._method_of(wire.stubs)


class StubMethods:
    """The wire's stubs, which answer before its cassette, service or script.

    A request that no stub matches goes to the cassette or service; without these it goes to the script, if the test
    wrote one, and else fails the test.
    """

    _stubs: Stubs | None = None

    @property
    def stubs(self) -> Stubs:
        """The wire's stubs; made when first used."""
        if self._stubs is None:
            self._stubs = self._new_stubs()
        return self._stubs

    on = _StubMethod(lambda stubs: stubs.on)
    on_socket = _StubMethod(lambda stubs: stubs.on_socket)

    def _new_stubs(self) -> Stubs:
        """Make stubs, and put them in front of what answers."""
        raise NotImplementedError

    def _with_stubs(self, report: Report) -> Report:
        """The backend's report, with the problems of the stubs."""
        if self._stubs is None:
            return report
        return replace(report, problems=(*report.problems, *self._stubs.report().problems))
