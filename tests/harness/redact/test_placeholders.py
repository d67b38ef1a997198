import math
import re
from collections import Counter

import pytest

from harness.redact.placeholders import PlaceholderMaker, fit, is_placeholder, placeholders_in

KINDS = ["token", "cookie", "id", "text", "time", "uuid", "email", "number", "jwt", "jwe", "basic"]


def entropy(value):
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())


@pytest.mark.parametrize("kind", KINDS)
def test_every_standin_is_known_as_one(kind):
    maker = PlaceholderMaker()
    assert all(is_placeholder(maker.make(b"value", kind)) for _ in range(30))


@pytest.mark.parametrize("kind", KINDS)
def test_no_standin_looks_like_a_credential(kind):
    placeholder = PlaceholderMaker().make(b"value", kind)
    # Scanners call it a secret from 3.5 bits a character on if a tell-tale name stands before it.
    assert entropy(placeholder) < {"email": 3.8, "basic": 4.3}.get(kind, 3.5)
    assert not re.search(rb"eyJ|AKIA|gh[pousr]_|xox[baprs]-|sk-", placeholder)


@pytest.mark.parametrize("kind", KINDS)
def test_standins_need_no_escape(kind):
    assert re.fullmatch(rb"[A-Za-z0-9._@=-]+", PlaceholderMaker().make(b"value", kind))


@pytest.mark.parametrize("kind", KINDS)
def test_placeholders_are_found_in_a_text(kind):
    placeholder = PlaceholderMaker().make(b"value", kind)
    text = b'{"before":"' + placeholder + b'","after":"' + placeholder + b'"}'
    assert [(text[start:end], found) for start, end, found in placeholders_in(text)] == [(placeholder, kind)] * 2


@pytest.mark.parametrize(
    "text", [b"", b"wiretape", b"wiretape-token", b"a wtp of t-1", b"9473827", b'{"text":"hello"}']
)
def test_a_text_without_placeholders_has_none(text):
    assert list(placeholders_in(text)) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [8, 9, 11, 15, 16, 20, 36, 64, 700])
def test_a_placeholder_fits_any_length_from_eight_bytes_on(kind, size):
    maker = PlaceholderMaker()
    fitted = [fit(maker.make(b"value", kind), size) for _ in range(3)]
    assert {len(each) for each in fitted} == {size}
    assert all(is_placeholder(each) for each in fitted)
    assert len(set(fitted)) == 3
    assert [(start, end) for start, end, _ in placeholders_in(b"\x00" + fitted[0] + b"\x01")] == [(1, size + 1)]


def test_what_is_shorter_is_filled():
    assert fit(b"wiretape-token-12", 5) == b"-----"
