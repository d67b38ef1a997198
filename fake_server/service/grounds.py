"""Why a request is turned away by the service itself: each reason once, with its answer and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from fake_server.service.causes import because
from fake_server.service.config import Config
from fake_server.service.eras import FIRST, within
from fake_server.service.refusals import refuse, reply
from fake_server.stage import Response


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
