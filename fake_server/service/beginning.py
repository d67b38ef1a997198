"""From the user's message to the scenario that answers it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from fake_server.scenarios.answers import plain, unknown_command
from fake_server.scenarios.asked import Asked
from fake_server.scenarios.choosing import Chosen, NoSuchCommand, choose, newest
from fake_server.scenarios.registry import Scenario
from fake_server.service.answer import Answer, Setting
from fake_server.service.callers import Caller
from fake_server.service.conversations import Conversation
from fake_server.service.naming import Names
from fake_server.service.objections import holds
from fake_server.service.performance import Performance
from fake_server.service.service import Service
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
    if unknown and holds("unknown-conversation", service.config):
        return "unknown-conversation"
    most = service.config.max_turns
    if most is not None and service.memory.count("turn", caller.key) > most:
        return "quota"
    return "parallel" if service.is_talking(caller) and holds("parallel", service.config) else None


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
