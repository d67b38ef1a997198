"""The right token and cookies are picked out of whatever a browser holds."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.auth.tokens import find_token, select_cookies, token_in_socket_url

NOW = 1_743_300_000.0
SCOPE = "140e65af-45d1-4427-bf08-3e7295db6836/ChatAI.ReadWrite"
AUTH0_KEY = "@@auth0spajs@@::client::default::openid profile offline_access"
ORIGIN = "https://copilot.microsoft.com"


def msal(secret="tok", **changes):
    facts = {"credentialType": "AccessToken", "secret": secret, "target": SCOPE, "expiresOn": "1743303600"}
    return json.dumps({**facts, **changes})


def auth0(token="tok", until=1743303600, **body):
    return json.dumps({"body": {"access_token": token, "token_type": "Bearer", **body}, "expiresAt": until})


def find(*values, target="ChatAI"):
    return find_token([(f"k{n}", value) for n, value in enumerate(values)], target, NOW)


def test_an_msal_token_comes_with_its_end():
    found = find(msal("tok"))
    assert (found.token, found.expires_at, found.identity_type) == ("tok", 1743303600.0, None)


@pytest.mark.parametrize(
    "value",
    [
        msal(expiresOn="1743299999"),
        msal(expiresOn="1743300000"),
        msal(expiresOn=None),
        msal(expiresOn="soon"),
        msal(expiresOn="nan"),
        msal(expiresOn=True),
        msal(expiresOn=[]),
        msal(target="other/Mail.Read"),
        msal(target=None),
        msal(credentialType="IdToken"),
        msal(secret=""),
        msal(secret=None),
        msal(secret="two words"),
        msal(secret="line\r\nbreak"),
        msal(secret="\u00e9"),
        json.dumps({"id": "1", "nonce": "2", "data": "AccessToken"}),
        "null",
        "17",
        '"AccessToken"',
        "[]",
        "AccessToken, not JSON",
        "[" * 100_000,
        "",
    ],
)
def test_what_is_no_usable_token_is_passed_over(value):
    assert find(value) is None
    assert find(value, msal("good"), value).token == "good"


def test_of_several_tokens_the_one_that_lives_longest_counts():
    values = [msal("a", expiresOn="1743300001"), msal("b", expiresOn=1743309999), msal("c", expiresOn="1743300002")]
    assert find(*values).token == "b"


def test_an_auth0_token_comes_with_the_identity_of_its_user():
    user = json.dumps({"decodedToken": {"user": {"sub": "google-oauth2|1234"}}})
    entries = [(AUTH0_KEY, auth0("tok")), ("@@auth0spajs@@::client::@@user@@", user)]
    found = find_token(entries, "ChatAI", NOW)
    assert (found.token, found.expires_at, found.identity_type) == ("tok", 1743303600.0, "google")


@pytest.mark.parametrize("sub", [None, 7, "", "no-bar", "|1", "new\nline|1"])
def test_an_auth0_user_without_a_prefix_has_no_identity(sub):
    user = json.dumps({"decodedToken": {"user": {"sub": sub}}})
    assert find_token([("@@user@@", user), (AUTH0_KEY, auth0())], "ChatAI", NOW).identity_type is None


@pytest.mark.parametrize(
    "entry",
    [
        (AUTH0_KEY, auth0(until=1743299999)),
        (AUTH0_KEY, auth0(until=None)),
        (AUTH0_KEY, auth0(token=None)),
        (AUTH0_KEY, json.dumps({"body": None, "expiresAt": 1743303600})),
        ("another key", auth0()),
    ],
)
def test_what_is_no_usable_auth0_token_is_passed_over(entry):
    assert find_token([entry], "ChatAI", NOW) is None


def test_an_auth0_token_for_the_target_goes_before_one_that_lives_longer():
    entries = [(AUTH0_KEY, auth0("other", until=1743309999)), (AUTH0_KEY + " x", auth0("chat", scope="ChatAI"))]
    assert find_token(entries, "ChatAI", NOW).token == "chat"


def test_an_msal_token_goes_before_an_auth0_token():
    assert find_token([(AUTH0_KEY, auth0("a")), ("k", msal("m"))], "ChatAI", NOW).token == "m"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ENTRY = st.fixed_dictionaries(
    {
        "credentialType": st.just("AccessToken") | JSON,
        "secret": JSON,
        "target": st.just(SCOPE) | JSON,
        "expiresOn": JSON,
    }
)


@given(st.lists(st.tuples(st.sampled_from(["k", AUTH0_KEY, "@@user@@"]), st.text() | (JSON | ENTRY).map(json.dumps))))
def test_no_storage_makes_the_search_fail(entries):
    found = find_token(entries, "ChatAI", NOW)
    assert found is None or (found.token.isascii() and found.expires_at > NOW)


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("wss://copilot.microsoft.com/c/api/chat?api-version=2&accessToken=a%2Bb", "a+b"),
        ("wss://copilot.microsoft.com:443/c/api/chat?accessToken=a", "a"),
        ("ws://copilot.microsoft.com/c/api/chat?accessToken=a", None),
        ("wss://evil.example/c/api/chat?accessToken=a", None),
        ("wss://copilot.microsoft.com@evil.example/?accessToken=a", None),
        ("wss://copilot.microsoft.com/c/api/chat?api-version=2", None),
        ("wss://copilot.microsoft.com/c/api/chat?accessToken=", None),
        ("wss://copilot.microsoft.com/c/api/chat?accessToken=a%0d%0ab", None),
        ("wss://[", None),
    ],
)
def test_a_socket_gives_its_token_if_it_goes_to_the_pages_own_origin(url, token):
    found = token_in_socket_url(url, ORIGIN)
    assert (found and found.token) == token


def test_a_socket_tells_the_identity():
    found = token_in_socket_url("wss://copilot.microsoft.com/?accessToken=a&X-UserIdentityType=google", ORIGIN)
    assert found.identity_type == "google"


def cookie(value, domain, path="/"):
    return {"name": "sid", "value": value, "domain": domain, "path": path}


def test_of_cookies_with_one_name_the_most_specific_counts():
    wide, own = cookie("wide", ".microsoft.com"), cookie("own", "copilot.microsoft.com")
    middle, deep = cookie("middle", ".copilot.microsoft.com"), cookie("deep", "copilot.microsoft.com", "/c")
    assert select_cookies([own, wide]) == select_cookies([wide, own]) == {"sid": "own"}
    assert select_cookies([middle, wide]) == {"sid": "middle"}
    assert select_cookies([own, middle]) == {"sid": "own"}
    assert select_cookies([deep, own]) == {"sid": "deep"}


def test_cookies_without_name_or_text_are_left_out():
    assert select_cookies([{"name": "", "value": "x"}, {"name": "n", "value": None}, {}]) == {}


def test_found_tokens_do_not_show_themselves():
    assert "tok-secret" not in repr(find(msal("tok-secret")))
    assert math.isfinite(find(msal()).expires_at)
