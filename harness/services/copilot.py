"""The Copilot profile (docs/protocol.md §2, §4)."""

from __future__ import annotations

from typing import Final

from harness.profile import ServiceProfile
from provider.wire.endpoints import DEFAULT_BASE_URL
from provider.wire.errors import MalformedEventError
from provider.wire.names import event_name


def _event_name(raw: bytes) -> str | None:
    try:
        return event_name(raw)
    except MalformedEventError:
        return None


COPILOT: Final = ServiceProfile(
    name="copilot",
    upstream=DEFAULT_BASE_URL,
    secret_headers={
        "authorization": "token",
        "proxy-authorization": "token",
        "x-copilot-temporarysessionkey": "token",
        "x-msrt-token": "token",
    },
    secret_query={"accesstoken": "token", "temporarysessionkey": "token", "sig": "token", "token": "token"},
    secret_fields={
        "accesstoken": "token",
        "refreshtoken": "token",
        "idtoken": "token",
        "secret": "token",
        "sessionkey": "token",
        "password": "token",
        "apikey": "token",
    },
    volatile_query={"clientsessionid": "uuid", "cursor": "id"},
    volatile_fields={"conversationid": "id", "clientsessionid": "uuid"},
    event_name=_event_name,
    end_of_turn=frozenset({"done", "error", "chatMessageError"}),
    milestones=frozenset({"connected", "challenge", "received", "startMessage", "titleUpdate", "suggestedFollowups"}),
    numbering="id",
    origins=(DEFAULT_BASE_URL,),
)
