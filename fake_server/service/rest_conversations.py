"""Conversations over REST: opened, listed, read, shared, deleted (docs/protocol.md §3.1, §3.4)."""

from __future__ import annotations

from typing import Final

from fake_server.service.conversations import Conversation
from fake_server.service.grounds import turn_away
from fake_server.service.paging import PageError, page_of
from fake_server.service.refusals import reply
from fake_server.service.routing import Visit
from fake_server.stage import Response
from provider.wire.endpoints import query_values

_TYPE: Final = "chat"


def open_one(visit: Visit) -> Response:
    """``POST /c/api/conversations``: whatever the body is, also a form of length 0."""
    return reply({"id": visit.service.memory.new_conversation(visit.caller.key).id})


def list_all(visit: Visit) -> Response:
    """``GET /c/api/conversations``: the caller's, the last used first; ``types`` without ``chat`` leaves none."""
    types = query_values(visit.request.target).get("types")
    wanted = types is None or _TYPE in types.split(",")
    mine = visit.service.memory.conversations_of(visit.caller.key) if wanted else []
    return _page(visit, [each.summary() for each in mine])


def tell_history(visit: Visit) -> Response:
    """``GET /c/api/conversations/{id}/history``: newest first; authors as the generation writes them."""
    found = _find(visit)
    return _page(visit, found.history()) if found else turn_away("unknown")


def delete_one(visit: Visit) -> Response:
    """``DELETE /c/api/conversations/{id}``: it is forgotten."""
    found = _find(visit)
    if found is None:
        return turn_away("unknown")
    visit.service.memory.delete(found.id)
    return reply({})


def share_one(visit: Visit) -> Response:
    """``POST /c/api/conversations/{id}/shares``: how a page shares was never seen; this way is inferred."""
    found = _find(visit)
    return reply({"id": visit.service.memory.share(found)}) if found else turn_away("unknown")


def show_share(visit: Visit) -> Response:
    """``GET /c/api/conversations/shares/{id}``: what was shared, for anybody."""
    found = visit.service.memory.shared(visit.detail)
    return reply(found.share()) if found else turn_away("unknown")


def show_share_to_members(visit: Visit) -> Response:
    """``GET /c/api/shares/{id}``: the other path that is told of; anonymous callers are refused there (inferred)."""
    return show_share(visit) if visit.caller.signed_in else turn_away("sign-in")


def tell_nothing(_: Visit) -> Response:
    """Endpoints that only the page's code names: no source shows what they answer, so they are unknown here."""
    return turn_away("unknown")


def _find(visit: Visit) -> Conversation | None:
    """A conversation that the caller may see: their own, or one that an anonymous caller opened."""
    found = visit.service.memory.conversation(visit.detail)
    if found and (found.owner == visit.caller.key or not found.owner.startswith("account-")):
        return found
    return None


def _page(visit: Visit, items: list[dict[str, object]]) -> Response:
    try:
        return reply(page_of(items, visit.request.target, visit.service.config.page_size))
    except PageError as error:
        return turn_away("page", message=str(error))
