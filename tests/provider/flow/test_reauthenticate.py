"""Credentials that are rejected or expire soon are refreshed, once in a turn, and never behind a sent message."""

import pytest

from provider.credentials import Credentials
from provider.effects import OpenSocket, RefreshCredentials
from provider.errors import (
    ConnectionClosedError,
    MissingAuthError,
)
from provider.flow.state import ChatState
from provider.items import (
    FinishReason,
)
from provider.transport.errors import SocketEndedError, UpgradeRefusedError
from provider.transport.types import Response
from provider.websocket import Ended
from tests.support.clients.copilot_dialogue import (
    BASE,
    BEFORE,
    DONE,
    HELLO,
    OPTIONS,
    ORIGIN,
    SILENT_END,
    WS,
    asks,
    ok,
    request,
    run,
    service,
    waits,
)
from tests.support.clients.written_dialogue import Raises

OLD = Credentials(token="old", source="a.har")
NEW = Credentials(token="new", source="a.har")
REFUSED = Response(status=401)


def signed(token, *more):
    return (*ORIGIN, ("authorization", f"Bearer {token}"), *more)


def user(token, answer):
    return (request("GET", f"{BASE}/c/api/user", signed(token)), answer)


def opened(token):
    headers = signed(token, ("content-type", "application/json"))
    return (request("POST", f"{BASE}/c/api/conversations", headers, b"{}"), ok({"id": "dRUXwuM545tff65JPZ3rn"}))


def socket(token, answer=()):
    return (OpenSocket(f"{WS}&accessToken={token}", (("origin", BASE),)), answer)


def known(**fields):
    return service(token="old", source="a.har", **fields)


def test_refused_step_is_taken_once_more_with_other_credentials():
    dialogue = [
        user("old", REFUSED),
        (RefreshCredentials(OLD), NEW),
        user("new", ok({})),
        opened("new"),
        socket("new"),
        OPTIONS,
    ]
    items = run([*dialogue, asks(), *HELLO, *DONE, *SILENT_END], where=known())
    assert items == ["Hel", FinishReason("stop")]


def test_refused_upgrade_is_tried_once_more_with_other_credentials():
    refused = socket("old", Raises(UpgradeRefusedError(401)))
    dialogue = [
        user("old", ok({})),
        opened("old"),
        refused,
        (RefreshCredentials(OLD), NEW),
        socket("new"),
        OPTIONS,
        asks(),
    ]
    assert run([*dialogue, *HELLO, *DONE, *SILENT_END], where=known())[-1] == FinishReason("stop")


def test_other_credentials_that_are_refused_too_are_the_end_and_their_source_is_named():
    with pytest.raises(MissingAuthError, match=r"Credentials source: a\.har") as caught:
        run([user("old", REFUSED), (RefreshCredentials(OLD), NEW), user("new", REFUSED)], where=known())
    assert caught.value.source == "a.har"


def test_credentials_are_renewed_once_in_a_turn():
    refused = socket("new", Raises(UpgradeRefusedError(401)))
    dialogue = [user("old", REFUSED), (RefreshCredentials(OLD), NEW), user("new", ok({})), opened("new"), refused]
    with pytest.raises(MissingAuthError):
        run(dialogue, where=known())


def test_renewed_credentials_are_those_of_the_next_turn():
    state = ChatState()
    before = [
        user("old", REFUSED),
        (RefreshCredentials(OLD), NEW),
        user("new", ok({})),
        opened("new"),
        socket("new"),
        OPTIONS,
        asks(),
    ]
    run([*before, *HELLO, *DONE, *SILENT_END], where=known(), state=state)
    state.socket_open = False
    again = [socket("new"), OPTIONS, asks(), *HELLO, *DONE, *SILENT_END]
    assert run(again, where=known(), state=state) == ["Hel", FinishReason("stop")]


def test_credentials_with_an_end_are_renewed_before_anything_is_sent():
    ending = Credentials(token="old", source="a.har", expires_at=5.0)
    dialogue = [
        (RefreshCredentials(ending, expiring_within=120.0), NEW),
        user("new", ok({})),
        opened("new"),
        socket("new"),
        OPTIONS,
        asks(),
    ]
    assert run([*dialogue, *HELLO, *DONE, *SILENT_END], where=known(expires_at=5.0))[0] == "Hel"


def test_message_that_was_sent_is_never_sent_again_for_other_credentials():
    gone = SocketEndedError(Ended("close", 1008, "token expired"))
    with pytest.raises(ConnectionClosedError):
        run([*BEFORE, (waits, Raises(gone))])
