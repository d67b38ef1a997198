"""What signing in hands out: entries of every shape, cookies, tokens that the fake takes."""

import json
import time
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server.service.pages.shapes import SHAPES
from fake_server.service.tokens import FakeToken, read_fake_token, write_token
from provider.auth.tokens import find_token

TAKEN = ("msal", "auth0", "late")
"""Shapes with a token that a reader of localStorage finds."""


@pytest.fixture
def open_site(running):
    clients: list[httpx.Client] = []

    def open_site(**settings: Any) -> httpx.Client:
        clients.append(httpx.Client(base_url=running(**settings).url, timeout=5, trust_env=False))
        return clients[-1]

    yield open_site
    for client in clients:
        client.close()


@pytest.fixture
def visitor(open_site):
    return open_site()


def sign_in(visitor, **query):
    answer = visitor.post("/.wiretape/sign-in", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def storage_of(signed):
    """What the page writes into localStorage."""
    for entry in signed["entries"]:
        times = {name: time.time() + seconds for name, seconds in entry["seconds"].items()}
        told = {name: str(int(at)) if entry["asText"] else at for name, at in times.items()}
        value = entry["value"]
        yield entry["key"], value if isinstance(value, str) else json.dumps({**value, **told})


def found_in(signed):
    return find_token(storage_of(signed), "ChatAI", time.time())


def user(visitor, token, **headers):
    return visitor.get("/c/api/user", headers={"authorization": f"Bearer {token}", **headers})


@pytest.mark.parametrize("shape", TAKEN)
def test_reader_of_the_storage_finds_a_token_that_is_taken(visitor, shape):
    found = found_in(sign_in(visitor, shape=shape, account="ada"))
    assert user(visitor, found.token).json()["firstName"] == "ada"
    assert found.identity_type == ("google" if shape == "auth0" else None)
    assert found.expires_at == pytest.approx(time.time() + 3600, abs=60)


@pytest.mark.parametrize("shape", [name for name in SHAPES if name not in TAKEN])
def test_reader_of_the_storage_finds_nothing_in_other_shapes(visitor, shape):
    assert found_in(sign_in(visitor, shape=shape)) is None


@pytest.mark.parametrize("shape", ["encrypted", "socket-only"])
def test_token_that_the_page_alone_has_is_in_no_entry(visitor, shape):
    signed = sign_in(visitor, shape=shape)
    assert signed["memory"]["token"] not in json.dumps(signed["entries"])
    assert user(visitor, signed["memory"]["token"]).status_code == 200


def secrets_of(signed):
    values = [json.loads(text) for _, text in storage_of(signed) if text.startswith("{")]
    return [value["secret"] for value in values if value.get("credentialType") == "AccessToken"]


@pytest.mark.parametrize("shape", ["expired", "wrong-scope"])
def test_client_that_picks_the_wrong_token_is_refused(visitor, shape):
    [secret] = secrets_of(sign_in(visitor, shape=shape))
    assert user(visitor, secret).status_code == 401


def test_entries_are_those_of_msal(visitor):
    keys = [key for key, _ in storage_of(sign_in(visitor, shape="msal"))]
    assert "msal.2.account.keys" in keys
    assert [kind for kind in ("-idtoken-", "-refreshtoken-") if not any(kind in key for key in keys)] == []
    assert sum("-accesstoken-" in key for key in keys) == 2
    assert any("/chatai.readwrite" in key for key in keys)


def test_refresh_token_has_an_empty_target_and_times_are_texts(visitor):
    values = {value["credentialType"]: value for _, text in storage_of(sign_in(visitor)) for value in [json.loads(text)]
              if isinstance(value, dict) and "credentialType" in value}  # fmt: skip
    assert values["RefreshToken"]["target"] == ""
    assert values["AccessToken"]["target"].endswith("/ChatAI.ReadWrite")
    assert all(isinstance(values["AccessToken"][name], str) for name in ("cachedAt", "expiresOn", "extendedExpiresOn"))


def test_token_looks_like_the_service_s(visitor):
    token = found_in(sign_in(visitor)).token
    assert token.count(".") == 4
    assert 1700 <= len(token) <= 2400


def test_cookies_are_http_only_and_one_name_stands_on_two_paths(visitor):
    cookies = visitor.post("/.wiretape/sign-in").headers.get_list("set-cookie")
    assert all("; HttpOnly" in cookie for cookie in cookies)
    assert [cookie.split("; ")[1] for cookie in cookies if cookie.startswith("WLSSC=")] == ["Path=/", "Path=/c/api"]


def test_google_account_has_a_cookie_of_auth0(visitor):
    cookies = visitor.post("/.wiretape/sign-in?shape=auth0").headers.get_list("set-cookie")
    assert any(cookie.startswith("auth0.") for cookie in cookies)


def test_signing_out_takes_all_cookies_back(visitor):
    taken = visitor.post("/.wiretape/sign-in?shape=auth0").headers.get_list("set-cookie")
    back = visitor.delete("/.wiretape/sign-in").headers.get_list("set-cookie")
    assert [cookie.partition("=")[0] for cookie in back] == [cookie.partition("=")[0] for cookie in taken]
    assert all("Max-Age=0" in cookie for cookie in back)


# -------------------------------------------------------------------- tokens
def test_equal_fakes_give_equal_tokens(open_site):
    one, other = (sign_in(open_site(seed=7), account="ada", shape="encrypted") for _ in range(2))
    assert one == other
    assert sign_in(open_site(seed=8), account="ada", shape="encrypted") != one


def test_next_sign_in_gives_a_fresh_token_to_the_same_caller(visitor):
    tokens = [found_in(sign_in(visitor, account="ada")).token for _ in range(2)]
    ids = [user(visitor, token).json()["id"] for token in tokens]
    assert tokens[0] != tokens[1]
    assert ids[0] == ids[1]


def test_fresh_token_is_taken_after_all_have_expired(visitor):
    before = found_in(sign_in(visitor)).token
    assert visitor.post("/.wiretape/expire").json() == {"expired": 1}
    after = found_in(sign_in(visitor)).token
    assert [user(visitor, token).status_code for token in (before, after)] == [401, 200]


def test_accounts_are_different_callers(visitor):
    tokens = [found_in(sign_in(visitor, account=account)).token for account in ("ada", "bob")]
    assert len({user(visitor, token).json()["id"] for token in tokens}) == 2


@pytest.mark.parametrize(("headers", "status"), [({}, 401), ({"x-useridentitytype": "google"}, 200)])
def test_strict_fake_wants_the_identity_type_of_a_google_account(open_site, headers, status):
    visitor = open_site(strict=True)
    token = found_in(sign_in(visitor, shape="auth0")).token
    assert user(visitor, token, **headers).status_code == status


def test_fake_that_takes_one_token_gives_out_none(open_site):
    refused = open_site(tokens={"the-one"}).post("/.wiretape/sign-in")
    assert refused.status_code == 403
    assert refused.json()["message"] == "this fake takes only the tokens that it was started with"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"shape": "round"}, "query parameter shape: expected one of msal, auth0, "),
        ({"account": "<script>"}, "query parameter account: expected up to 40 characters of "),
        ({"account": "a" * 41}, "query parameter account: expected up to 40 characters of "),
        ({"after": "-1"}, "query parameter after: expected a number of seconds from 0 to 3600"),
        ({"after": "nan"}, "query parameter after: expected a number of seconds from 0 to 3600"),
        ({"after": "soon"}, "query parameter after: expected a number of seconds from 0 to 3600"),
    ],
)
def test_wish_that_cannot_be_had_is_told(visitor, query, told):
    refused = visitor.post("/.wiretape/sign-in", params=query)
    assert refused.status_code == 400
    assert refused.json()["message"].startswith(told)


