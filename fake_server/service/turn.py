"""From the user's message to the scenario that answers it."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import Any, Final

import msgspec

from fake_server.scenarios.answers import plain, unknown_command, wrong_argument
from fake_server.scenarios.registry import (
    Asked,
    Chosen,
    NoSuchCommand,
    Scenario,
    ScenarioError,
    WrongArgumentError,
    choose,
    newest,
)
from fake_server.scenarios.steps import Steps
from fake_server.service.answer import Answer, Setting, Wishes
from fake_server.service.callers import Caller
from fake_server.service.conversations import Conversation
from fake_server.service.deterministic import Names
from fake_server.service.output import Ask, Pause, Wish
from fake_server.service.refusals import RefusalError
from fake_server.service.rules import holds_for_message
from fake_server.service.service import Service
from fake_server.service.step_handlers import LAST_STEPS, PERFORMERS
from fake_server.service.uploads import seen
from provider.wire.commands import Send, TextPart

_PLAIN: Final = Scenario("(plain)", plain, "the answer to any other prompt")
_LONGEST_ID: Final = 100
_MOST_PARTS: Final = 100
_DEFAULT_MODE: Final = "chat"


def find_objection(service: Service, caller: Caller, send: Send) -> str | None:
    """Which of `fake_server.service.objections.OBJECTIONS` a message meets (docs/protocol.md §4.6); None if none."""
    texts = [part.text for part in send.content if isinstance(part, TextPart)]
    if not send.content:
        return "no-content"
    if "" in texts:
        return "empty-text"
    if any(len(text) > service.generation.max_text for text in texts):
        return "too-long"
    unknown = service.memory.conversation(send.conversation_id) is None
    if len(send.content) > _MOST_PARTS:
        return "too-many-parts"
    if not 0 < len(send.conversation_id) <= _LONGEST_ID:
        return "conversation-id"
    if unknown and holds_for_message("unknown-conversation", service.config):
        return "unknown-conversation"
    most = service.config.max_turns
    if most is not None and service.memory.count("turn", caller.key) > most:
        return "quota"
    return "parallel" if service.is_talking(caller) and holds_for_message("parallel", service.config) else None


def begin(service: Service, caller: Caller, origin: str, send: Send) -> Performance:
    """Begin the turn of a message that is taken."""
    conversation = _conversation(service, caller, send.conversation_id)
    conversation.turns += 1
    said = _prompt(send)
    prompt = service.config.always or said
    names = Names(service.config.seed, "turn", conversation.id, conversation.turns)
    mode = send.mode or _DEFAULT_MODE
    scenario, argument = _scenario(service, prompt, mode)
    asked = Asked(
        prompt=prompt,
        argument=argument,
        turn=conversation.turns,
        mode=mode,
        generation=service.generation.name,
        attachments=tuple(seen(service, part) for part in send.content if not isinstance(part, TextPart)),
        random=Names(service.config.seed, "scenario", conversation.id, conversation.turns).random,
    )
    claimed = None if service.config.claim is None else service.config.claim(asked)
    content: tuple[dict[str, Any], ...] = tuple(map(msgspec.to_builtins, send.content))
    setting = Setting(
        service=service,
        conversation=conversation,
        caller=caller.key,
        origin=origin,
        names=names,
        content=content,
        prompt=said,
    )
    return Performance(claimed or scenario, asked, Answer(setting))


def _conversation(service: Service, caller: Caller, conversation_id: str) -> Conversation:
    """The conversation; one that nobody knows was opened before the fake was started, or is forgotten."""
    known = service.memory.conversation(conversation_id)
    return known or service.memory.adopt(conversation_id, caller.key)


def _prompt(send: Send) -> str:
    return "\n".join(part.text for part in send.content if isinstance(part, TextPart))


def _scenario(service: Service, prompt: str, mode: str) -> tuple[Scenario, str]:
    match choose(prompt, mode, service.scenarios):
        case Chosen(scenario, argument):
            return scenario, argument
        case NoSuchCommand(command):
            return Scenario(command, unknown_command(command, service.scenarios.table()), ""), ""
        case None:
            return _PLAIN, newest(prompt)


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
