"""`ScriptMethods`: the methods of a script, on the wire itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

from harness.pytest_plugin.failure import WireFailure

if TYPE_CHECKING:
    from harness.scripted import Scripted  # a test with a cassette needs no script, whose import takes a third of ours

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class _ScriptMethod(Generic[Arguments, Result]):
    """Forwards a method of the wire to its script."""

    def __init__(self, method_of: Callable[[Scripted], Callable[Arguments, Result]]) -> None:
        self._method_of = method_of

    def __get__(self, wire: ScriptMethods, owner: type[ScriptMethods]) -> Callable[Arguments, Result]:
        return self._method_of(wire.script)


class ScriptMethods:
    """The methods of `harness.scripted.Scripted`, on the wire itself: ``wire.say("Hello").suggest("More?").done()``."""

    _scripted: Scripted | None = None

    @property
    def script(self) -> Scripted:
        """The script that the fake service follows, turn by turn.

        Raises:
            WireFailure: The wire has a cassette, which it follows instead.
        """
        if self._scripted is None:
            raise WireFailure("config: this wire has a cassette: scripts are for tests without the marker `cassette`")
        return self._scripted

    say = _ScriptMethod(lambda script: script.say)
    image = _ScriptMethod(lambda script: script.image)
    suggest = _ScriptMethod(lambda script: script.suggest)
    reason = _ScriptMethod(lambda script: script.reason)
    cite = _ScriptMethod(lambda script: script.cite)
    title = _ScriptMethod(lambda script: script.title)
    event = _ScriptMethod(lambda script: script.event)
    pause = _ScriptMethod(lambda script: script.pause)
    done = _ScriptMethod(lambda script: script.done)
    fail = _ScriptMethod(lambda script: script.fail)
    refuse = _ScriptMethod(lambda script: script.refuse)
    cut = _ScriptMethod(lambda script: script.cut)
    stall = _ScriptMethod(lambda script: script.stall)
    raw = _ScriptMethod(lambda script: script.raw)
    challenge = _ScriptMethod(lambda script: script.challenge)