@pytest.mark.parametrize(
    ("query", "after"), [({}, 0), ({"shape": "late"}, 2), ({"shape": "late", "after": "0.5"}, 0.5)]
)
def test_token_comes_when_it_is_asked_for(visitor, query, after):
    assert sign_in(visitor, **query)["after"] == after


def test_faults_leave_signing_in_alone(open_site):
    visitor = open_site(faults={"any": 503})
    assert sign_in(visitor)["entries"]
    assert visitor.get("/").status_code == 200


# -------------------------------------------------------------------- grants
ACCOUNTS = st.from_regex(r"\A[\w.@-][\w.@ -]{0,39}\Z")


@given(ACCOUNTS, st.integers(1, 10**6), st.sampled_from(["msa", "google"]), st.booleans(), st.integers(0, 5))
def test_token_says_what_it_stands_for(account, number, identity, chat, seed):
    grant = FakeToken(account=account, number=number, identity=identity, chat=chat)
    token = write_token(seed, grant)
    assert read_fake_token(seed, token) == grant
    assert read_fake_token(seed + 1, token) is None


@given(st.integers(0, 10**4), st.characters())
def test_token_that_was_changed_is_none_of_ours(place, character):
    token = write_token(0, FakeToken(account="ada", number=1))
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    assert (read_fake_token(0, changed) is None) == (changed != token)


@given(st.text())
def test_what_is_no_token_is_none_of_ours(text):
    assert read_fake_token(0, text) is None
    assert read_fake_token(0, f"{text}.a.b.c.d") is None
