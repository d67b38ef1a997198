"""What a caller can look at and delete besides chatting: the steps on REST, for both drivers."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any, Final, TypeVar

from provider.effects import Call, Effect
from provider.errors import MissingAuthError
from provider.flow.connect import rest_headers
from provider.flow.error_mapping import check, from_transport
from provider.flow.reauthenticate import renew_if_due, renewing
from provider.flow.state import ChatState, Service
from provider.transport.errors import TransportError
from provider.transport.types import Response
from provider.wire import endpoints
from provider.wire.account import ConversationInfo, ConversationPage, HistoryMessage, HistoryPage, Limits
from provider.wire.account import conversation_path as path_of

Result = TypeVar("Result")
Steps = Generator[Effect, Any, Result]

_MOST_PAGES: Final = 1000
_API: Final = {"api-version": "2"}


def answering(
    service: Service, state: ChatState, steps: Callable[..., Steps[Result]], *more: str
) -> Generator[Effect | Result, Any, None]:
    """A flow whose one item is the steps' result. They are taken once more with other credentials, if they are refused.

    Raises:
        CopilotError: Whatever went wrong; transport errors are its cause.
    """
    try:
        yield from renew_if_due(service, state)
        result = yield from renewing(service, state, partial(steps, service, state, *more))
    except TransportError as error:
        raise from_transport(error, state.step) from error
    except MissingAuthError as error:
        error.source = state.caller(service).source
        raise
    yield result


def user(service: Service, state: ChatState) -> Steps[endpoints.User]:
    """Who the service takes the caller for."""
    url = f"{endpoints.USER}{service.generation.user_query}"
    body = yield from _ask(service, state, "GET", url)
    return endpoints.decode_answer(endpoints.User, body, state.step)


def limits(service: Service, state: ChatState) -> Steps[Limits]:
    """What the service tells its page about limits."""
    body = yield from _ask(service, state, "GET", endpoints.add_query(endpoints.CONFIG, _API))
    return endpoints.decode_answer(Limits, body, state.step)


def conversations(service: Service, state: ChatState) -> Steps[list[ConversationInfo]]:
    """All conversations, in the service's order, the last one first."""
    found: list[ConversationInfo] = []
    pointer: str | None = None
    for _ in range(_MOST_PAGES):
        target = endpoints.add_query(endpoints.CONVERSATIONS, {"types": "chat", "next": pointer})
        body = yield from _ask(service, state, "GET", target)
        page = endpoints.decode_answer(ConversationPage, body, state.step)
        found += page.results
        pointer = page.next
        if pointer is None:
            break
    return found


def history(service: Service, state: ChatState, conversation_id: str) -> Steps[list[HistoryMessage]]:
    """What was said, oldest first."""
    found: list[HistoryMessage] = []
    pointer: str | None = None
    for _ in range(_MOST_PAGES):
        target = endpoints.add_query(endpoints.history_path(conversation_id), {**_API, "next": pointer})
        body = yield from _ask(service, state, "GET", target)
        page = endpoints.decode_answer(HistoryPage, body, state.step)
        found += page.messages()
        pointer = page.next
        if pointer is None:
            break
    return found[::-1]


def delete(service: Service, state: ChatState, conversation_id: str) -> Steps[None]:
    """Delete a conversation; if it is the running one, the next question begins a new one."""
    yield from _ask(service, state, "DELETE", path_of(conversation_id))
    if state.conversation_id == conversation_id:
        state.conversation_id = None
        state.first_turn = True


def _ask(service: Service, state: ChatState, method: str, target: str) -> Steps[bytes]:
    state.step = f"{method} {target.partition('?')[0]}"
    response: Response = yield Call(method, service.base_url + target, rest_headers(service, state))
    return check(response, state.step).body
