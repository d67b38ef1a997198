"""Why a request is turned away by the service itself: each reason once, with its answer and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from fake_server.service.config import Config
from fake_server.service.dialect import FIRST, within
from fake_server.service.output import Tell
from fake_server.service.refusals import because, refuse, reply
from fake_server.stage import Response
from provider.wire import events


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A reason.

    Attributes:
        about: What is wrong, in a few words.
        status: Of the answer.
        code: The word in the answer's ``code``, or None.
        rests_on: Paragraph of docs/protocol.md.
        confidence: How sure that is, as docs/protocol.md marks it.
        strict: Whether it holds only where `fake_server.service.config.Config.strict` is set.
        since: First generation in which it holds.
    """

    about: str
    status: int
    rests_on: str
    confidence: str
    code: str | None = None
    strict: bool = False
    since: str = FIRST


GROUNDS: Final[Mapping[str, Ground]] = MappingProxyType(
    {
        "token": Ground(about="a token that is not accepted here", status=401, rests_on="§3.8", confidence="[3]"),
        "expired": Ground(about="a token whose `exp` has passed", status=401, rests_on="§3.8", confidence="[3]"),
        "ended": Ground(
            about="a token that was made to expire: `/expire`, `POST /.wiretape/expire`",
            status=401,
            rests_on="§3.8",
            confidence="[3]",
        ),
        "audience": Ground(
            about="a token for another audience", status=401, rests_on="§2.3", confidence="[1]", strict=True
        ),
        "identity-type": Ground(
            about="a token of Google's without `X-UserIdentityType: google`, or another's with it",
            status=401,
            rests_on="§2.4",
            confidence="[1]",
            strict=True,
            since="2025-10",
        ),
        "cookie": Ground(
            about="an anonymous cookie that was not given out here, or has expired",
            status=401,
            rests_on="§2.1",
            confidence="[1]",
            strict=True,
            since="2026",
        ),
        "session-key": Ground(
            about="no temporary session, or one whose six hours have passed",
            status=460,
            rests_on="§2.1",
            confidence="[2]",
            strict=True,
            since="2026",
        ),
        "sign-in": Ground(
            about="a share that is shown to signed-in callers only", status=401, rests_on="§3.1", confidence="[inf]"
        ),
        "no-bearer": Ground(
            about="an upload without a Bearer token",
            status=403,
            rests_on="§3.3",
            confidence="[1]",
            strict=True,
            since="2026",
        ),
        "content-type": Ground(
            about="an upload of a type that is not on the list, or of none",
            status=400,
            code="unsupported-content-type",
            rests_on="§3.3",
            confidence="[1]",
        ),
        "too-large": Ground(
            about="an upload that is too large", status=413, code="too-large", rests_on="§3.3", confidence="[inf]"
        ),
        "document": Ground(
            about="a multipart body without a whole part named `file`",
            status=400,
            code="invalid-request",
            rests_on="§3.3",
            confidence="[inf]",
        ),
        "page": Ground(
            about="a page of a list that the service never pointed to",
            status=400,
            code="invalid-request",
            rests_on="§3.4",
            confidence="[inf]",
        ),
        "unknown": Ground(
            about="an endpoint, a conversation or a file that there is not",
            status=404,
            rests_on="§3.1",
            confidence="[inf]",
        ),
        "method": Ground(about="another method than the endpoint has", status=405, rests_on="§3.1", confidence="[inf]"),
    }
)
"""All reasons by name."""


def holds(name: str, config: Config) -> bool:
    """Whether a reason counts with these settings."""
    ground = GROUNDS[name]
    return (config.strict or not ground.strict) and within(config.generation, ground.since)


def turn_away(name: str, *, allow: str = "", message: str = "") -> Response:
    """The answer to a request that is turned away.

    Args:
        name: Which of `GROUNDS`.
        allow: For the header of that name.
        message: More to say about it, in the body.
    """
    ground = GROUNDS[name]
    told = because(ground.rests_on, ground.confidence, ground.about + (" (strict)" if ground.strict else ""))
    return replace(_answer(ground, allow, message), because=told)


def _answer(ground: Ground, allow: str, message: str) -> Response:
    if message:
        return reply({"status": ground.status, "code": ground.code, "message": message}, ground.status)
    if allow:
        return reply({"status": ground.status}, ground.status, (("allow", allow),))
    return refuse(ground.status, ground.code)


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
        strict: Whether it holds_for_message only where `fake_server.service.config.Config.strict` is set.
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


def holds_for_message(name: str, config: Config) -> bool:
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
