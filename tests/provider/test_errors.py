"""Errors survive pickling and copying with all their facts, and say what to do."""

import copy
import pickle

import pytest

import provider
from provider import errors
from provider.credentials import Credentials

EXAMPLES = [
    errors.CopilotError("w", step="s", hint="h."),
    errors.UsageError("w"),
    errors.MissingRequirementsError("w"),
    errors.NoValidHarFileError("w"),
    errors.MissingAuthError("w", step="s", status=401),
    errors.ChallengeRequiredError("w", method="hashcash"),
    errors.RateLimitError("w", status=429, retry_after=7.0, retry_at="t", code="throttled"),
    errors.ResponseStatusError("w", status=503),
    errors.CloudflareError("w", status=403),
    errors.RegionError("w", status=451),
    errors.ResponseError("w", code="empty-text"),
    errors.MalformedEventError("w", event="done", path="$.id"),
    errors.ConnectionClosedError("w", how="close", close_code=1011, reason="bye"),
    errors.TimeoutError("w", step="receive"),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_error_survives(error, again):
    error.partial = "so far"
    other = again(error)
    assert type(other) is type(error)
    assert str(other) == str(error)
    assert vars(other) == vars(error)


def test_every_error_is_a_copilot_error_and_can_be_made_without_facts():
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert issubclass(kind, errors.CopilotError)
        assert str(kind())


def test_builtin_kinds_are_part_of_the_contract():
    assert issubclass(errors.TimeoutError, TimeoutError)
    assert issubclass(errors.ResponseError, RuntimeError)
    assert issubclass(errors.MalformedEventError, RuntimeError)


def test_error_says_what_where_and_what_to_do():
    error = errors.MissingAuthError("Status 401", step="GET /c/api/user", hint="Sign in again.")
    assert str(error) == "Status 401 (at GET /c/api/user). Sign in again."


def test_credentials_never_show_themselves():
    credentials = Credentials(token="tok-secret-123", cookies={"_U": "cookie-secret-9"})
    assert "secret" not in repr(credentials) + str(credentials)
    assert credentials.redact("saw tok-secret-123 and cookie-secret-9") == "saw *** and ***"


def test_timeout_error_has_a_name_that_hides_no_builtin():
    assert provider.CopilotTimeoutError is provider.TimeoutError
    assert issubclass(provider.CopilotTimeoutError, TimeoutError)
    assert pickle.loads(pickle.dumps(provider.CopilotTimeoutError("late"))).what == "late"
