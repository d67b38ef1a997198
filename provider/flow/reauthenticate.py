"""Steps that are taken once more with other credentials, where the service refuses those at hand (401)."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from provider.credentials import Credentials
from provider.effects import Effect, Renew
from provider.errors import MissingAuthError
from provider.flow.state import RENEW_BEFORE, ChatState, Service
from provider.transport.errors import UpgradeRefusedError

Result = TypeVar("Result")
Step = Generator[Effect, Any, Result]

_UNAUTHORISED = 401


def renew_if_due(service: Service, state: ChatState) -> Step[None]:
    """Replace credentials that end soon, before anything is sent with them; where there are no others, go on."""
    state.renewed = False
    caller = state.caller(service)
    if caller.expires_at is not None:
        _take_over(state, (yield Renew(caller, before=RENEW_BEFORE)))


def renewing(service: Service, state: ChatState, step: Callable[[], Step[Result]]) -> Step[Result]:
    """A step; taken once more with other credentials if it is refused, once in a turn.

    Only for steps before the user's message is sent: a message that may have arrived is never sent again.

    Raises:
        CopilotError: What the step raised, if there are no other credentials, or those are refused, too.
    """
    refused = None
    try:
        return (yield from step())
    except (MissingAuthError, UpgradeRefusedError) as error:
        if state.renewed or error.status != _UNAUTHORISED:
            raise
        refused = error
    state.renewed = True
    renewed: Credentials | None = yield Renew(state.caller(service))
    if renewed is None:
        raise refused
    _take_over(state, renewed)
    return (yield from step())


def _take_over(state: ChatState, renewed: Credentials | None) -> None:
    if renewed is not None:
        state.credentials = renewed
