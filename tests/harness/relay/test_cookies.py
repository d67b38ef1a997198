"""Which upstream gets which cookie: RFC 6265, whose hosts the ports of one local server stand for."""

from __future__ import annotations

import pytest

from harness.relay.cookie_domains import covers, is_public_suffix
from harness.relay.cookies import CookieScopes

API, GATEWAY = "https://api.shop.example", "https://gateway.shop.example"


def _sent(*cookies: str, to: str = GATEWAY, setter: str = API, target: str = "/", asks: str = "a=1; own=2") -> str:
    """The ``Cookie`` that an upstream gets after another one has set cookies."""
    scopes = CookieScopes()
    scopes.note(setter, "/", tuple(("set-cookie", each) for each in cookies))
    sent = scopes.passing(to, target, (("accept", "*/*"), ("cookie", asks)))
    assert sent[0] == ("accept", "*/*")
    return sent[1][1] if len(sent) > 1 else ""


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        ("a=1", "own=2"),
        ("a=1; Path=/; Secure; HttpOnly; SameSite=Lax", "own=2"),
        ("a=1; Domain=shop.example", "a=1; own=2"),
        ("a=1; domain = .Shop.Example", "a=1; own=2"),
        ("a=1; Domain=gateway.shop.example", "own=2"),  # a host sets no cookie for another one
        ("a=1; Domain=other.example", "own=2"),
        ("a=1; Domain=example", "own=2"),
        ("a=1; Domain=shop.example; Domain=api.shop.example", "own=2"),  # the last one counts
        ("a=1; Domain=", "own=2"),
        ("other=1", "a=1; own=2"),
        ("A=1", "a=1; own=2"),  # names are case-sensitive
        ("a=9", "own=2"),  # also a value that the client has changed
    ],
)
def test_a_cookie_of_one_host_goes_to_those_that_its_domain_covers(cookie: str, expected: str) -> None:
    assert _sent(cookie) == expected
    assert _sent(cookie, to=API) == "a=1; own=2"


def test_a_request_whose_cookies_are_all_another_host_s_has_no_cookie_field() -> None:
    assert _sent("a=1", "own=2") == ""


def test_a_cookie_field_whose_pairs_all_pass_is_unchanged() -> None:
    assert _sent("b=1", asks="a=1;own ;; x=1") == "a=1;own ;; x=1"


@pytest.mark.parametrize(
    ("setter", "to", "passes"),
    [
        ("https://h.example:8443", "https://h.example", True),  # a cookie does not know ports
        ("https://h.example", "http://h.example", False),  # Secure
        ("https://127.0.0.1:1", "http://127.0.0.1:2", True),  # loopback is secure
        ("http://10.0.0.1", "http://10.0.0.2", False),
    ],
)
def test_cookies_follow_the_host_and_secure_ones_stay_on_tls(setter: str, to: str, passes: bool) -> None:
    assert ("a=1" in _sent("a=1; Secure; Domain=0.0.1", setter=setter, to=to)) is passes


def test_a_cookie_of_one_host_has_no_domain_if_its_name_says_so() -> None:
    assert _sent("__Host-a=1; Secure; Path=/; Domain=shop.example", asks="__Host-a=1") == ""


def test_a_value_that_another_host_has_replaced_in_the_client_is_restored() -> None:
    scopes = CookieScopes()
    scopes.note(API, "/v1/login", (("set-cookie", "sid=1"), ("set-cookie", "sid=0; Path=/")))
    scopes.note(GATEWAY, "/", (("set-cookie", "sid=2"), ("set-cookie", "x=1")))
    asked = (("cookie", "sid=2; x=1"),)
    assert scopes.passing(GATEWAY, "/", asked) == asked
    assert scopes.passing(API, "/v1/me?q=/", asked) == (("cookie", "sid=1"),)  # the longer path is the narrower one
    assert scopes.passing(API, "/v2", asked) == (("cookie", "sid=0"),)
    assert scopes.passing(API, "/v2", (("cookie", "sid=2; sid=0"),)) == (("cookie", "sid=0"),)


@pytest.mark.parametrize(
    "ending",
    ["Max-Age=0", "Max-Age=-1", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", "expires=Wed, 21-Oct-2015 07:28:00 GMT"],
)
def test_a_cookie_that_its_host_has_deleted_is_not_restored(ending: str) -> None:
    scopes = CookieScopes()
    scopes.note(API, "/", (("set-cookie", "sid=1"), ("set-cookie", f"sid=; {ending}")))
    scopes.note(GATEWAY, "/", (("set-cookie", "sid=2"),))
    assert scopes.passing(API, "/", (("cookie", "sid=2"),)) == ()


@pytest.mark.parametrize("ending", ["Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Max-Age=x", "Expires=soon"])
def test_a_cookie_that_lives_on_is_restored(ending: str) -> None:
    scopes = CookieScopes()
    scopes.note(API, "/", (("set-cookie", f"sid=1; {ending}"),))
    scopes.note(GATEWAY, "/", (("set-cookie", "sid=2"),))
    assert scopes.passing(API, "/", (("cookie", "sid=2"),)) == (("cookie", "sid=1"),)


def test_a_cookie_is_not_shown_in_a_repr() -> None:
    scopes = CookieScopes()
    scopes.note(API, "/", (("set-cookie", "sid=hidden-value"),))
    assert "hidden-value" not in repr(scopes) + repr(vars(scopes))


@pytest.mark.parametrize(
    "domain",
    [
        "com",
        "",
        "co.uk",
        "com.au",
        "us-east-1.elb.amazonaws.com",
        "github.io",
        "a..b",
        "azurewebsites.net",
        ".",
        "localhost",
    ],
)
def test_a_public_suffix_covers_no_host(domain: str) -> None:
    assert is_public_suffix(domain)
    assert not covers(domain, f"shop.{domain}")


@pytest.mark.parametrize("domain", ["shop.example", "shop.co.uk", "id.me", "t.co", "me.github.io"])
def test_a_domain_of_one_owner_covers_its_hosts(domain: str) -> None:
    assert covers(domain, domain)
    assert covers(domain, f"api.{domain}")
    assert not covers(domain, f"api-{domain}")
