"""Every error that a service or a network can cause, out of a real socket, in both drivers."""

import pytest

from fake_server import Drop, Stall, serve
from fake_server.script import Config, Script
from provider import (
    ChallengeRequiredError,
    CloudflareError,
    ConnectionClosedError,
    CopilotError,
    MalformedEventError,
    MissingAuthError,
    RateLimitError,
    RegionError,
    RequestLogin,
    ResponseError,
    ResponseStatusError,
)
from provider import TimeoutError as CopilotTimeoutError
from tests.support.clients.observed_turns import TOKEN
from tests.support.servers.stages import answering


@pytest.mark.parametrize(
    ("place", "how", "kind", "status"),
    [
        ("user", 401, MissingAuthError, 401),
        ("upgrade", 401, MissingAuthError, 401),
        ("user", 429, RateLimitError, 429),
        ("upgrade", 429, RateLimitError, 429),
        ("user", "cloudflare", CloudflareError, 403),
        ("start", "html", CopilotError, None),
        ("start", 440, RegionError, 440),
        ("start", 451, RegionError, 451),
        ("upgrade", 460, RegionError, 460),
        ("user", "redirect", RegionError, 302),
        ("start", 502, ResponseStatusError, 502),
        ("upgrade", 503, ResponseStatusError, 503),
    ],
)
def test_status_is_a_typed_error(ask, place, how, kind, status):
    with serve(Script(Config(faults={place: how}))) as service:
        items, error = ask(service.url)
    assert isinstance(error, kind)
    if status is not None:
        assert error.status == status
    assert isinstance(items[-1], RequestLogin) if kind is MissingAuthError else "Conversation" not in str(items[1:])


def test_retry_after_of_a_refused_upgrade_is_read(ask):
    with serve(Script(Config(faults={"upgrade": 429}))) as service:
        _, error = ask(service.url)
    assert error.retry_after > 0


@pytest.mark.parametrize(
    ("prompt", "kind", "facts"),
    [
        ("/error text-too-long", ResponseError, {"code": "text-too-long"}),
        ("/error too-many-messages", RateLimitError, {"code": "too-many-messages"}),
        ("/throttle 30", RateLimitError, {"code": "throttled"}),
        ("/challenge null", ChallengeRequiredError, {"method": None}),
        ("/challenge hashcash", ChallengeRequiredError, {"method": "hashcash"}),
        ("/malformed", MalformedEventError, {}),
        ("/notjson", MalformedEventError, {"path": "$"}),
        ("/empty", ResponseError, {}),
        ("/cut 3", ConnectionClosedError, {"how": "eof"}),
        ("/reset 3", ConnectionClosedError, {"how": "reset"}),
        ("/close 1011", ConnectionClosedError, {"how": "close", "close_code": 1011}),
    ],
)
def test_turn_that_goes_wrong_is_a_typed_error(ask, prompt, kind, facts):
    with serve(Script()) as service:
        _, error = ask(service.url, prompt)
    assert isinstance(error, kind)
    assert {name: getattr(error, name) for name in facts} == facts


def test_partial_text_is_in_the_error(ask):
    with serve(Script()) as service:
        items, error = ask(service.url, "/cut 3")
    assert error.partial == "".join(item for item in items if isinstance(item, str))
    assert error.partial


def test_silence_ends_at_the_deadline_of_the_whole_call(ask):
    with serve(Script()) as service:
        _, error = ask(service.url, "/silent", timeout=0.6)
    assert isinstance(error, CopilotTimeoutError)
    assert isinstance(error, TimeoutError)
    assert error.step == "receive"


def test_service_that_never_answers_rest_ends_at_the_deadline(ask):
    with serve(answering(Stall())) as service:
        _, error = ask(service.url, timeout=0.6)
    assert isinstance(error, CopilotTimeoutError)


def test_connection_dropped_on_rest(ask):
    with serve(answering(Drop(how="reset"))) as service:
        _, error = ask(service.url)
    assert isinstance(error, ConnectionClosedError)


def test_nothing_listens_there(ask):
    with serve(Script()) as service:
        url = service.url
    _, error = ask(url)
    assert isinstance(error, ConnectionClosedError)
    assert error.how == "connect"


def test_certificate_that_nobody_trusts(ask):
    with serve(Script(), tls=True) as service:
        _, error = ask(service.url)
    assert isinstance(error, ConnectionClosedError)
    assert "certificate" in str(error).lower()


def test_whole_turn_over_tls_with_the_authority_named(ask, tmp_path):
    with serve(Script(), tls=True) as service:
        authority = service.write_authority(tmp_path / "ca.pem")
        items, error = ask(service.url, verify=str(authority))
    assert error is None
    assert "".join(item for item in items if isinstance(item, str)).startswith("You said")


def test_errors_show_no_secret(ask):
    for place in ("user", "start", "upgrade"):
        with serve(Script(Config(faults={place: 401}))) as service:
            _, error = ask(service.url, proxy=None)
        shown = f"{error!r} {error} {error.__cause__!r} {error.__cause__}"
        assert TOKEN not in shown
