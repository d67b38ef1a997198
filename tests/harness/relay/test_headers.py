import pytest

from harness.origins import OriginMap
from harness.relay.headers import is_browser, upstream_body, upstream_headers, with_priority

OUTWARD = OriginMap(("http://127.0.0.1:5000",), "https://service.test")


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


@pytest.mark.parametrize("name", ["origin", "referer", "destination", "x-return-to", "cookie", "link"])
def test_local_origin_becomes_the_services(name):
    assert upstream_headers(((name, "http://127.0.0.1:5000/a"),), OUTWARD) == ((name, "https://service.test/a"),)


def test_what_is_signed_passes_as_it_is():
    headers = (("authorization", 'Digest uri="http://127.0.0.1:5000/a"'),)
    assert upstream_headers(headers, OUTWARD) == headers


LOCAL, SERVICE = "http://127.0.0.1:5000/cb", "https://service.test/cb"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '{{"next":"{0}"}}'),
        ("text/plain; charset=utf-8", "to {0}"),
        (None, '["{0}"]'),
    ],
)
def test_local_origin_in_a_body_of_text_becomes_the_services(content_type, body):
    sent = upstream_body(body.format(LOCAL).encode(), content_type, OUTWARD)
    assert sent == body.format(SERVICE).encode()


def test_local_origin_in_a_form_becomes_the_services():
    form = b"grant_type=code&redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Fcb"
    sent = upstream_body(form, "application/x-www-form-urlencoded", OUTWARD)
    assert sent == b"grant_type=code&redirect_uri=https%3A%2F%2Fservice.test%2Fcb"


def test_of_a_form_in_parts_the_values_are_changed_and_the_files_are_not():
    def parts(value):
        return (
            f'--b\r\nContent-Disposition: form-data; name="next"\r\n\r\n{value}\r\n'
            f'--b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\n{LOCAL}\r\n'
            f'--b\r\nContent-Disposition: form-data; name="g"\r\nContent-Type: image/png\r\n\r\n{LOCAL}\r\n--b--\r\n'
        ).encode()

    assert upstream_body(parts(LOCAL), 'multipart/form-data; boundary="b"', OUTWARD) == parts(SERVICE)


@pytest.mark.parametrize("content_type", ["application/octet-stream", "image/png", None])
def test_other_bodies_pass_as_they_are(content_type):
    assert upstream_body(LOCAL.encode(), content_type, OUTWARD) == LOCAL.encode()
