"""The Copilot profile (docs/protocol.md §2, §4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from harness.profile import Question, ServiceProfile
from harness.services.common import SECRET_FIELDS, SECRET_HEADERS, SECRET_QUERY
from provider.wire.codec import event_name
from provider.wire.endpoints import DEFAULT_BASE_URL
from provider.wire.errors import MalformedEventError


def _event_name(raw: bytes) -> str | None:
    try:
        return event_name(raw)
    except MalformedEventError:
        return None


def _question(raw: bytes) -> Question | None:
    """The question in a client's ``send`` (docs/protocol.md §4.3); lenient, for recordings may be edited by hand."""
    try:
        value: object = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    sent = cast("Mapping[str, Any]", value)
    if sent.get("event") != "send":
        return None
    texts = [part.get("text") for part in _objects(sent.get("content")) if part.get("type") == "text"]
    return Question(
        prompt="\n".join(text for text in texts if isinstance(text, str)),
        mode=_word(sent, "mode"),
        conversation=_word(sent, "conversationId"),
    )


def _word(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    return value if isinstance(value, str) else ""


def _objects(value: object) -> Iterable[Mapping[str, Any]]:
    parts = cast("Sequence[object]", value) if isinstance(value, list) else ()
    return [cast("Mapping[str, Any]", each) for each in parts if isinstance(each, dict)]


COPILOT: Final = ServiceProfile(
    name="copilot",
    upstream=DEFAULT_BASE_URL,
    impersonate="chrome",
    env={"COPILOT_BASE_URL": "{url}"},
    token_variable="COPILOT_TOKEN",  # noqa: S106  # a name
    secret_headers={**SECRET_HEADERS, "x-copilot-temporarysessionkey": "token", "x-msrt-token": "token"},
    secret_query={**SECRET_QUERY, "temporarysessionkey": "token", "xtoken": "token"},
    secret_fields=SECRET_FIELDS,
    account_fields={"/c/api/user": {"id": "id", "name": "text", "nickname": "text", "phonelink": "text"}},
    deltas={"appendText": "text"},
    volatile_query={"clientsessionid": "uuid", "cursor": "id"},
    volatile_fields={"conversationid": "id", "clientsessionid": "uuid"},
    event_name=_event_name,
    question=_question,
    failures={"error": "errorCode", "chatMessageError": "errorCode"},
    end_of_turn=frozenset({"done", "error", "chatMessageError"}),
    milestones=frozenset({"connected", "challenge", "received", "startMessage", "titleUpdate", "suggestedFollowups"}),
    numbering="id",
    # MSAL's `expiresOn`, and the `expires_on` of Microsoft's token endpoints (docs/protocol.md §2.3).
    moving_fields=frozenset({"expireson"}),
    origins=(DEFAULT_BASE_URL,),
)
