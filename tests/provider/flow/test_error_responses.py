"""An error holds the response that caused it, and the id by which the service may know it."""

import pickle

import pytest

from provider.effects import OpenSocket, Receive
from provider.errors import (
    ConnectionClosedError,
    CopilotError,
    MissingAuthError,
    RateLimitError,
    ResponseError,
    ResponseStatusError,
)
from provider.flow import account
from provider.flow.state import ChatState
from provider.transport.errors import SocketEndedError, UpgradeRefusedError
from provider.transport.types import Request, Response
from provider.websocket import Ended
from tests.support.clients.copilot_dialogue import OPEN, USER, ok, run, service, waits
from tests.support.clients.written_dialogue import Raises, play

TOKEN = "token-of-the-flow-1"
HEADERS = (("content-type", "application/json"), ("x-request-id", "r-1"), ("set-cookie", "_U=s3cret; Path=/"))


def any_request(wanted):
    return isinstance(wanted, Request)


def any_socket(wanted):
    return isinstance(wanted, OpenSocket)


def answer(status, body=b'{"echo":"token-of-the-flow-1"}'):
    return any_request, Response(status=status, headers=HEADERS, body=body)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (503, b'{"echo":"token-of-the-flow-1"}', ResponseStatusError),
        (429, b'{"echo":"token-of-the-flow-1"}', RateLimitError),
        (200, b"token-of-the-flow-1", ResponseError),
        (200, b"<!doctype html>token-of-the-flow-1", ResponseError),
        (200, b'["token-of-the-flow-1"]', ResponseError),
    ],
)
def test_error_of_a_request_holds_the_redacted_response(status, body, kind):
    with pytest.raises(kind) as caught:
        run([answer(status, body)], where=service(token=TOKEN))
    response = caught.value.response
    assert response.status == status
    assert response.body == body.replace(TOKEN.encode(), b"***")
    assert dict(response.headers)["set-cookie"] == "_U=***; Path=/"
    assert response.raw_body() == body
    assert caught.value.request_id == "r-1"
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.response, again.request_id) == (response, "r-1")
    assert TOKEN.encode() not in pickle.dumps(caught.value)


@pytest.mark.parametrize("steps", [account.user, account.limits, account.conversations])
def test_error_of_an_account_call_holds_the_response(steps):
    with pytest.raises(ResponseStatusError) as caught:
        play(account.answering(service(token=TOKEN), ChatState(), steps), [answer(503)])
    assert caught.value.response.body == b'{"echo":"***"}'
    assert caught.value.request_id == "r-1"


def test_error_of_a_refused_upgrade_holds_status_and_headers():
    refused = UpgradeRefusedError(451, (("cf-ray", "c-1"),))
    with pytest.raises(CopilotError) as caught:
        run([USER, OPEN, (any_socket, Raises(refused))])
    response = caught.value.response
    assert (response.status, response.headers, response.body) == (451, (("cf-ray", "c-1"),), b"")
    assert caught.value.request_id == "c-1"


def test_error_without_a_response_has_none():
    with pytest.raises(ConnectionClosedError) as caught:
        run([(any_request, Raises(SocketEndedError(Ended("eof"))))])
    assert (caught.value.response, caught.value.request_id) == (None, None)


@pytest.mark.parametrize(
    ("generation", "upgraded", "connected", "expected"),
    [
        ("2025-03", (("x-request-id", "u-1"),), None, "u-1"),
        ("2025-03", (), None, None),
        ("2026", (("cf-ray", "u-1"),), b'{"event":"connected","requestId":"5e7","id":"0"}', "5e7"),
        ("2026", (("cf-ray", "u-1"),), b'{"event":"connected","id":"0"}', "u-1"),
    ],
)
def test_error_on_the_socket_has_the_sockets_id(generation, upgraded, connected, expected):
    opening = ok({"id": "c", "currentConversationId": "c", "firstName": "A"})
    before = [(any_request, opening), (any_request, opening), (any_socket, upgraded)]
    if connected is not None:
        before.append((lambda wanted: isinstance(wanted, Receive), connected))
    sends = [(lambda wanted: type(wanted).__name__ == "SendText", None)] * (2 if connected is None else 3)
    with pytest.raises(ConnectionClosedError) as caught:
        run([*before, *sends, (waits, Raises(SocketEndedError(Ended("eof"))))], where=service(generation, token=TOKEN))
    assert caught.value.request_id == expected
    assert caught.value.response is None


def test_rejected_credentials_come_with_the_response():
    with pytest.raises(MissingAuthError) as caught:
        run([answer(401), (lambda _: True, None)], where=service(token=TOKEN))
    assert caught.value.response.status == 401
