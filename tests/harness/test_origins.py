from functools import lru_cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import origins
from harness.origin_patterns import OriginPatterns
from harness.origins import OriginMap, StreamedMap, is_loopback, shared_map

INWARD = OriginMap(("https://service.test",), "http://127.0.0.1:5000")


def test_patterns_are_made_when_data_may_hold_an_origin_and_once_for_equal_origins(monkeypatch):
    made = []
    monkeypatch.setattr(origins, "_patterns", lru_cache(lambda *given: made.append(given) or OriginPatterns(*given)))
    first = OriginMap(("https://seldom.test",), "http://127.0.0.1:5000")
    assert first.data(b"nothing of it").data == b"nothing of it"
    assert made == []
    for port in (5000, 5001):
        one = OriginMap(("https://seldom.test",), f"http://127.0.0.1:{port}")
        assert one.data(b"https://seldom.test/x").data == b"http://127.0.0.1:%d/x" % port
    assert made == [("https", ("seldom.test",))]


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


def test_map_is_made_once_for_each_host():
    here, there = "http://127.0.0.1:5000", "http://127.0.0.1:5001"
    shared = shared_map(("https://service.test",), here)
    assert shared_map(("https://service.test",), here) is shared
    assert shared_map(("https://service.test",), there).text("https://service.test") == there
    assert shared.text("https://service.test") == here


OUTWARD = OriginMap(("http://[::1]:5000",), "https://service.test")
SPELLINGS = [
    ("https://service.test/x", "http://[::1]:5000/x"),
    ("wss://service.test/x", "ws://[::1]:5000/x"),
    (r"https:\/\/service.test\/x", r"http:\/\/[::1]:5000\/x"),
    (r"https:\\/\\/service.test\\/x", r"http:\\/\\/[::1]:5000\\/x"),
    (r"https:\u002F\u002fservice.test", r"http:\u002F\u002f[::1]:5000"),
    ("https:&#x2F;&#x2F;service.test", "http:&#x2F;&#x2F;[::1]:5000"),
    ("https%3A%2F%2Fservice.test%2Fx", "http%3A%2F%2F%5B%3A%3A1%5D%3A5000%2Fx"),
    ("https%3a%2f%2fservice.test%2fx", "http%3a%2f%2f%5B%3a%3a1%5D%3a5000%2fx"),
    ("https%253A%252F%252Fservice.test", "http%253A%252F%252F%255B%253A%253A1%255D%253A5000"),
    ("wss%3A%2F%2Fservice.test", "ws%3A%2F%2F%5B%3A%3A1%5D%3A5000"),
    ("https%3A//service.test", "http%3A//%5B%3A%3A1%5D%3A5000"),
]


@pytest.mark.parametrize(("service", "local"), SPELLINGS)
def test_every_spelling_is_found_in_both_directions(service, local):
    inward = OriginMap(("https://service.test",), "http://[::1]:5000")
    assert inward.text(service) == local
    assert OUTWARD.text(local) == service


@pytest.mark.parametrize("service", ["https://service.test:443/x", "https%3A%2F%2Fservice.test%3A443%2Fx"])
def test_default_port_is_none(service):
    assert "service.test" not in INWARD.text(service)
    assert OriginMap(("https://service.test:443",), "http://a").text("https://service.test/") == "http://a/"


@pytest.mark.parametrize(
    "text",
    [
        "https%3A%2F%2Fservice.test%3A8443",
        "https%3A%2F%2Fservice.test%40evil",
        "https%253A%252F%252Fservice.test%253A8443",
        "https://service.test:4430",
        "https%3A%2F%2Fservice.test.evil",
        r"https:\/\/service.test\u003a8443",
    ],
)
def test_another_origin_stays_however_it_is_spelled(text):
    assert INWARD.text(text) == text


TEXT = (" ".join(one for one, _ in SPELLINGS) + " https://service.test:443/ https://service.test:4 ht").encode()


@given(st.lists(st.integers(0, len(TEXT)), max_size=40))
def test_any_split_of_any_spelling_gives_the_same_bytes(cuts):
    edges = [0, *sorted(cuts), len(TEXT)]
    streamed = StreamedMap(INWARD)
    parts = [streamed.feed(TEXT[a:b]) for a, b in pairwise(edges)]
    assert b"".join(parts) + streamed.finish() == INWARD.data(TEXT).data


def test_byte_by_byte_gives_the_same_bytes():
    streamed = StreamedMap(INWARD)
    parts = [streamed.feed(TEXT[i : i + 1]) for i in range(len(TEXT))]
    assert b"".join(parts) + streamed.finish() == INWARD.data(TEXT).data


def test_text_beyond_latin_1_is_kept():
    assert INWARD.text("Grüße \u2028 \ud800 https://service.test/é") == "Grüße \u2028 \ud800 http://127.0.0.1:5000/é"


@pytest.mark.parametrize(
    ("body", "is_mapped"), [(b' {"a":"https://service.test"}', True), (b"\0https://service.test", False)]
)
def test_body_of_unknown_type_is_mapped_if_it_looks_like_json(body, is_mapped):
    streamed = StreamedMap(INWARD, if_json=True)
    assert (b"127.0.0.1" in streamed.feed(body) + streamed.finish()) == is_mapped


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "LOCALHOST", "a.localhost", "::1"])
def test_loopback_is_known(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", None, "service.test", "10.0.0.1", "localhost.evil", "::2"])
def test_other_hosts_are_not_loopback(host):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("value", "mapped"),
    [
        ("//service.test/next", "//127.0.0.1:5000/next"),
        ("//SERVICE.test:443/next", "//127.0.0.1:5000/next"),
        (
            '</first>; rel="prev", <//service.test/2>; rel="next"',
            '</first>; rel="prev", <//127.0.0.1:5000/2>; rel="next"',
        ),
        ("5; url=//service.test", "5; url=//127.0.0.1:5000"),
        ("https://service.test//service.test/x", "http://127.0.0.1:5000//service.test/x"),
        ("//service.test.evil/", "//service.test.evil/"),
        ("//service.test:8443/", "//service.test:8443/"),
        ("//service.test@evil/", "//service.test@evil/"),
        ("/x//service.test/", "/x//service.test/"),
        ("ftp://service.test/", "ftp://service.test/"),
        ("plain", "plain"),
    ],
)
def test_header_may_name_the_origin_without_its_scheme(value, mapped):
    assert INWARD.header(value) == mapped
    assert INWARD.headers((("location", value),)) == (("location", mapped),)


def test_one_host_with_both_schemes_is_replaced_once():
    both = OriginMap(("https://service.test", "http://service.test"), "http://127.0.0.1:5000")
    assert both.header("//service.test/next") == "//127.0.0.1:5000/next"
