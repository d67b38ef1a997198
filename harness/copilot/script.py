"""`Scripted`: a test's script for the fake, method by method: ``script.say("Hello").suggest("More?").done()``."""

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
"""An error code that the service does not use, so that no client interprets it."""
_PREVIEWS: Final = 2
_LAST_CODE: Final = 4999
_MOST_PROBLEMS: Final = 1000


class Scripted:
    """A script. Its methods add to the current turn, and return the script; `done` ends the turn.

    The fake plays turns in order, one for each message that any client sends. It adds only the events that every answer
    has: `received`, `startMessage`, the ends of parts, `done`, the title of a new conversation. If a client sends its
    message before the turn's `done`, the fake plays the steps so far, and ends the turn. Without any scripted turn,
    the fake answers by itself.

    Thread-safe: turns may be added from any thread, before and after a stage is created.
    """

    def __init__(self, generation: str = DEFAULT_GENERATION) -> None:
        """Create an empty script.

        Args:
            generation: ``"2026"``, ``"2025-10"`` or ``"2025-03"``.

        Raises:
            UsageError: The generation is unknown.
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
            config: Settings of the fake, which replace the script's generation; None for the defaults.
        """
        return ScriptedStage(config or Config(generation=self.generation), self._plan, self._choose)

    @property
    def is_empty(self) -> bool:
        """Whether no turn, and no refusal, was scripted."""
        return not len(self._turns) and not self._plan.is_used

    # ---------------------------------------------------------------- content of a turn
    def say(self, text: str, *, pieces: int | None = None) -> Scripted:
        """Send text in one event, or in about ``pieces`` events of equal length, which may split words.

        Raises:
            ScriptError: ``pieces`` is less than 1.
        """
        if pieces is not None and pieces < 1:
            raise ScriptError(f"say: pieces={pieces}: the number of pieces of the text must be at least 1")
        for piece in [Say(text)] if pieces is None else speak(text, pieces):
            self._turns.add(piece)
        return self

    def image(self, prompt: str, *, data: bytes | None = None, partial: bool = False) -> Scripted:
        """Send a picture, and serve its file.

        Args:
            prompt: The description of the picture.
            data: The bytes of its file; None for a small generated pattern.
            partial: Whether to send unfinished pictures first, in generations that have them.
        """
        self._turns.add(Draw(prompt, previews=_PREVIEWS if partial else 0, content=data))
        return self

    def suggest(self, *texts: str) -> Scripted:
        """Send suggestions of the next question, after `done`.

        A turn without this call sends an empty list. A call without texts suppresses the event, so that clients wait.
        """
        self._turns.add(Suggest(texts))
        return self

    def reason(self, text: str) -> Scripted:
        """Send reasoning; in generations without it, pause briefly instead."""
        self._turns.add(Think(text))
        return self

    def cite(self, title: str, url: str) -> Scripted:
        """Send a citation, at this place in the text."""
        self._turns.add(Cite(title, url))
        return self

    def title(self, text: str) -> Scripted:
        """Send the conversation's title after `done`, instead of the default title, in any turn."""
        self._turns.add(Title(text))
        return self

    def event(self, name: str, /, **fields: Any) -> Scripted:
        """Send any event by name and fields, also one that clients do not know.

        The fake adds the running ``id``, and the answer's ``messageId`` unless the fields contain one.
        """
        self._turns.add(Emit(name, fields))
        return self

    def raw(self, text: str) -> Scripted:
        """Send one text message unchanged, JSON or not."""
        self._turns.add(Raw(text))
        return self

    def pause(self, seconds: float) -> Scripted:
        """Pause for this many seconds.

        Raises:
            ScriptError: ``seconds`` is negative or not finite.
        """
        if not math.isfinite(seconds) or seconds < 0:
            raise ScriptError(f"pause: expected a number of seconds, 0 or more, got {seconds}")
        self._turns.add(Wait(seconds))
        return self

    def done(self) -> Scripted:
        """End the turn; further steps belong to the next turn."""
        self._turns.done()
        return self

    # ---------------------------------------------------------------- faults
    def fail(self, code: str, message: str | None = None) -> Scripted:
        """Send an error event, e.g. ``throttled`` (docs/protocol.md §4.6), which ends the turn."""
        self._turns.add(Fail(code, message), last=True)
        return self

    def challenge(self, method: str) -> Scripted:
        """Send a challenge; the turn continues when the client has answered it and sent its message again.

        Args:
            method: ``hashcash``, ``copilot``, ``cloudflare``, ``null`` or ``none-key`` (docs/protocol.md §4.7).

        Raises:
            ScriptError: The method is unknown.
        """
        known: tuple[str, ...] = get_args(Method)
        if method not in known:
            raise ScriptError(f"challenge: unknown method {method!r}; known: {', '.join(known)}")
        self._turns.add(Challenge(cast("Method", method)))
        return self

    def refuse(self, status: int | str, *, at: str = "upgrade") -> Scripted:
        """Refuse the next request of a kind, once; several refusals apply one after the other.

        Args:
            status: From 400 to 599, or 302, or a word of `fake_server.script.FAULT_WORDS` such as ``cloudflare``.
            at: One of `fake_server.script.PLACES` (``upgrade``, ``start``, ``conversations``, ``any``, ..), or
                ``call 3``: the third request overall, upgrades included.

        Raises:
            ScriptError: The place or the status is unknown.
        """
        self._plan.add(Refuse(status, at))
        return self

    def cut(self, after: int | None = None, how: CutHow = "eof") -> Scripted:
        """End the connection. If a turn has no other step, the fake begins its own answer, and this step cuts it.

        Args:
            after: Number of the turn's events that are sent before, `received` and `startMessage` included; None to
                cut at this step. If the turn has fewer events, `report` lists the fault as unplayed.
            how: ``eof`` or ``reset`` end the TCP connection without a close frame; a number is the code of a close
                frame, which is sent first.

        Raises:
            ScriptError: ``after`` is negative, or ``how`` is unknown.
        """
        if how not in get_args(How) and not (isinstance(how, int) and 1000 <= how <= _LAST_CODE):
            raise ScriptError(
                f"cut: unknown way to end the connection {how!r}; known: eof, reset, 1000 to {_LAST_CODE}"
            )
        if after is not None:
            self._turns.plan(CutTurn(_count("cut", after), how))
        else:
            self._turns.add(CloseWith(how) if isinstance(how, int) else CutNow(how), last=True)
        return self

    def stall(self, after: int | None = None) -> Scripted:
        """Send nothing more in this turn, and keep the connection open. Applies to the fake's own answer as `cut` does.

        Args:
            after: As in `cut`.

        Raises:
            ScriptError: ``after`` is negative.
        """
        if after is not None:
            self._turns.plan(StallTurn(_count("stall", after)))
        else:
            self._turns.add(Silence(), last=True)
        return self

    # ---------------------------------------------------------------- report
    def report(self) -> Report:
        """The messages beyond the script, and the turns and faults that were not played. Thread-safe."""
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
        """Choose the turn that answers a message. Runs in the server's loop."""
        turn = self._turns.take()
        if turn is not None:
            return turn.scenario() if turn.has_answer else None, turn.faults
        turns = len(self._turns)
        if not turns:
            return None
        problem = FurtherTurn(
            request=f"turn {turns + 1}",
            turns=turns,
            prompt=self._mask.value(asked.prompt),
            hint='Script a further turn, such as .say("..").done(), or let the client send fewer messages',
        )
        with self._lock:
            if len(self._problems) < _MOST_PROBLEMS:
                self._problems.append(problem)

        def play(_: Asked) -> Steps:
            yield Fail(_OVER, f"the script has {counted(turns)}, and this is a further one")

        return Scenario("(a further turn)", play, "what is not scripted"), TurnFaults()


def _count(method: str, after: int) -> int:
    if after < 0:
        raise ScriptError(f"{method}: after={after}: the number must not be negative")
    return after
