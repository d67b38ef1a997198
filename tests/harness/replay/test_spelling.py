from __future__ import annotations

import html
import json
import re
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.replay.spelling import is_plain, needle, pattern, respelled
from harness.replay.substitution import replaced_anywhere

TABLE = {"a+b/c==": 'x/y+"<é&=='}


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"ref=a+b/c==&x=1", 'ref=x/y+"<é&==&x=1'),
        (b"/h?ref=a%2Bb%2Fc%3D%3D&x", "/h?ref=x%2Fy%2B%22%3C%C3%A9%26%3D%3D&x"),
        (b"/h?ref=a%2bb%2fc%3d%3d&x", "/h?ref=x%2fy%2b%22%3c%c3%a9%26%3d%3d&x"),
        (b"/h?ref=a%2Bb/c==&x", "/h?ref=x/y%2B%22%3C%C3%A9%26==&x"),
        (b'{"x":"a+b/c=="}', '{"x":"x/y+\\"<é&=="}'),
        (b'{"x":"a+b\\/c=="}', '{"x":"x\\/y+\\"<é&=="}'),
        (b'{"x":"a\\u002bb/c=="}', '{"x":"x/y\\u002b\\"<é&=="}'),
        (b"<t>a+b/c==</t>", '<t>x/y+"&lt;é&amp;==</t>'),
        (b"<t>a&#43;b&#x2F;c==</t>", '<t>x&#x2F;y&#43;"&lt;é&amp;==</t>'),
        (b"\xffa+b/c==", '"\udcff'[1:] + 'x/y+"<é&=='),
        (b"za+b/c==", "za+b/c=="),
    ],
)
def test_each_place_keeps_its_spelling(payload, expected):
    assert replaced_anywhere(payload, TABLE) == expected.encode("utf-8", "surrogateescape")


def test_a_value_without_such_characters_is_encoded_in_queries_only():
    table = {"plain-value-1": "x/y z"}
    assert replaced_anywhere(b"/h?ref=plain-value-1&x", table) == b"/h?ref=x%2Fy%20z&x"
    assert replaced_anywhere(b"ref: plain-value-1", table) == b"ref: x/y z"


def test_a_space_stays_a_plus_where_it_was_one():
    assert replaced_anywhere(b"/h?q=two+words", {"two words": "three more words"}) == b"/h?q=three+more+words"
    assert replaced_anywhere(b"/h?q=two%20words", {"two words": "three more words"}) == b"/h?q=three%20more%20words"


_CODINGS = {
    "percent": (lambda text: quote(text, safe=""), unquote),
    "form": (quote_plus, unquote_plus),
    "json": (lambda text: json.dumps(text)[1:-1], lambda text: json.loads(f'"{text}"')),
    "markup": (html.escape, html.unescape),
}
_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1, max_size=30)


@pytest.mark.parametrize("coding", list(_CODINGS))
@settings(deadline=None)
@given(recorded=_TEXTS.map(lambda text: f'"<{text}'), actual=_TEXTS)
def test_what_a_client_decodes_is_the_actual_value(coding, recorded, actual):
    encode, decode = _CODINGS[coding]
    spelled = encode(recorded)
    assert re.fullmatch(pattern(recorded), spelled.encode())
    assert needle(recorded) in spelled.encode()
    written = respelled(spelled, recorded, actual, around="json" if coding == "json" else "raw")
    assert decode(written) == actual


@settings(deadline=None)
@given(_TEXTS)
def test_the_same_value_comes_out_as_it_was_spelled(text):
    for encode, _ in _CODINGS.values():
        assert respelled(encode(text), text, text) == encode(text)
        assert not is_plain(text) or encode(text) == text
