"""Values that a session made up have names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.pytest_plugin.placeholders import Placeholders

ID = "MqTZp5vC8sWdKf3nRb7Lx"
UUID = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("https://example.com/a/b?x=1#top", "https://example.com/a/b?x=1#top"),
        ("https://en.wikipedia.org/wiki/The_quick_brown_fox", "https://en.wikipedia.org/wiki/The_quick_brown_fox"),
        ("https://docs.python.org/3/library/asyncio-task.html", "https://docs.python.org/3/library/asyncio-task.html"),
        ("http://127.0.0.1:8080/a", "http://<server-1>/a"),
        ("http://[::1]:8080/a", "http://<server-1>/a"),
        ("http://LOCALHOST:1/a", "http://<server-1>/a"),
        (f"https://e.com/th/id/BCO.{UUID}.png?w=270", "https://e.com/th/id/BCO.<id-1>.png?w=270"),
        (f"https://e.com/{ID}/{ID}", "https://e.com/<id-1>/<id-1>"),
        ("https://e.com/a?sig=abc%2Bdef&x=1", "https://e.com/a?sig=<signature-1>&x=1"),
        ("https://e.com/a?se=2026-01-15T10%3A00%3A00Z", "https://e.com/a?se=<date-1>"),
        ("https://e.com/a?exp=1790000000", "https://e.com/a?exp=<date-1>"),
        ("https://e.com/a?t=42", "https://e.com/a?t=42"),
        ("https://user:pass@e.com/", "https://<user-1>@e.com/"),
        ("https://e.com/a?u=http://127.0.0.1:9/x", "https://e.com/a?u=http://<server-1>/x"),
        ("/relative/path", "/relative/path"),
        ("mailto:someone", "mailto:someone"),
        ("http://[broken", "http://[broken"),
    ],
)
def test_volatile_parts_of_a_url_are_masked(url, masked):
    assert Placeholders().url(url) == masked


def test_same_value_has_the_same_name():
    names = Placeholders()
    assert [names.name("id", value) for value in ("x", "y", "x")] == ["<id-1>", "<id-2>", "<id-1>"]


def test_kinds_are_counted_apart():
    names = Placeholders()
    assert [names.name("id", "x"), names.name("image", "y")] == ["<id-1>", "<image-1>"]


def test_known_values_are_replaced_in_prose_and_short_ones_are_not():
    names = Placeholders()
    names.name("id", ID)
    names.name("id", "cat")
    assert names.prose(f"a cat in {ID}") == "a cat in <id-1>"


@pytest.mark.parametrize("text", ["http://localhost:8080", "port 80", "127.0.0.1:8080", "see 10.0.0.1:45000"])
def test_addresses_that_an_answer_is_about_stay(text):
    assert Placeholders().prose(text) == text


@pytest.mark.parametrize("text", ["127.0.0.1:45671", "localhost:45671", "127.0.0.1 port 45671", "[::1]:45671"])
def test_server_of_the_session_is_masked_in_prose(text):
    assert Placeholders().prose(f"({text})") == "(<server-1>)"


def test_dates_are_masked_where_no_author_wrote_them():
    assert Placeholders().dates("again at 2026-01-15T10:00:01.000Z") == "again at <date-1>"
    assert Placeholders().prose("again at 2026-01-15T10:00:01.000Z") == "again at 2026-01-15T10:00:01.000Z"


def test_json_is_masked_by_the_names_of_its_fields():
    value = {"messageId": ID, "n": 1, "items": [{"id": "short"}], "text": f"about {ID}", "url": "http://127.0.0.1:9/a"}
    assert Placeholders().json(value) == {
        "messageId": "<message-1>",
        "n": 1,
        "items": [{"id": "<id-1>"}],
        "text": "about <message-1>",
        "url": "http://<server-1>/a",
    }


def test_large_values_in_json_are_told_by_their_digest():
    shown = Placeholders().json({"content": "A" * 5000})["content"]
    assert shown.startswith("(5000 characters, sha256 ")


@given(st.text())
def test_any_text_can_be_masked_as_a_url(text):
    assert isinstance(Placeholders().url(text), str)


@given(st.from_regex(r"https?://[a-z]{1,9}\.(com|org)/[a-z-]{0,30}", fullmatch=True))
def test_plain_url_stays_as_it_is(url):
    assert Placeholders().url(url) == url
