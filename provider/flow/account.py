"""The flows of the account: user, limits, and conversations to list, read and delete, over REST."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import Any, Final, TypeVar

from provider.effects import Effect, Result, Steps, StopRequestedError
from provider.errors import CopilotError, MissingAuthError, ResponseError, UsageError
from provider.flow.connect import rest_headers
from provider.flow.error_mapping import decode, from_transport
from provider.flow.reauthenticate import refresh_if_expiring, with_refresh
from provider.flow.retry import fetch
from provider.flow.state import ChatState, ServiceAccess, watched
from provider.transport.errors import TransportError
from provider.transport.types import Request, Response
from provider.wire import endpoints
from provider.wire.account import ConversationInfo, ConversationPage, HistoryMessage, HistoryPage, Limits
from provider.wire.account import conversation_path as path_of

_MAX_PAGES: Final = 1000
Page = TypeVar("Page", ConversationPage, HistoryPage)
_API: Final = {"api-version": "2"}


def answering(
    service: ServiceAccess, state: ChatState, steps: Callable[..., Steps[Result]], *more: str
) -> Generator[Effect | Result, Any, None]:
    """Run steps as a flow whose one item is their result; repeat them once if the service rejects the credentials.

    Raises:
        CopilotError: Any failure; a transport error is its cause.
    """
    return watched(service, state, _answering(service, state, steps, *more))


def _answering(
    service: ServiceAccess, state: ChatState, steps: Callable[..., Steps[Result]], *more: str
) -> Generator[Effect | Result, Any, None]:
    try:
        yield from refresh_if_expiring(service, state)
        result = yield from with_refresh(service, state, partial(steps, service, state, *more))
    except TransportError as error:
        ours = from_transport(error, state.step)
        ours.redact(state.redactor(service))
        raise ours from error
    except StopRequestedError:
        raise UsageError("The call was stopped before its end, by `stop()` or `close()`", step=state.step) from None
    except CopilotError as error:
        error.redact(state.redactor(service))
        if isinstance(error, MissingAuthError):
            error.source = state.current_credentials(service).source
        raise
    yield result


def user(service: ServiceAccess, state: ChatState) -> Steps[endpoints.User]:
    """Read the user as the service knows them."""
    url = f"{endpoints.USER}{service.generation.user_query}"
    response = yield from _request(service, state, "GET", url)
    return decode(endpoints.User, response, state.step)


def limits(service: ServiceAccess, state: ChatState) -> Steps[Limits]:
    """Read the limits that the service reports to its page."""
    response = yield from _request(service, state, "GET", endpoints.add_query(endpoints.CONFIG, _API))
    return decode(Limits, response, state.step)


def conversations(service: ServiceAccess, state: ChatState) -> Steps[list[ConversationInfo]]:
    """Read all conversations, in the service's order: the last used first."""
    pages = yield from _pages(service, state, endpoints.CONVERSATIONS, {"types": "chat"}, ConversationPage)
    return [each for page in pages for each in page.results]


def history(service: ServiceAccess, state: ChatState, conversation_id: str) -> Steps[list[HistoryMessage]]:
    """Read the messages of a conversation, oldest first."""
    pages = yield from _pages(service, state, endpoints.history_path(conversation_id), _API, HistoryPage)
    return [each for page in pages for each in page.messages()][::-1]


def _pages(
    service: ServiceAccess, state: ChatState, path: str, query: Mapping[str, str], kind: type[Page]
) -> Steps[list[Page]]:
    """Read all pages of a list.

    Raises:
        ResponseError: They do not end: a page points to one before it, or there are more than a real list has.
    """
    found: list[Page] = []
    pointers: set[str | None] = {None}
    pointer: str | None = None
    while len(found) < _MAX_PAGES:
        target = endpoints.add_query(path, {**query, "next": pointer})
        response = yield from _request(service, state, "GET", target)
        page = decode(kind, response, state.step)
        found.append(page)
        pointer = page.next
        if pointer is None:
            return found
        if pointer in pointers:
            break
        pointers.add(pointer)
    hint = "Please report it with a recording."
    raise ResponseError(
        f"The service's list does not end: after {len(found)} pages the last one still names a next page",
        step=state.step,
        hint=hint,
    )


def delete(service: ServiceAccess, state: ChatState, conversation_id: str) -> Steps[None]:
    """Delete a conversation. After the current one is deleted, the next turn begins a new one."""
    yield from _request(service, state, "DELETE", path_of(conversation_id))
    if state.conversation_id == conversation_id:
        state.conversation_id = None
        state.first_turn = True


def _request(service: ServiceAccess, state: ChatState, method: str, target: str) -> Steps[Response]:
    state.step = f"{method} {target.partition('?')[0]}"
    request = Request(method=method, url=service.base_url + target, headers=rest_headers(service, state))
    return (yield from fetch(service, state, request))
