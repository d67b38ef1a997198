"""Refreshes credentials that expire soon, or that the service rejects (401), and repeats the step that was rejected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from provider.credentials import Credentials
from provider.effects import RefreshCredentials, Result, Steps
from provider.errors import MissingAuthError
from provider.flow.state import REFRESH_BEFORE, ChatState, ServiceAccess
from provider.transport.errors import UpgradeRefusedError

_UNAUTHORIZED: Final = 401


def refresh_if_expiring(service: ServiceAccess, state: ChatState) -> Steps[None]:
    """Refresh credentials that expire soon, before anything is sent with them. Without new ones the flow goes on."""
    state.refreshed = False
    current = state.current_credentials(service)
    if current.expires_at is not None:
        refreshed: Credentials | None = yield RefreshCredentials(current, expiring_within=REFRESH_BEFORE)
        state.caller.refreshed = refreshed or state.caller.refreshed


def with_refresh(service: ServiceAccess, state: ChatState, step: Callable[[], Steps[Result]]) -> Steps[Result]:
    """Run a step; if the service rejects the credentials, refresh them and run it once more, once in a turn.

    Only for steps before the user's message: a message that may have arrived is never sent again.

    Raises:
        CopilotError: What the step raised, if there are no other credentials, or the service rejects those, too.
    """
    rejected = None
    used = state.current_credentials(service)
    try:
        return (yield from step())
    except (MissingAuthError, UpgradeRefusedError) as error:
        if state.refreshed or error.status != _UNAUTHORIZED:
            raise
        rejected = error
    state.refreshed = True
    # Another conversation of the client may have refreshed them meanwhile: its new ones are not the rejected ones.
    if state.current_credentials(service) is used:
        refreshed: Credentials | None = yield RefreshCredentials(used)
        if refreshed is None:
            raise rejected
        state.caller.refreshed = refreshed
    return (yield from step())
