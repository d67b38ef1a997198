"""Which profile serves a session: by the service's origin, and none of Copilot for a service of somebody else."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from harness.cli.profiles import with_token
from harness.services.choice import default_service, every_service, service_for, service_named
from harness.services.environment import (
    VariableError,
    placeholder_environment,
    service_environment,
    with_variables,
)
from harness.services.errors import UnknownProfileError
from harness.services.neutral import NEUTRAL, event_name
from provider.options import BASE_URL_VARIABLE, TOKEN_VARIABLE

SHOP = replace(
    NEUTRAL, name="shop", upstream="https://shop.example", origins=("https://shop.example", "http://[::1]:9")
)
ANY = replace(NEUTRAL, name="any", redact=("header.x-any",))
LOCAL = "http://127.0.0.1:9001"


@pytest.mark.parametrize("origin", [None, "", "fake:2026", "https://copilot.microsoft.com", "HTTPS://Copilot.Microsoft.com:443"])  # fmt: skip
def test_copilot_serves_its_own_origin_its_fakes_and_what_is_not_named(origin):
    assert service_for(origin).name == "copilot"


@pytest.mark.parametrize("origin", [LOCAL, "https://evil.example", "https://copilot.microsoft.com.evil.example"])
def test_a_service_without_a_profile_gets_the_neutral_one_with_its_own_origin(origin):
    found = service_for(origin)
    assert (found.name, found.env, found.token_variable) == ("neutral", {}, "")
    assert {found.upstream, *found.origins} == {origin}


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("https://api.openai.com", "openai"),
        ("https://api.anthropic.com:443", "anthropic"),
        ("https://generativelanguage.googleapis.com", "gemini"),
        ("https://api.openai.com.evil.example", "neutral"),
    ],
)
def test_a_built_in_profile_is_chosen_by_its_host(origin, name):
    assert service_for(origin).name == name


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("https://shop.example", "shop"),
        ("https://shop.example:8443", "shop"),
        ("http://[::1]:9", "shop"),
        ("http://[::1]:10", "any"),
        ("https://copilot.microsoft.com", "copilot"),
        (LOCAL, "any"),
    ],
)
def test_a_users_profile_is_chosen_by_its_origins_and_one_without_serves_the_rest(origin, name):
    assert service_for(origin, [SHOP, ANY]).name == name


def test_every_profile_has_the_secret_places_of_the_users_other_services():
    for origin in ("https://copilot.microsoft.com", "https://api.openai.com", "https://shop.example"):
        assert "header.x-any" in service_for(origin, [SHOP, ANY]).redact


def test_an_origin_that_is_no_url_gets_the_neutral_profile():
    assert service_for("http://[").upstream == NEUTRAL.upstream


def test_profiles_are_found_by_name():
    assert service_named("neutral").name == NEUTRAL.name
    assert service_named("copilot") is default_service()
    assert service_named("socketio", LOCAL).upstream == LOCAL
    assert service_named("openai", LOCAL).origins == (LOCAL,)
    assert service_named("openai", "https://proxy.example").origins == ("https://api.openai.com",)
    with pytest.raises(UnknownProfileError, match="there is no profile 'nobody': expected one of neutral, copilot, "):
        service_named("nobody")


def test_variables_of_a_neutral_service_name_nobody():
    assert service_environment("http://127.0.0.1:8", service_for("http://localhost:1")) == {
        "WIRETAPE_URL": "http://127.0.0.1:8",
        "WIRETAPE_WS_URL": "ws://127.0.0.1:8",
    }
    assert placeholder_environment("t", NEUTRAL) == {}


def test_variables_of_copilot_are_those_that_its_client_reads():
    assert service_environment("https://127.0.0.1:8", default_service())[BASE_URL_VARIABLE] == "https://127.0.0.1:8"
    assert placeholder_environment("t", default_service()) == {TOKEN_VARIABLE: "t"}


def test_variables_that_the_user_names_lead_to_the_server():
    service = with_variables(NEUTRAL, ["A_URL={url}/v1", "B_BASE={ws_url}", "C_HOST={host}", "D_URL=nats://{host}/x"])
    found = service_environment("http://127.0.0.1:8", service)
    assert found["A_URL"] == "http://127.0.0.1:8/v1"
    assert found["B_BASE"] == "ws://127.0.0.1:8"
    assert found["C_HOST"] == "127.0.0.1:8"
    assert found["D_URL"] == "nats://127.0.0.1:8/x"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("A_URL", "write NAME={url}"),
        ("PATH={url}", "URL, HOST, ENDPOINT or BASE"),
        ("a_url={url}", "in capitals"),
        ("A_URL=https://evil.example", "the value begins with {url}"),
        ("A_URL={url}.evil.example", "the value begins with {url}"),
        ("A_URL={url}@evil.example", "the value begins with {url}"),
    ],
)
def test_variables_that_lead_elsewhere_are_refused(given, problem):
    with pytest.raises(VariableError) as caught:
        with_variables(NEUTRAL, [given])
    assert problem in str(caught.value)


@pytest.mark.parametrize("name", ["secret_headers", "secret_query", "secret_fields", "account_fields", "deltas"])
@pytest.mark.parametrize("origin", [LOCAL, "https://api.openai.com"])
def test_every_service_has_the_secret_places_of_copilot(name, origin):
    assert getattr(every_service(), name).items() <= getattr(service_for(origin), name).items()


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b'{"type":"session.created"}', "session.created"),
        (b' {"event":"send","type":"x"}', "send"),
        (b'{"jsonrpc":"2.0","method":"tools/call","params":{"type":"no"}}', "tools/call"),
        (b'{"op":10}', None),
        (b'{"type":""}', None),
        (b'["type"]', None),
        (b"{", None),
        (b"\xff", None),
        (b'{"type":"\xff"}', None),
        (b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", None),
    ],
)
def test_names_of_events(raw, name):
    assert event_name(raw) == name


@pytest.mark.parametrize(
    ("upstream", "gets_it"),
    [
        ("https://copilot.microsoft.com", True),
        ("http://127.0.0.1:9001", True),
        ("https://evil.example", False),
        ("https://copilot.microsoft.com.evil.example", False),
    ],
)
def test_a_profile_that_is_named_for_another_host_sends_no_token_there(upstream, gets_it):
    found = with_token(service_named("copilot", upstream), upstream, None)
    assert (found.token_variable == TOKEN_VARIABLE) is gets_it
    assert with_token(found, upstream, urlsplit(upstream).hostname).token_variable == TOKEN_VARIABLE
