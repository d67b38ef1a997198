"""Events, statuses and broken connections as typed errors, with the text so far."""

import pytest

from provider.effects import RECEIVE, RefreshCredentials
from provider.errors import (
    ChallengeRequiredError,
    CloudflareError,
    ConnectionClosedError,
    MalformedEventError,
    MissingAuthError,
    RateLimitError,
    RegionError,
    ResponseError,
    ResponseStatusError,
)
from provider.errors import TimeoutError as CopilotTimeoutError
from provider.transport.errors import DeadlineError, SocketEndedError, UpgradeRefusedError
from provider.transport.types import Response
from provider.websocket import Ended
from tests.support.clients.copilot_dialogue import (
    BEFORE,
    DONE,
    HELLO,
    OPEN,
    SOCKET,
    STARTED,
    USER,
    run,
    says,
    waits,
)
from tests.support.clients.written_dialogue import Raises

FAILING_EVENTS = [
    ('{"event":"error","errorCode":"text-too-long","id":"1"}', ResponseError, "code", "text-too-long"),
    ('{"event":"error","errorCode":"too-many-messages"}', RateLimitError, "code", "too-many-messages"),
    (
        '{"event":"chatMessageError","errorCode":"throttled","errorDetail":{"nextAvailableAt":"2026-01-01T00:00:00Z"}}',
        RateLimitError,
        "retry_at",
        "2026-01-01T00:00:00Z",
    ),
    ('{"event":"challenge","method":null,"parameter":null,"id":"1"}', ChallengeRequiredError, "method", None),
    ('{"event":"challenge","method":"hashcash","parameter":"9f:4"}', ChallengeRequiredError, "method", "hashcash"),
    ('{"event":"appendText","text":5}', MalformedEventError, "path", "$.text"),
]


@pytest.mark.parametrize(("text", "kind", "attribute", "value"), FAILING_EVENTS)
def test_event_that_fails_the_turn_is_a_typed_error_with_the_text_so_far(text, kind, attribute, value):
    with pytest.raises(kind) as caught:
        run([*BEFORE, *HELLO, *says(text)])
    assert getattr(caught.value, attribute) == value
    assert caught.value.partial == "Hel"


def test_error_events_are_runtime_errors_too():
    with pytest.raises(RuntimeError):
        run([*BEFORE, *says('{"event":"error","errorCode":"invalid-event"}')])


def test_empty_turn_is_an_invalid_answer():
    with pytest.raises(ResponseError, match="without an answer"):
        run([*BEFORE, *STARTED, *DONE])


@pytest.mark.parametrize(
    ("ended", "how", "code"),
    [(Ended("close", 1011, "oops"), "close", 1011), (Ended("eof"), "eof", None), (Ended("reset"), "reset", None)],
)
def test_cut_turn_raises_with_what_was_received(ended, how, code):
    with pytest.raises(ConnectionClosedError) as caught:
        run([*BEFORE, *HELLO, (RECEIVE, Raises(SocketEndedError(ended)))])
    error = caught.value
    assert (error.how, error.close_code, error.partial) == (how, code, "Hel")
    assert isinstance(error.__cause__, SocketEndedError)


def test_passed_deadline_is_the_builtin_timeout_too():
    with pytest.raises(TimeoutError) as caught:
        run([*BEFORE, (waits, Raises(DeadlineError("silent")))])
    assert isinstance(caught.value, CopilotTimeoutError)
    assert caught.value.step == "receive"


NOBODY_ELSE = (lambda effect: isinstance(effect, RefreshCredentials), None)

PAGE = (("content-type", "text/html; charset=utf-8"),)
STATUSES = [
    (Response(status=401), MissingAuthError),
    (Response(status=403, headers=PAGE, body=b"<!DOCTYPE html><title>Just a moment...</title>"), CloudflareError),
    (Response(status=403, headers=(("cf-mitigated", "challenge"),)), CloudflareError),
    (Response(status=403, body=b'{"error":"no"}'), ResponseStatusError),
    (Response(status=200, headers=PAGE, body=b"<html>/cdn-cgi/challenge-platform/</html>"), CloudflareError),
    (Response(status=200, headers=PAGE, body=b"<html>hello</html>"), ResponseError),
    (Response(status=200, body=b"gibberish"), ResponseError),
    (Response(status=429), RateLimitError),
    (Response(status=302, headers=(("location", "/"),)), RegionError),
    (Response(status=440), RegionError),
    (Response(status=451), RegionError),
    (Response(status=502), ResponseStatusError),
    (Response(status=500), ResponseStatusError),
]


@pytest.mark.parametrize(("response", "kind"), STATUSES, ids=lambda value: str(value)[:40])
def test_status_on_rest_is_a_typed_error_that_names_the_step(response, kind):
    nobody = [NOBODY_ELSE] if kind is MissingAuthError else []
    with pytest.raises(kind) as caught:
        run([(USER[0], response), *nobody])
    assert type(caught.value) is kind
    assert caught.value.step == "GET /c/api/user"


def test_retry_after_is_read():
    with pytest.raises(RateLimitError) as caught:
        run([(USER[0], Response(status=429, headers=(("retry-after", "7"),)))])
    assert caught.value.retry_after == 7.0


@pytest.mark.parametrize(
    ("status", "kind"), [(401, MissingAuthError), (429, RateLimitError), (460, RegionError), (503, ResponseStatusError)]
)
def test_refused_upgrade_is_the_same_error_as_on_rest(status, kind):
    nobody = [NOBODY_ELSE] if status == 401 else []
    with pytest.raises(kind) as caught:
        run([USER, OPEN, (SOCKET[0], Raises(UpgradeRefusedError(status))), *nobody])
    assert caught.value.step == "GET /c/api/chat (upgrade)"
