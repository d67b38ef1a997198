from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.relay.origins import OriginMap, StreamedMap, is_textual

INWARD = OriginMap(("https://service.test",), "http://127.0.0.1:5000")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"https://service.test/x", b"http://127.0.0.1:5000/x"),
        (b"HTTPS://Service.test", b"http://127.0.0.1:5000"),
        (b"wss://service.test", b"ws://127.0.0.1:5000"),
        (rb"https:\/\/service.test\/x", rb"http:\/\/127.0.0.1:5000\/x"),
        (b"u=https%3A%2F%2Fservice.test%2Fx", b"u=http%3A%2F%2F127.0.0.1%3A5000%2Fx"),
        (b"see https://service.test.", b"see http://127.0.0.1:5000."),
        (b"https://service.test.evil", b"https://service.test.evil"),
        (b"https://service.test:8443", b"https://service.test:8443"),
        (b"https://service.test@evil", b"https://service.test@evil"),
        (b"https://service.tests", b"https://service.tests"),
        (b"http://service.test", b"http://service.test"),
    ],
)
def test_only_the_origin_itself_is_replaced(before, after):
    assert INWARD.data(before).data == after


BODY = b'h ht {"a":"https://service.test/x","b":"https://service.test.","c":"https:\\/\\/service.test","d":"https"}'


@given(st.lists(st.integers(0, len(BODY)), max_size=12))
def test_any_split_of_a_body_gives_the_same_bytes(cuts):
    edges = [0, *sorted(cuts), len(BODY)]
    streamed = StreamedMap(INWARD)
    parts = [streamed.feed(BODY[a:b]) for a, b in pairwise(edges)]
    assert b"".join(parts) + streamed.finish() == INWARD.data(BODY).data


def test_line_that_ends_in_no_origin_is_not_held_back():
    assert StreamedMap(INWARD).feed(b'data: {"a":1}\n\n') == b'data: {"a":1}\n\n'


def test_same_origin_maps_to_nothing():
    assert OriginMap(("https://a",), "https://a").data(b"https://a").edits == ()


@pytest.mark.parametrize(
    ("content_type", "textual"),
    [
        ("application/json; charset=utf-8", True),
        ("application/problem+json", True),
        ("text/event-stream", True),
        ("image/svg+xml", False),
        ("image/png", False),
        ("application/octet-stream", False),
        ("", False),
    ],
)
def test_text_is_known_by_its_type(content_type, textual):
    assert is_textual(content_type) == textual
