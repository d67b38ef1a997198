"""Why a message is refused by the service itself: each reason once, with its code and what it rests on (§4.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from fake_server.service.causes import because
from fake_server.service.config import Config
from fake_server.service.telling import Tell
from provider.wire import events

_INVALID: Final = "invalid-event"
_EMPTY: Final = "empty-text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A reason.

    Attributes:
        about: What is wrong, in a few words.
        code: The event's ``errorCode``.
        rests_on: Paragraph of docs/protocol.md; empty for what is the fake's own.
        confidence: How sure that is, as docs/protocol.md marks it; empty for the fake's own.
        strict: Whether it holds only where `fake_server.service.config.Config.strict` is set.
        later: Whether it comes as ``chatMessageError``: the message may come again later.
    """

    about: str
    code: str
    rests_on: str = ""
    confidence: str = ""
    strict: bool = False
    later: bool = False


OBJECTIONS: Final[Mapping[str, Objection]] = MappingProxyType(
    {
        "malformed": Objection(
            about="no JSON, no `event`, or another shape than known", code=_INVALID, rests_on="§4.6", confidence="[2]"
        ),
        "unknown-event": Objection(
            about="an event that nobody knows", code=_INVALID, rests_on="§4.6", confidence="[2]"
        ),
        "out-of-turn": Objection(
            about="a message while another one is being answered", code=_INVALID, rests_on="§4.6", confidence="[2]"
        ),
        "too-early": Objection(
            about="a message before `connected`",
            code=_INVALID,
            rests_on="§4.2",
            confidence="[1], conflict",
            strict=True,
        ),
        "no-session-id": Objection(
            about="no `clientSessionId` in the socket's URL",
            code=_INVALID,
            rests_on="§4.1",
            confidence="[1]",
            strict=True,
        ),
        "no-challenge": Objection(
            about="an answer to a challenge that was not asked", code=_INVALID, rests_on="§4.6", confidence="[inf]"
        ),
        "failed-challenge": Objection(
            about="an answer that does not pass the challenge", code=_INVALID, rests_on="§4.7", confidence="[3], [inf]"
        ),
        "empty-text": Objection(about="a text part of no character", code=_EMPTY, rests_on="§4.6", confidence="[1]"),
        "no-content": Objection(about="a message of no part", code=_EMPTY, rests_on="§4.6", confidence="[inf]"),
        "too-long": Objection(
            about="a text part beyond the limit", code="text-too-long", rests_on="§4.6", confidence="[3]"
        ),
        "too-many-parts": Objection(about="more than 100 parts", code=_INVALID),
        "conversation-id": Objection(about="a conversation's id of none, or over 100 characters", code=_INVALID),
        "unknown-conversation": Objection(
            about="a conversation that was not opened here",
            code=_INVALID,
            rests_on="§4.6",
            confidence="[inf]",
            strict=True,
        ),
        "quota": Objection(
            about="more messages than allowed", code="too-many-messages", rests_on="§4.6", confidence="[2]"
        ),
        "parallel": Objection(
            about="a second turn of one account at the same time",
            code="throttled",
            rests_on="§4.8",
            confidence="[1]",
            strict=True,
            later=True,
        ),
    }
)
"""All reasons by name."""


def holds(name: str, config: Config) -> bool:
    """Whether a reason counts with these settings."""
    return config.strict or not OBJECTIONS[name].strict


def object_to(name: str) -> Tell:
    """The event that refuses a message for that reason."""
    objection = OBJECTIONS[name]
    about = objection.about + (" (strict)" if objection.strict else "")
    told = because(objection.rests_on, objection.confidence, about)
    if objection.later:
        detail = events.ErrorDetail(type=objection.code)
        return Tell(events.ChatMessageError(error_code=objection.code, error_detail=detail), because=told)
    return Tell(events.ErrorEvent(error_code=objection.code), because=told)
