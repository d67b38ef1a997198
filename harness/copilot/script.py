"""`Scripted`: what a test lets the service do, method by method: ``script.say("Hello").suggest("More?").done()``."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from typing import Any, Final, cast, get_args

from fake_server.scenarios import (
    Asked,
    Challenge,
    Cite,
    CloseWith,
    Draw,
    Emit,
    Fail,
    Raw,
    Say,
    Scenario,
    Silence,
    Steps,
    Suggest,
    Think,
    Title,
    Wait,
    speak,
)
from fake_server.scenarios import Cut as CutNow
from fake_server.scenarios.steps import Method
from fake_server.script import Config
from fake_server.stage import How, Stage
from harness.copilot.script_faults import CutHow, CutTurn, FaultPlan, Refuse, ScriptError, StallTurn, TurnFaults
from harness.copilot.script_stage import ScriptedStage
from harness.copilot.script_turns import FurtherTurn, Turns, UnstruckFault, counted
from harness.match.mask import Mask
from harness.match.places import Places
from harness.replay.problems import Problem, Unplayed
from harness.replay.report import Report
from harness.services.copilot import COPILOT
from provider.wire.generations import DEFAULT_GENERATION, find_generation

_OVER: Final = "wiretape-script-is-over"
"""The code of an error event that no client takes for one of the service's."""
_PREVIEWS: Final = 2
_LAST_CODE: Final = 4999
_MOST_PROBLEMS: Final = 1000


