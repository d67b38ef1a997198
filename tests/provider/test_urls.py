"""Origins as browsers write them, and which hosts are this machine."""

import pytest

from provider.urls import is_loopback, page_origin

LIVE = "https://copilot.microsoft.com"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Copilot.Microsoft.com:443/chats?x#y", LIVE),
        ("wss://Copilot.Microsoft.com/c/api", LIVE),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://user@[::1]:80/", "http://[::1]"),
    ],
)
def test_origin_is_written_as_browsers_do(url, origin):
    assert page_origin(url) == origin


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.9.9.9", "http://[::1]:1", "http://a.localhost./"])
def test_loopback_is_known(url):
    assert is_loopback(url)


@pytest.mark.parametrize("url", [LIVE, "http://localhost.evil.example", "http://0.0.0.0", "http://127.0.0.1.nip.io"])
def test_anything_else_is_not_loopback(url):
    assert not is_loopback(url)
