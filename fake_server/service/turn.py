"""A turn: the check of the user's message, the choice of the scenario, and the scenario's run step by step."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import Any, Final

import msgspec

from fake_server.scenarios.answers import plain, unknown_command, wrong_argument
from fake_server.scenarios.registry import (
    Asked,
    Chosen,
    Scenario,
    ScenarioError,
    UnknownPromptCommand,
    WrongArgumentError,
    choose,
    newest,
)
from fake_server.scenarios.steps import Steps
from fake_server.service.answer import Answer, Outputs, TurnContext
from fake_server.service.callers import Caller
from fake_server.service.conversations import StoredConversation
from fake_server.service.deterministic import SeededIds
from fake_server.service.output import Output, Pause, SendChallenge
from fake_server.service.refusals import RefusalError
from fake_server.service.rules import MESSAGE_RULES
from fake_server.service.service import Service
from fake_server.service.step_handlers import LAST_STEPS, STEP_HANDLERS
from fake_server.service.uploads import seen
from provider.wire.commands import Send, TextPart

_PLAIN: Final = Scenario("(plain)", plain, "the answer to any other prompt")
_LONGEST_ID: Final = 100
_MOST_PARTS: Final = 100
_DEFAULT_MODE: Final = "chat"


def first_violation(service: Service, caller: Caller, send: Send) -> str | None:
    """The first of `fake_server.service.rules.MESSAGE_RULES` that a message breaks (docs/protocol.md §4.6); or None."""
    return (
        _content_violation(service, send) or _conversation_violation(service, send) or _load_violation(service, caller)
    )


def _content_violation(service: Service, send: Send) -> str | None:
    texts = [part.text for part in send.content if isinstance(part, TextPart)]
    if not send.content:
        return "no-content"
    if "" in texts:
        return "empty-text"
    if any(len(text) > service.generation.max_text for text in texts):
        return "too-long"
    return "too-many-parts" if len(send.content) > _MOST_PARTS else None


def _conversation_violation(service: Service, send: Send) -> str | None:
    # The look-up also marks the conversation as used, so that the store keeps it longest.
    is_unknown = service.store.conversation(send.conversation_id) is None
    if not 0 < len(send.conversation_id) <= _LONGEST_ID:
        return "conversation-id"
    if is_unknown and service.config.enforces(MESSAGE_RULES["unknown-conversation"]):
        return "unknown-conversation"
    return None


def _load_violation(service: Service, caller: Caller) -> str | None:
    most = service.config.max_turns
    if most is not None and service.store.count("turn", caller.key) > most:
        return "quota"
    if service.has_active_turn(caller) and service.config.enforces(MESSAGE_RULES["parallel"]):
        return "parallel"
    return None


def start_turn(service: Service, caller: Caller, origin: str, send: Send) -> ScenarioRun:
    """Start the turn of a message that breaks no rule.

    Raises:
        ScenarioError: The scenario is not a generator function of one argument.
    """
    conversation = _conversation(service, caller, send.conversation_id)
    conversation.turns += 1
    text = _text_of(send)
    scenario, asked = _choose(service, conversation, send, service.config.always or text)
    claimed = None if service.config.claim is None else service.config.claim(asked)
    content: tuple[dict[str, Any], ...] = tuple(map(msgspec.to_builtins, send.content))
    context = TurnContext(
        service=service,
        conversation=conversation,
        caller=caller.key,
        origin=origin,
        ids=SeededIds(service.config.seed, "turn", conversation.id, conversation.turns),
        content=content,
        prompt=text,
    )
    return ScenarioRun(claimed or scenario, asked, Answer(context))


def _conversation(service: Service, caller: Caller, conversation_id: str) -> StoredConversation:
    """The conversation; a new one under that id, if it was opened before the fake started, or was forgotten."""
    known = service.store.conversation(conversation_id)
    return known or service.store.adopt(conversation_id, caller.key)


def _text_of(send: Send) -> str:
    return "\n".join(part.text for part in send.content if isinstance(part, TextPart))


def _choose(service: Service, conversation: StoredConversation, send: Send, prompt: str) -> tuple[Scenario, Asked]:
    mode = send.mode or _DEFAULT_MODE
    scenario, argument = _scenario(service, prompt, mode)
    asked = Asked(
        prompt=prompt,
        argument=argument,
        turn=conversation.turns,
        mode=mode,
        generation=service.generation.name,
        attachments=tuple(seen(service, part) for part in send.content if not isinstance(part, TextPart)),
        random=SeededIds(service.config.seed, "scenario", conversation.id, conversation.turns).random,
    )
    return scenario, asked


def _scenario(service: Service, prompt: str, mode: str) -> tuple[Scenario, str]:
    match choose(prompt, mode, service.scenarios):
        case Chosen(scenario, argument):
            return scenario, argument
        case UnknownPromptCommand(command):
            return Scenario(command, unknown_command(command, service.scenarios.table()), ""), ""
        case None:
            return _PLAIN, newest(prompt)


class ScenarioRun:
    """One run of a scenario.

    Attributes:
        answer: The answer so far.
        over: Whether no further step will run.
    """

    def __init__(self, scenario: Scenario, asked: Asked, answer: Answer) -> None:
        """Start the scenario.

        Raises:
            ScenarioError: The scenario is not a generator function of one argument.
        """
        self.answer = answer
        self.over = False
        self._scenario = scenario
        self._steps = _start(scenario, asked)
        self._pending: deque[Output] = deque()

    @property
    def has_more(self) -> bool:
        """Whether `next` may return an output."""
        return bool(self._pending) or not self.over

    def next(self) -> list[Output]:
        """The next outputs, up to a pause or a challenge.

        Raises:
            ScenarioError: The scenario raised, or yielded something that is not a step.
        """
        if not self._pending and not self.over:
            self._pending.extend(self._advance())
        outputs: list[Output] = []
        while self._pending:
            outputs.append(self._pending.popleft())
            if isinstance(outputs[-1], Pause | SendChallenge):
                break
        return outputs

    def stop(self) -> None:
        """Run no further step, and store the answer so far."""
        self._pending.clear()
        self._end()

    def _end(self) -> None:
        if not self.over:
            self.over = True
            self._steps.close()
            self.answer.store()

    def _advance(self) -> Outputs:
        try:
            step = next(self._steps, None)
        except WrongArgumentError as error:
            return self._explain(error)
        except Exception as error:
            self.over = True
            raise ScenarioError(f"the scenario {self._scenario.command} raised {error!r}") from error
        if step is None:
            return self._finish()
        handle = STEP_HANDLERS.get(type(step))
        if handle is None:
            self.over = True
            raise ScenarioError(
                f"the scenario {self._scenario.command} yielded {step!r}, which is not a step: yield those of "
                "fake_server.script"
            )
        try:
            outputs = list(handle(self.answer, step))
        except RefusalError as error:
            return self._explain(WrongArgumentError(str(error)))
        if isinstance(step, LAST_STEPS):
            self._end()
        return iter(outputs)

    def _finish(self) -> Outputs:
        yield from self.answer.finish()
        self._end()

    def _explain(self, error: WrongArgumentError) -> Outputs:
        """Answer with the command's usage."""
        self._steps.close()
        self._steps = wrong_argument(self._scenario.usage, error)
        return self._advance()


def _start(scenario: Scenario, asked: Asked) -> Steps:
    # Nobody type-checks users' scenarios, so this checks what they return.
    try:
        steps = scenario.play(asked)
    except Exception as error:
        raise ScenarioError(f"the scenario {scenario.command} raised {error!r}") from error
    if not isinstance(steps, Generator):  # pyright: ignore[reportUnnecessaryIsInstance]  # see above
        raise ScenarioError(f"the scenario {scenario.command} is not a generator function: let it yield steps")
    return steps
