"""What the service tells of a caller and of itself, and who the caller is."""

import json

import pytest

from fake_server.service.config import Config
from tests.support.clients.core_client import ask, json_of, service_of


@pytest.fixture
def service(generation):
    return service_of(generation=generation)


def get(service, target, **more):
    return json_of(ask(service, "GET", target, **more))


def test_user_of_2025_has_the_shape_of_the_saved_page():
    told = get(service_of(generation="2025-03"), "/c/api/user")
    assert told == {
        "id": told["id"],
        "firstName": "Robin",
        "anid": None,
        "isPro": False,
        "regionCode": "US",
        "inEeaPlusRegion": False,
        "inGdprRegion": False,
        "remainingReasoningCalls": 50,
        "isHistoryMigrationPending": False,
        "isEligibleForFreeTrial": False,
        "isDeprecated": False,
        "phoneLink": None,
        "ageGroup": "adult",
        "allowedToggles": {"textTraining": True, "voiceTraining": True, "personalization": True},
    }


def test_user_of_2026_tells_usage_in_an_object():
    told = get(service_of(), "/c/api/user?api-version=2")
    assert told["firstName"] == "Robin"
    assert told["remainingUsage"] == {"reasoningCalls": 50}
    assert "remainingReasoningCalls" not in told


def test_anonymous_user_has_no_name(service):
    assert get(service, "/c/api/user", token=None)["firstName"] is None


@pytest.mark.parametrize("token", ["expired", "expired-since-yesterday", "invalid"])
def test_expired_token_is_401(service, token):
    refused = ask(service, "GET", "/c/api/user", token=token)
    assert (refused.status, refused.body) == (401, b'{"status":401}')


def test_only_the_configured_tokens_are_taken():
    service = service_of(tokens={"right", "expired-but-listed"})
    statuses = [ask(service, "GET", "/c/api/user", token=t).status for t in ("right", "expired-but-listed", "wrong")]
    assert statuses == [200, 200, 401]


def test_tokens_do_not_show():
    assert "right" not in repr(Config(tokens={"right"}))


def test_cookie_of_a_signed_in_caller_is_taken():
    told = get(service_of(), "/c/api/user", token=None, cookie="MUID=1; _U=token; x=y")
    assert told["firstName"] == "Robin"


def test_authorization_of_another_scheme_is_anonymous(service):
    assert get(service, "/c/api/user", token=None, authorization="Basic abc")["firstName"] is None


# -------------------------------------------------------------------- over the wire
@pytest.mark.parametrize("query", ["", "?api-version=2", "?api-version=4", "?x"])
def test_user_is_told_whatever_version_is_asked_for(site, query):
    told = site.client().get(f"/c/api/user{query}")
    assert (told.status_code, told.json()["firstName"]) == (200, None)


def test_page_gives_a_browser_its_cookies_once(site):
    browser = site.client()
    assert {"MUID", "MUIDB", "_EDGE_S", "_EDGE_V"} <= set(browser.get("/").cookies)
    assert not {"MUID", "_EDGE_S"} & set(browser.get("/").cookies)


def test_page_of_march_2025_gives_the_anonymous_cookie_and_later_ones_leave_it_to_start(site, generation):
    given = [value for name, value in site.client().get("/").headers.multi_items() if name == "set-cookie"]
    assert any(value.startswith("__Host-copilot-anon=") for value in given) == (generation == "2025-03")


def test_config_has_the_names_that_were_seen(running):
    told = running(generation="2026").client().get("/c/api/config?api-version=2").json()
    assert told["maxTextMessageLength"] == 10_240
    assert set(told) == {
        "maxTextMessageLength",
        "maxPageContentLength",
        "maxPageTitleLength",
        "messagePreview",
        "messageRecoveryInMinutes",
        "pageLimit",
        "voices",
    }


def test_settings_are_an_object_since_there_are_any(site, generation):
    told = site.client().get("/c/api/user/settings")
    assert (told.status_code, told.json()) == ((404, {"status": 404}) if generation == "2025-03" else (200, {}))


def test_telemetry_is_answered_with_a_word_and_a_token(running):
    visitor = running(generation="2025-03").client(accept="application/x-clarity-gzip")
    word, _, rest = visitor.post("/cl/eus-sc/collect", content=b"\x1f\x8b\x00").text.partition(" ")
    ((name, token),) = json.loads(rest)[0].items()
    assert (word, name, len(token)) == ("clarity", "value", 64)
