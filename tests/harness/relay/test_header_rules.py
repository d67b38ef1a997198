import pytest

from harness.relay.header_rules import client_cookie, client_headers, is_browser, upstream_headers, with_priority
from harness.relay.origins import OriginMap

OUTWARD = OriginMap(("http://127.0.0.1:5000",), "https://service.test")
INWARD = OriginMap(("https://service.test",), "http://127.0.0.1:5000")


@pytest.mark.parametrize(
    "name",
    [
        "host",
        "content-length",
        "accept-encoding",
        "expect",
        "connection",
        "keep-alive",
        "te",
        "transfer-encoding",
        "upgrade",
        "proxy-authorization",
        "sec-websocket-key",
        "sec-websocket-version",
        "sec-websocket-extensions",
        "forwarded",
        "via",
        "x-real-ip",
        "x-forwarded-host",
        "user-agent",
        "sec-ch-ua-platform",
    ],
)
def test_header_of_a_script_does_not_reach_the_service(name):
    assert upstream_headers(((name, "x"), ("x-kept", "1")), OUTWARD) == (("x-kept", "1"),)


@pytest.mark.parametrize("name", ["cookie", "authorization", "content-type", "x-trace-id", "sec-websocket-protocol"])
def test_header_that_means_something_to_the_service_passes(name):
    assert upstream_headers(((name, "x"),), OUTWARD) == ((name, "x"),)


def test_header_that_connection_names_is_dropped():
    assert upstream_headers((("connection", "close, X-Mine"), ("x-mine", "1")), OUTWARD) == ()


def test_browsers_identity_passes():
    headers = (("user-agent", "Mozilla/5.0 (X11)"), ("sec-ch-ua", '"Chromium"'))
    assert is_browser(headers)
    assert upstream_headers(headers, OUTWARD) == headers


def test_browsers_codings_keep_their_place():
    headers = (("user-agent", "Mozilla/5.0"), ("accept-encoding", "gzip"), ("cookie", "a=1"))
    assert upstream_headers(headers, OUTWARD) == headers


@pytest.mark.parametrize(("destination", "priority"), [("empty", "u=1, i"), ("document", "u=0, i")])
def test_chrome_is_given_the_priority_that_it_says_over_http_2_only(destination, priority):
    headers = (("user-agent", "Mozilla/5.0 Chrome/156.0"), ("sec-fetch-dest", destination))
    assert with_priority(headers) == (*headers, ("priority", priority))


@pytest.mark.parametrize(
    "headers",
    [
        (("user-agent", "Mozilla/5.0 Chrome/156.0"),),
        (("user-agent", "Mozilla/5.0 Chrome/156.0"), ("sec-fetch-dest", "image")),
        (("user-agent", "Mozilla/5.0 Chrome/156.0"), ("sec-fetch-dest", "empty"), ("priority", "u=4")),
        (("user-agent", "Mozilla/5.0 Firefox/147.0"), ("sec-fetch-dest", "empty")),
        (("sec-fetch-dest", "empty"),),
    ],
)
def test_other_clients_and_calls_are_given_no_priority(headers):
    assert with_priority(headers) == headers


@pytest.mark.parametrize("name", ["origin", "referer"])
def test_local_origin_becomes_the_services(name):
    assert upstream_headers(((name, "http://127.0.0.1:5000/a"),), OUTWARD) == ((name, "https://service.test/a"),)


@pytest.mark.parametrize("name", ["connection", "content-length", "alt-svc", "strict-transport-security"])
def test_header_of_the_service_does_not_reach_the_client(name):
    assert client_headers(((name, "x"), ("date", "now")), INWARD, secure=False) == (("date", "now"),)


def test_services_origin_becomes_the_local_one():
    headers = (("location", "https://service.test/a"), ("access-control-allow-origin", "https://service.test"))
    assert client_headers(headers, INWARD, secure=False) == (
        ("location", "http://127.0.0.1:5000/a"),
        ("access-control-allow-origin", "http://127.0.0.1:5000"),
    )


@pytest.mark.parametrize(("coding", "kept"), [("gzip", False), ("br", False), ("aws-chunked", True)])
def test_content_encoding_goes_only_if_it_was_taken_off(coding, kept):
    headers = (("content-encoding", coding),)
    assert client_headers(headers, INWARD, secure=False) == (headers if kept else ())


@pytest.mark.parametrize(
    ("cookie", "plain", "secure"),
    [
        ("a=1; Domain=.service.test; Path=/", "a=1; Path=/", "a=1; Path=/"),
        ("a=1; Secure; HttpOnly", "a=1; HttpOnly", "a=1; Secure; HttpOnly"),
        ("a=1; Secure; SameSite=None; Partitioned", "a=1", "a=1; Secure; SameSite=None; Partitioned"),
        ("a=1; Secure; SameSite=Lax", "a=1; SameSite=Lax", "a=1; Secure; SameSite=Lax"),
        ("__Host-a=1; Path=/; Secure", "__Host-a=1; Path=/; Secure", "__Host-a=1; Path=/; Secure"),
        ("__Secure-a=1; Domain=x; Secure", "__Secure-a=1; Secure", "__Secure-a=1; Secure"),
        ("domain=secure", "domain=secure", "domain=secure"),
    ],
)
def test_cookie_is_made_fit_for_a_local_client(cookie, plain, secure):
    assert client_cookie(cookie, secure=False) == plain
    assert client_cookie(cookie, secure=True) == secure
