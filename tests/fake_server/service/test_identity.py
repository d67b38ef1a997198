"""Who is let in: tokens that can be read and such that cannot, and the identity type that goes with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server.service.callers import identify
from fake_server.service.config import Config
from fake_server.service.tokens import read_claims
from tests.support.clients.core_client import request

CLIENT = "140e65af-45d1-4427-bf08-3e7295db6836"
ORIGIN = "https://copilot.microsoft.com"
FAR = 4_000_000_000
GOOGLE = {"sub": "google-oauth2|1", "aud": [ORIGIN, "https://example.com/userinfo"], "exp": FAR}


def statuses(site, token, **headers):
    """What REST and the upgrade say to a token."""
    return [
        site.client(token, **headers).get("/c/api/user").status_code,
        site.upgrade(f"&accessToken={token}", **headers),
    ]


# -------------------------------------------------------------------- expiry
def test_readable_token_that_has_expired_is_401(site, jwt):
    assert statuses(site, jwt(exp=1_000_000_000)) == [401, 401]


def test_readable_token_expires_by_the_service_s_time(running, jwt):
    site = running(generation="2026")
    start = 1_768_471_200
    client = site.client(jwt(exp=start + 3600))
    site.script.pass_time(3599)
    assert client.get("/c/api/user").status_code == 200
    site.script.pass_time(1)
    assert client.get("/c/api/user").status_code == 401


@pytest.mark.parametrize("claims", [{}, {"exp": "soon"}, {"exp": True}, {"exp": None}, {"exp": 10**400}])
def test_token_that_tells_no_time_does_not_expire(site, jwt, claims):
    assert statuses(site, jwt(**claims)) == [200, 101]


def test_configured_token_is_taken_whatever_it_claims(running, jwt):
    token = jwt(exp=1, aud="another")
    assert statuses(running(strict=True, tokens={token}), token) == [200, 101]


# -------------------------------------------------------------------- audience
FITTING = [{"aud": CLIENT}, {"aud": f"api://{CLIENT}"}, {"aud": "x", "scp": "ChatAI.ReadWrite openid"}, {}]
STRANGE = [
    {"aud": "https://graph.microsoft.com"},
    {"scp": "Mail.Read"},
    {"aud": "AnonymousIdentity", "scope": "openid"},
]


@pytest.mark.parametrize("claims", FITTING)
def test_strict_service_takes_a_token_of_its_own_audience(running, generation, jwt, claims):
    assert statuses(running(generation=generation, strict=True), jwt(**claims)) == [200, 101]


@pytest.mark.parametrize("claims", STRANGE)
def test_strict_service_refuses_a_token_of_another_audience(running, generation, jwt, claims):
    assert statuses(running(generation=generation, strict=True), jwt(**claims)) == [401, 401]


@pytest.mark.parametrize("claims", STRANGE)
def test_lenient_service_does_not_look_at_the_audience(site, jwt, claims):
    assert statuses(site, jwt(**claims)) == [200, 101]


@pytest.mark.parametrize("token", ["a.b.c", "eyJ.eyJ.x", "one.two.three.four.five", "opaque", "." * 20])
def test_token_that_cannot_be_read_is_taken(running, generation, token):
    assert statuses(running(generation=generation, strict=True), token) == [200, 101]


# -------------------------------------------------------------------- identity type
@pytest.mark.parametrize(("spoken", "without"), [("2025-03", 200), ("2025-10", 401), ("2026", 401)])
def test_strict_service_wants_google_s_tokens_named_since_it_knows_names(running, jwt, spoken, without):
    site = running(generation=spoken, strict=True)
    token = jwt(**GOOGLE)
    assert site.client(token).get("/c/api/user").status_code == without
    assert site.client(token, x_useridentitytype="google").get("/c/api/user").status_code == 200


def test_upgrade_reads_the_identity_type_from_its_query(running, jwt):
    site = running(strict=True)
    query = f"&accessToken={jwt(**GOOGLE)}"
    assert [site.upgrade(query), site.upgrade(f"{query}&X-UserIdentityType=google")] == [401, 101]


def test_opaque_token_that_begins_with_google_is_google_s(running):
    site = running(strict=True)
    told = [site.client("google-1", x_useridentitytype=kind).get("/c/api/user").status_code for kind in ("", "google")]
    assert told == [401, 200]


@pytest.mark.parametrize(("kind", "status"), [("google", 401), ("msa", 200), ("", 200)])
def test_strict_service_refuses_a_microsoft_token_named_google_s(running, jwt, kind, status):
    client = running(strict=True).client(jwt(aud=CLIENT), x_useridentitytype=kind)
    assert client.get("/c/api/user").status_code == status


def test_lenient_service_does_not_look_at_the_identity_type(site, jwt):
    assert statuses(site, jwt(**GOOGLE)) == [200, 101]


# -------------------------------------------------------------------- callers
def test_fresh_token_of_the_same_subject_is_the_same_caller(site, jwt):
    old, fresh, other = (site.client(jwt(sub=sub, jti=jti)) for sub, jti in (("1", "a"), ("1", "b"), ("2", "c")))
    conversation = old.post("/c/api/conversations").json()["id"]
    path = f"/c/api/conversations/{conversation}/history"
    assert [each.get(path).status_code for each in (old, fresh, other)] == [200, 200, 404]


def test_caller_shows_no_secret(jwt):
    token = jwt(sub="someone")
    headers = {"cookie": "_U=topsecret", "x-copilot-temporarysessionkey": "keysecret"}
    for caller in (
        identify(request("GET", "/", token=token), Config()),
        identify(request("GET", "/", token=None, **headers), Config()),
        identify(request("GET", "/", token=None, cookie="__Host-copilot-anon=cookiesecret"), Config()),
    ):
        assert not any(secret in repr(caller) for secret in (token, "secret", "someone"))


def test_caller_who_shows_nothing_has_no_key():
    assert identify(request("GET", "/", token=None), Config()).key == ""


@given(st.text(max_size=200))
def test_any_token_is_read_or_opaque(token):
    assert read_claims(token) is None


@given(
    st.dictionaries(
        st.sampled_from(["aud", "exp", "sub", "scp", "scope", "iss", "x"]),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.text(max_size=9)
            | st.floats(allow_nan=False, allow_infinity=False),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=5,
        ),
    )
)
def test_any_claims_let_the_caller_be_told(claims):
    import base64
    import json

    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    token = ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""])
    for generation in ("2025-03", "2026"):
        caller = identify(request("GET", "/", token=token), Config(generation=generation, strict=True))
        assert caller.violation in ("", "expired", "audience", "identity-type")
