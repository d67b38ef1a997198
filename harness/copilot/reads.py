"""The fields of Copilot's responses and events that our client reads, taken from the types that decode them."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, get_args

import msgspec

from harness.drift.reads import Reads, fields_of
from provider.wire import endpoints, events
from provider.wire.account import ConversationPage, HistoryPage, Limits

_ANSWERS: Final[dict[str, type[Any]]] = {
    f"POST {endpoints.START}": endpoints.Started,
    f"POST {endpoints.CONVERSATIONS}": endpoints.NewConversation,
    f"GET {endpoints.CONVERSATIONS}": ConversationPage,
    f"POST {endpoints.TEMPORARY_SESSION}": endpoints.TemporarySession,
    f"POST {endpoints.ATTACHMENTS}": endpoints.Attachment,
    f"GET {endpoints.USER}": endpoints.User,
    f"GET {endpoints.CONVERSATIONS}/{{id}}/history": HistoryPage,
    f"GET {endpoints.CONFIG}": Limits,
}
_REFUSALS: Final = frozenset({401, 403, 429, 440, 451, 460})
_CLOSED: Final = frozenset({"errorCode", "method", "mode", "type", "status", "author"})


@cache
def copilot_reads() -> Reads:
    """What `provider` reads (docs/protocol.md §3, §4.4): the client ignores additional fields, but needs these."""
    kinds = [kind for kind in get_args(events.KnownEvent) if isinstance(kind, type)]
    return Reads(
        events={_tag(kind): fields_of(kind) for kind in kinds},
        answers={place: fields_of(kind) for place, kind in _ANSWERS.items()},
        refusals=_REFUSALS,
        closed=_CLOSED,
    )


def _tag(kind: type[Any]) -> str:
    told = msgspec.inspect.type_info(kind)
    return str(told.tag) if isinstance(told, msgspec.inspect.StructType) else ""
