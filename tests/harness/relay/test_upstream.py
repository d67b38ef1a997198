import pytest

from harness.relay.upstream import Upstream, UpstreamError


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://copilot.microsoft.com", "https://copilot.microsoft.com"),
        ("https://copilot.microsoft.com/", "https://copilot.microsoft.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("HTTP://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_upstream_is_an_origin(url, origin):
    assert Upstream.parse(url).origin == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "copilot.microsoft.com",
        "ftp://x",
        "file:///etc/passwd",
        "https://u:p@x",
        "https://x/path",
        "https://x?q",
        "https://",
        "https://x:99999",
        "fake:2026",
    ],
)
def test_anything_else_is_refused_without_being_shown(url):
    with pytest.raises(UpstreamError) as refused:
        Upstream.parse(url)
    assert "u:p" not in str(refused.value)


@pytest.mark.parametrize(
    "target", ["", "*", "@evil.test/", ".evil.test/", ":80/", "http://evil.test/", "/a b", "/a\n", "/a#b", "/\\evil"]
)
def test_target_that_could_lead_elsewhere_has_no_url(target):
    upstream = Upstream.parse("https://service.test")
    assert upstream.url(target) is None
    assert upstream.socket_url(target) is None


def test_socket_goes_to_the_same_origin():
    assert Upstream.parse("https://service.test").socket_url("/chat?a=1") == "wss://service.test/chat?a=1"
