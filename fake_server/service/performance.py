"""Plays one scenario, step by step."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator

from fake_server.scenarios.answers import wrong_argument
from fake_server.scenarios.asked import Asked, WrongArgumentError
from fake_server.scenarios.registry import Scenario, ScenarioError
from fake_server.scenarios.steps import Steps
from fake_server.service.acts import Pause
from fake_server.service.answer import Answer, Wishes
from fake_server.service.performers import LAST_STEPS, PERFORMERS
from fake_server.service.refusals import RefusalError
from fake_server.service.telling import Ask, Wish


class Performance:
    """A scenario being played.

    Attributes:
        answer: What it has said so far.
        over: Whether no more steps are played.
    """

    def __init__(self, scenario: Scenario, asked: Asked, answer: Answer) -> None:
        """Begin.

        Raises:
            ScenarioError: The scenario is no generator function of one argument.
        """
        self.answer = answer
        self.over = False
        self._scenario = scenario
        self._play = _begin(scenario, asked)
        self._waiting: deque[Wish] = deque()

    @property
    def has_more(self) -> bool:
        """Whether `next` may bring something."""
        return bool(self._waiting) or not self.over

    def next(self) -> list[Wish]:
        """What comes next: up to a pause, or a challenge."""
        if not self._waiting and not self.over:
            self._waiting.extend(self._advance())
        wishes: list[Wish] = []
        while self._waiting:
            wishes.append(self._waiting.popleft())
            if isinstance(wishes[-1], Pause | Ask):
                break
        return wishes

    def stop(self) -> None:
        """Play no more; what was said so far is remembered."""
        self._waiting.clear()
        self._end()

    def _end(self) -> None:
        if not self.over:
            self.over = True
            self._play.close()
            self.answer.remember()

    def _advance(self) -> Wishes:
        try:
            step = next(self._play, None)
        except WrongArgumentError as error:
            return self._explain(error)
        except Exception as error:
            self.over = True
            raise ScenarioError(f"the scenario {self._scenario.command} failed: {error!r}") from error
        if step is None:
            return self._finish()
        perform = PERFORMERS.get(type(step))
        if perform is None:
            self.over = True
            raise ScenarioError(f"the scenario {self._scenario.command} gave {step!r}, which is no step")
        try:
            wishes = list(perform(self.answer, step))
        except RefusalError as error:
            return self._explain(WrongArgumentError(str(error)))
        if isinstance(step, LAST_STEPS):
            self._end()
        return iter(wishes)

    def _finish(self) -> Wishes:
        yield from self.answer.finish()
        self._end()

    def _explain(self, error: WrongArgumentError) -> Wishes:
        """Answer with what would have been right."""
        self._play.close()
        self._play = wrong_argument(self._scenario.usage, error)
        return self._advance()


def _begin(scenario: Scenario, asked: Asked) -> Steps:
    # Users' scenarios are not type-checked: what is promised is looked at.
    try:
        play = scenario.play(asked)
    except Exception as error:
        raise ScenarioError(f"the scenario {scenario.command} failed: {error!r}") from error
    if not isinstance(play, Generator):  # pyright: ignore[reportUnnecessaryIsInstance]  # as said above
        raise ScenarioError(f"the scenario {scenario.command} is no generator function: it yields no step")
    return play
