import pytest

from harness.headers import client_cookies, client_headers, is_text_type
from harness.origins import OriginMap

INWARD = OriginMap(("https://service.test",), "http://127.0.0.1:5000")


@pytest.mark.parametrize("name", ["connection", "content-length", "alt-svc", "strict-transport-security"])
def test_header_of_the_service_does_not_reach_the_client(name):
    assert client_headers(((name, "x"), ("date", "now")), INWARD.text, secure=False) == (("date", "now"),)


def test_services_origin_becomes_the_local_one():
    headers = (("location", "https://service.test/a"), ("access-control-allow-origin", "https://service.test"))
    assert client_headers(headers, INWARD.text, secure=False) == (
        ("location", "http://127.0.0.1:5000/a"),
        ("access-control-allow-origin", "http://127.0.0.1:5000"),
    )


@pytest.mark.parametrize(("coding", "kept"), [("gzip", False), ("br", False), ("aws-chunked", True)])
def test_content_encoding_goes_only_if_it_was_taken_off(coding, kept):
    headers = (("content-encoding", coding),)
    assert client_headers(headers, INWARD.text, secure=False) == (headers if kept else ())


@pytest.mark.parametrize(
    ("cookie", "plain", "secure"),
    [
        ("a=1; Domain=.service.test; Path=/", "a=1; Path=/", "a=1; Path=/"),
        ("a=1; path=/ ; SECURE;samesite = none", "a=1; path=/ ", "a=1; path=/ ; SECURE;samesite = none"),
        ("a=1; Secure; HttpOnly", "a=1; HttpOnly", "a=1; Secure; HttpOnly"),
        ("a=1; Secure; SameSite=None; Partitioned", "a=1", "a=1; Secure; SameSite=None; Partitioned"),
        ("a=1; Secure; SameSite=Lax", "a=1; SameSite=Lax", "a=1; Secure; SameSite=Lax"),
        ("__Host-a=1; Path=/", "__Host-a=1; Path=/", "__Host-a=1; Path=/"),
        ("domain=secure", "domain=secure", "domain=secure"),
    ],
)
def test_cookie_is_made_fit_for_a_local_client(cookie, plain, secure):
    assert client_cookies(cookie, secure=False) == (plain,)
    assert client_cookies(cookie, secure=True) == (secure,)


@pytest.mark.parametrize("name", ["__Host-a", "__host-a", "__Secure-a", "__Http-a", "__Host-Http-a"])
def test_cookie_whose_name_demands_secure_is_given_with_it_and_without(name):
    cookie = f"{name}=1; Domain=x; Path=/; Secure; SameSite=None"
    assert client_cookies(cookie, secure=False) == (f"{name}=1; Path=/; Secure; SameSite=None", f"{name}=1; Path=/")
    assert client_cookies(cookie, secure=True) == (f"{name}=1; Path=/; Secure; SameSite=None",)


@pytest.mark.parametrize(
    ("content_type", "is_text"),
    [
        ("application/json; charset=utf-8", True),
        ("application/problem+json", True),
        ("application/x-www-form-urlencoded", True),
        ("application/x-ndjson", True),
        ("application/vnd.apple.mpegurl", True),
        ("text/event-stream", True),
        ("image/svg+xml", True),
        ("image/png", False),
        ("application/octet-stream", False),
        ("application/x-protobuf", False),
        ("", False),
    ],
)
def test_text_is_known_by_its_type(content_type, is_text):
    assert is_text_type(content_type) == is_text
