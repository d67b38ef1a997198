"""`ScriptMethods`: the methods of a script, on the wire itself: ``wire.say("Hello").suggest("More?").done()``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Concatenate, Generic, ParamSpec, TypeVar

from harness.pytest_plugin.failure import WireFailure
from harness.scripted import Scripted

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class _OfScript(Generic[Arguments, Result]):
    """A method of the wire's script."""

    def __init__(self, method: Callable[Concatenate[Scripted, Arguments], Result]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, wire: ScriptMethods, owner: type[ScriptMethods]) -> Callable[Arguments, Result]:
        return partial(self._method, wire.script)


class ScriptMethods:
    """What a wire without a cassette is told to do; each method is that of `harness.scripted.Scripted`."""

    _scripted: Scripted | None = None

    @property
    def script(self) -> Scripted:
        """What the service does, turn by turn.

        Raises:
            WireFailure: The wire has a cassette: what it does stands there.
        """
        if self._scripted is None:
            raise WireFailure("config: a script is for tests without the marker `cassette`; this wire has a cassette")
        return self._scripted

    say = _OfScript(Scripted.say)
    image = _OfScript(Scripted.image)
    suggest = _OfScript(Scripted.suggest)
    reason = _OfScript(Scripted.reason)
    cite = _OfScript(Scripted.cite)
    title = _OfScript(Scripted.title)
    event = _OfScript(Scripted.event)
    pause = _OfScript(Scripted.pause)
    done = _OfScript(Scripted.done)
    fail = _OfScript(Scripted.fail)
    refuse = _OfScript(Scripted.refuse)
    cut = _OfScript(Scripted.cut)
    stall = _OfScript(Scripted.stall)
    raw = _OfScript(Scripted.raw)
    challenge = _OfScript(Scripted.challenge)
