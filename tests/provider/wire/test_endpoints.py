"""URLs, queries and answers."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from provider.wire import endpoints
from provider.wire.errors import ResponseError, UsageError


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://copilot.microsoft.com", "https://copilot.microsoft.com"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("https://gateway.example/copilot/", "https://gateway.example/copilot"),
        ("http://[::1]:9", "http://[::1]:9"),
    ],
)
def test_base_url_is_normalised(url, base):
    assert endpoints.check_base_url(url) == base


@pytest.mark.parametrize(
    "url",
    ["", "copilot.microsoft.com", "ftp://x", "http://", "http://u:p@x", "http://x?q", "http://x:99999", "http://a b"],
)
def test_what_is_no_base_url_is_refused(url):
    with pytest.raises(UsageError, match="base_url"):
        endpoints.check_base_url(url)


def test_socket_url_follows_the_scheme():
    assert endpoints.socket_url("https://x") == "wss://x/c/api/chat?api-version=2"
    assert endpoints.socket_url("http://x:1/p") == "ws://x:1/p/c/api/chat?api-version=2"


def test_query_values_are_added_and_encoded():
    url = endpoints.add_query("ws://x/c?api-version=2", {"accessToken": "a+b/c=", "none": None, "s": "ä b"})
    assert url == "ws://x/c?api-version=2&accessToken=a%2Bb%2Fc%3D&s=%C3%A4%20b"
    assert dict(parse_qsl(urlsplit(url).query))["accessToken"] == "a+b/c="


def test_answer_in_another_shape_names_step_and_place():
    with pytest.raises(ResponseError, match=r"POST /x.*") as caught:
        endpoints.decode_answer(endpoints.NewConversation, b'{"id":5}', "POST /x")
    assert "$.id" in str(caught.value)


def test_html_in_place_of_json_is_said():
    with pytest.raises(ResponseError, match="HTML"):
        endpoints.decode_answer(endpoints.User, b"<!DOCTYPE html>", "GET /c/api/user")
