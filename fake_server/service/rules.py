"""The rules by which the service refuses requests and messages, each with its source in docs/protocol.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from fake_server.service.dialect import FIRST, applies_to, generations_between

SOURCE_HEADER: Final = "x-wiretape-because"
"""The response header in which a refusal names its rule; the real service has no such header."""
_INVALID: Final = "invalid-event"
_EMPTY: Final = "empty-text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One behaviour of the service, and its source.

    Attributes:
        about: The behaviour in a few words.
        paragraph: Of docs/protocol.md, e.g. ``§4.7``; empty for the fake's own behaviour.
        confidence: The document's marks, e.g. ``[3]``, ``[inf]``; empty for the fake's own behaviour.
        strict: Whether only a strict service applies it (`fake_server.service.config.Config.strict`).
        since: The first generation that has it.
        until: The last generation that has it; None for one that still has it.
    """

    about: str
    paragraph: str = ""
    confidence: str = ""
    strict: bool = False
    since: str = FIRST
    until: str | None = None

    @property
    def generations(self) -> tuple[str, ...]:
        """The generations to which the rule applies, oldest first."""
        return generations_between(self.since, self.until)

    def is_in(self, generation: str) -> bool:
        """Whether this rule applies in a generation of the protocol."""
        return applies_to(generation, self.since, self.until)

    def because(self, detail: str = "") -> str:
        """The rule's source and behaviour in one line of ASCII: ``docs/protocol.md 2.1 [2]: no temporary session``.

        Args:
            detail: Added in parentheses.
        """
        source = f"docs/protocol.md {self.paragraph.lstrip('§')} {self.confidence}" if self.paragraph else _OWN
        details = "".join(f" ({each})" for each in ("strict" if self.strict else "", detail) if each)
        return f"{source}: {self.about}{details}"


_OWN: Final = "the fake's own"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRule(Rule):
    """A rule that refuses requests.

    Attributes:
        status: Status of the response.
        code: The ``code`` in the response's body, or None.
    """

    status: int
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRule(Rule):
    """A rule that refuses messages on the chat socket (docs/protocol.md §4.6).

    Attributes:
        code: The event's ``errorCode``.
        retryable: Whether the event is ``chatMessageError``: the client may send the message again later.
    """

    code: str
    retryable: bool = False


REQUEST_RULES: Final[Mapping[str, RequestRule]] = MappingProxyType(
    {
        "token": RequestRule(about="a token that is not accepted here", status=401, paragraph="§3.8", confidence="[3]"),
        "expired": RequestRule(about="a token whose `exp` has passed", status=401, paragraph="§3.8", confidence="[3]"),
        "ended": RequestRule(
            about="a token that was made to expire: `/expire`, `POST /.wiretape/expire`",
            status=401,
            paragraph="§3.8",
            confidence="[3]",
        ),
        "audience": RequestRule(
            about="a token for another audience", status=401, paragraph="§2.3", confidence="[1]", strict=True
        ),
        "identity-type": RequestRule(
            about="a token of Google's without `X-UserIdentityType: google`, or another's with it",
            status=401,
            paragraph="§2.4",
            confidence="[1]",
            strict=True,
            since="2025-10",
        ),
        "cookie": RequestRule(
            about="an anonymous cookie that was not given out here, or has expired",
            status=401,
            paragraph="§2.1",
            confidence="[1]",
            strict=True,
            since="2026",
        ),
        "session-key": RequestRule(
            about="no temporary session, or one whose six hours have passed",
            status=460,
            paragraph="§2.1",
            confidence="[2]",
            strict=True,
            since="2026",
        ),
        "sign-in": RequestRule(
            about="a share that is shown to signed-in callers only", status=401, paragraph="§3.1", confidence="[inf]"
        ),
        "no-bearer": RequestRule(
            about="an upload without a Bearer token",
            status=403,
            paragraph="§3.3",
            confidence="[1]",
            strict=True,
            since="2026",
        ),
        "content-type": RequestRule(
            about="an upload of a type that is not on the list, or of none",
            status=400,
            code="unsupported-content-type",
            paragraph="§3.3",
            confidence="[1]",
        ),
        "too-large": RequestRule(
            about="an upload that is too large", status=413, code="too-large", paragraph="§3.3", confidence="[inf]"
        ),
        "document": RequestRule(
            about="a multipart body without a whole part named `file`",
            status=400,
            code="invalid-request",
            paragraph="§3.3",
            confidence="[inf]",
        ),
        "page": RequestRule(
            about="a page of a list that the service never pointed to",
            status=400,
            code="invalid-request",
            paragraph="§3.4",
            confidence="[inf]",
        ),
        "unknown": RequestRule(
            about="an endpoint, a conversation or a file that there is not",
            status=404,
            paragraph="§3.1",
            confidence="[inf]",
        ),
        "method": RequestRule(
            about="another method than the endpoint has", status=405, paragraph="§3.1", confidence="[inf]"
        ),
    }
)
"""The rules for requests. Their ``about`` goes out in `SOURCE_HEADER`."""

MESSAGE_RULES: Final[Mapping[str, MessageRule]] = MappingProxyType(
    {
        "malformed": MessageRule(
            about="no JSON, no `event`, or another shape than known", code=_INVALID, paragraph="§4.6", confidence="[2]"
        ),
        "unknown-event": MessageRule(
            about="an event that nobody knows", code=_INVALID, paragraph="§4.6", confidence="[2]"
        ),
        "out-of-turn": MessageRule(
            about="a message while another one is being answered", code=_INVALID, paragraph="§4.6", confidence="[2]"
        ),
        "too-early": MessageRule(
            about="a message before `connected`",
            code=_INVALID,
            paragraph="§4.2",
            confidence="[1], conflict",
            strict=True,
        ),
        "no-session-id": MessageRule(
            about="no `clientSessionId` in the socket's URL",
            code=_INVALID,
            paragraph="§4.1",
            confidence="[1]",
            strict=True,
        ),
        "no-challenge": MessageRule(
            about="an answer to a challenge that was not asked", code=_INVALID, paragraph="§4.6", confidence="[inf]"
        ),
        "failed-challenge": MessageRule(
            about="an answer that does not pass the challenge", code=_INVALID, paragraph="§4.7", confidence="[3], [inf]"
        ),
        "empty-text": MessageRule(about="a text part of no character", code=_EMPTY, paragraph="§4.6", confidence="[1]"),
        "no-content": MessageRule(about="a message of no part", code=_EMPTY, paragraph="§4.6", confidence="[inf]"),
        "too-long": MessageRule(
            about="a text part beyond the limit", code="text-too-long", paragraph="§4.6", confidence="[3]"
        ),
        "too-many-parts": MessageRule(about="more than 100 parts", code=_INVALID),
        "conversation-id": MessageRule(about="a conversation's id of none, or over 100 characters", code=_INVALID),
        "unknown-conversation": MessageRule(
            about="a conversation that was not opened here",
            code=_INVALID,
            paragraph="§4.6",
            confidence="[inf]",
            strict=True,
        ),
        "quota": MessageRule(
            about="more messages than allowed", code="too-many-messages", paragraph="§4.6", confidence="[2]"
        ),
        "parallel": MessageRule(
            about="a second turn of one account at the same time",
            code="throttled",
            paragraph="§4.8",
            confidence="[1]",
            strict=True,
            retryable=True,
        ),
    }
)
"""The rules for messages on the chat socket, by name."""