class Scripted:
    """A script. Its methods add to the turn that is being written, and return the script; `done` ends the turn.

    Turns are played in order, one for each message that a client sends, whoever sends it. What was not scripted is not
    made up, but for what every answer has: `received`, `startMessage`, the ends of parts, `done`, the title of a new
    conversation. A turn that is asked for before its `done` is played as it stands, and ends with that. As long as
    no turn is scripted at all, the fake answers by itself.

    Turns may be added from any thread, before and after a stage is made.
    """

    def __init__(self, generation: str = DEFAULT_GENERATION) -> None:
        """Begin an empty script.

        Args:
            generation: ``"2026"``, ``"2025-10"`` or ``"2025-03"``.

        Raises:
            UsageError: There is no such generation.
        """
        self.generation = find_generation(generation).name
        self._turns = Turns()
        self._plan = FaultPlan()
        self._mask = Mask(Places(COPILOT))
        self._lock = threading.Lock()
        self._problems: list[Problem] = []

    def stage(self, config: Config | None = None) -> Stage:
        """A stage that plays the script.

        Args:
            config: Further settings of the fake, its generation included; None for a fake of the script's.
        """
        return ScriptedStage(config or Config(generation=self.generation), self._plan, self._choose)

    # ---------------------------------------------------------------- what is said
    def say(self, text: str, *, pieces: int | None = None) -> Scripted:
        """Text; in one event, or in about so many pieces of equal length, which may split words.

        Raises:
            ScriptError: ``pieces`` is less than 1.
        """
        if pieces is not None and pieces < 1:
            raise ScriptError(f"say: pieces={pieces}: it takes at least one")
        for piece in [Say(text)] if pieces is None else speak(text, pieces):
            self._turns.add(piece)
        return self

    def image(self, prompt: str, *, data: bytes | None = None, partial: bool = False) -> Scripted:
        """A picture, which the service then serves.

        Args:
            prompt: What it shows.
            data: Its file; None for a small pattern that the prompt and the turn decide.
            partial: Whether unfinished pictures come before it, in generations that have them.
        """
        self._turns.add(Draw(prompt, previews=_PREVIEWS if partial else 0, content=data))
        return self

    def suggest(self, *texts: str) -> Scripted:
        """What the user might ask next; comes after `done`.

        A turn without this brings an empty list. Without texts it brings no such event at all: clients wait for it.
        """
        self._turns.add(Suggest(texts))
        return self

    def reason(self, text: str) -> Scripted:
        """Reasoning, in generations that show it; else a moment's silence."""
        self._turns.add(Think(text))
        return self

    def cite(self, title: str, url: str) -> Scripted:
        """A source, in its place among the text."""
        self._turns.add(Cite(title, url))
        return self

    def title(self, text: str) -> Scripted:
        """The conversation's title, in the place of the usual one; comes after `done`, in any turn."""
        self._turns.add(Title(text))
        return self

    def event(self, name: str, /, **fields: Any) -> Scripted:
        """Any event by its name and fields, known to clients or not.

        It has its running ``id``, as all events have, and the answer's ``messageId`` unless the fields give another.
        """
        self._turns.add(Emit(name, fields))
        return self

    def raw(self, text: str) -> Scripted:
        """One text message as it stands, JSON or not."""
        self._turns.add(Raw(text))
        return self

    def pause(self, seconds: float) -> Scripted:
        """A silence.

        Raises:
            ScriptError: It is no length of time.
        """
        if not math.isfinite(seconds) or seconds < 0:
            raise ScriptError(f"pause: {seconds} is no number of seconds")
        self._turns.add(Wait(seconds))
        return self

    def done(self) -> Scripted:
        """The turn is whole; what comes next belongs to the next one."""
        self._turns.done()
        return self

    # ---------------------------------------------------------------- what goes wrong
    def fail(self, code: str, message: str | None = None) -> Scripted:
        """An error event, e.g. ``throttled`` (docs/protocol.md §4.6); nothing comes behind it in this turn."""
        self._turns.add(Fail(code, message), last=True)
        return self

    def challenge(self, method: str) -> Scripted:
        """The service wants proof; the turn goes on when the client has given it, and has sent its message again.

        Args:
            method: ``hashcash``, ``copilot``, ``cloudflare``, ``null`` or ``none-key`` (docs/protocol.md §4.7).

        Raises:
            ScriptError: There is no such method.
        """
        known: tuple[str, ...] = get_args(Method)
        if method not in known:
            raise ScriptError(f"challenge: there is no method {method!r}; known: {', '.join(known)}")
        self._turns.add(Challenge(cast("Method", method)))
        return self

    def refuse(self, status: int | str, *, at: str = "upgrade") -> Scripted:
        """The next request of a kind is refused, once; several refusals strike one after the other.

        Args:
            status: From 400 to 599, or 302, or a word of `fake_server.script.FAULT_WORDS` such as ``cloudflare``.
            at: One of `fake_server.script.PLACES` (``upgrade``, ``start``, ``conversations``, ``any``, ..), or
                ``call 3``: the third request of all, upgrades included.

        Raises:
            ScriptError: There is no such request, or no such way to refuse one.
        """
        self._plan.add(Refuse(status, at))
        return self

    def cut(self, after: int | None = None, how: CutHow = "eof") -> Scripted:
        """The connection ends. A turn of which nothing else is scripted is the fake's own answer, cut.

        Args:
            after: How many events of the turn are sent before, `received` and `startMessage` included; None: here.
                If the turn is whole before that, `report` says so.
            how: ``eof`` and ``reset`` are without a close frame; a number is the code of one.

        Raises:
            ScriptError: ``after`` is negative, or there is no such way to end.
        """
        if how not in get_args(How) and not (isinstance(how, int) and 1000 <= how <= _LAST_CODE):
            raise ScriptError(f"cut: a connection does not end by {how!r}; known: eof, reset, 1000 to {_LAST_CODE}")
        if after is not None:
            self._turns.plan(CutTurn(_count("cut", after), how))
        else:
            self._turns.add(CloseWith(how) if isinstance(how, int) else CutNow(how), last=True)
        return self

    def stall(self, after: int | None = None) -> Scripted:
        """Nothing more is said in this turn, and the connection stays; as with `cut`, of the fake's own answer.

        Args:
            after: As in `cut`.

        Raises:
            ScriptError: It is negative.
        """
        if after is not None:
            self._turns.plan(StallTurn(_count("stall", after)))
        else:
            self._turns.add(Silence(), last=True)
        return self

    # ---------------------------------------------------------------- how it went
    def report(self) -> Report:
        """What clients asked for beyond the script, and what of it nobody asked for; from any thread."""
        played, left = self._turns.played(), self._turns.left()
        with self._lock:
            problems = list(self._problems)
        return Report(
            problems=(*problems, *self._unplayed()),
            played=len(played),
            total=len(played) + len(left),
            played_indices=frozenset(range(len(played))),
        )

    def _unplayed(self) -> Iterator[Problem]:
        for turn in self._turns.played():
            for fault in turn.faults.waiting:
                yield UnstruckFault(exchange=str(turn), fault=str(fault))
        for turn in self._turns.left():
            yield Unplayed(exchange=str(turn))
        for refuse in self._plan.waiting:
            yield UnstruckFault(exchange="", fault=str(refuse))

    def _choose(self, asked: Asked) -> tuple[Scenario | None, TurnFaults] | None:
        """The turn that answers a message, in the server's loop."""
        turn = self._turns.take()
        if turn is not None:
            return turn.scenario() if turn.has_answer else None, turn.faults
        turns = len(self._turns)
        if not turns:
            return None
        problem = FurtherTurn(
            asked=f"turn {turns + 1}",
            turns=turns,
            prompt=self._mask.value(asked.prompt),
            hint='Script a further turn, such as .say("..").done(), or let the client ask less',
        )
        with self._lock:
            if len(self._problems) < _MOST_PROBLEMS:
                self._problems.append(problem)

        def play(_: Asked) -> Steps:
            yield Fail(_OVER, f"the script has {counted(turns)}, and this is a further one")

        return Scenario("(a further turn)", play, "what is not scripted"), TurnFaults()


def _count(method: str, after: int) -> int:
    if after < 0:
        raise ScriptError(f"{method}: after={after}: a number of events is not negative")
    return after
