"""Large binary data, such as a picture: only its stretches of text are decoded."""

from __future__ import annotations

import json
import random
import re
from urllib.parse import quote

import pytest

from harness.profile import ServiceProfile
from harness.redact import text_runs
from harness.redact.engine import Redactor
from harness.redact.views import views
from tests.support.secrets.carriers import CARRIERS, shows

ANY = ServiceProfile(name="any", upstream="https://service.test")
NOISE = random.Random(3).randbytes(80_000)
SHORT_NOISE = NOISE[: text_runs.LARGE]
"""As a picture has it beside a text in one of the pieces in which it arrives."""
SECRET = "q7Zk3vX9pLw2RtY8mB4n"
# What people write is read in text only: markup, tables, commands, settings with blanks.
_IN_TEXT_ONLY = ("XML", "HTML", "CSV", "option", "INI", "repr")
BODIES = [
    each
    for each in CARRIERS
    if each.named and isinstance(each.make("n", "s"), bytes) and not each.name.startswith(_IN_TEXT_ONLY)
]


@pytest.mark.parametrize("noise", [SHORT_NOISE, NOISE], ids=["piece", "whole"])
@pytest.mark.parametrize("wrap", [lambda body: body, lambda body: json.dumps(body.decode("latin-1")).encode()])
@pytest.mark.parametrize("carrier", BODIES, ids=lambda carrier: carrier.name)
def test_secret_in_a_picture_is_found_where_it_is_found_in_text(carrier, wrap, noise):
    body = wrap(carrier.make("access_token", SECRET))
    if not shows(Redactor(ANY).data(body).data, SECRET):
        replaced = Redactor(ANY).data(noise + body + noise).data
        assert not shows(replaced[len(noise) - 1000 : 1000 - len(noise)], SECRET)


@pytest.mark.parametrize(
    "spell",
    [str, lambda text: quote(quote(text)), lambda text: json.dumps(json.dumps(text)), lambda text: f"é{text}%41"],
)
def test_known_value_in_a_picture_is_replaced_and_scanned_in_every_spelling(spell):
    value = 'q7Zk "3vX9/pLw2" é RtY8'
    redactor = Redactor(ANY)
    assert redactor.learn(value, "learnt")
    data = NOISE + spell(value).encode() + NOISE
    replaced = redactor.data(data)
    assert len(replaced.data) == len(data)
    assert redactor.scan(data)
    assert not redactor.scan(replaced.data)


def test_text_in_another_character_set_is_decoded_as_a_whole():
    text = "пароль%20".encode("cp1251") * 20_000
    assert any(len(view.data) == len(text) - 2 * 20_000 for view in views(text))


@pytest.mark.parametrize("noise", [SHORT_NOISE, NOISE], ids=["piece", "whole"])
def test_decoded_forms_of_a_picture_are_small_and_their_spans_lie_in_it(noise):
    data = noise + b'"a%20b&amp;c"' + noise
    _, *decoded = views(data)
    assert any(b"a b&c" in view.data for view in decoded)
    assert sum(len(view.data) for view in decoded) < len(data) / 10
    for view in decoded:
        spans = [view.span(at, at + 1) for at in range(len(view.data))]
        assert all(0 <= start < end <= len(data) for start, end in spans)


def test_finding_does_not_reach_from_one_text_to_the_next():
    data = b'"access_token":"' + b"\0" * 80_000 + b'abcdefgh" and so on%21'
    decoded = views(data)[1]
    start, end = decoded.span(0, len(decoded.data))
    assert data[start:end] == b'"access_token":"'


CHARACTER = rb"(?:[\t\n\f\r\x20-\x7e]|[\xc2-\xdf]\L|[\xe0-\xef]\L{2}|[\xf0-\xf4]\L{3})".replace(rb"\L", rb"[\x80-\xbf]")
PARTS = [
    b"a",
    b"bcdefgh",
    "é".encode(),
    "€".encode(),
    "😀".encode(),
    b"\x80",
    b"\xc3",
    b"\xe2\x82",
    b"\xf0\x9f",
    b"\0",
    b"\xff",
    b"\n",
]


def test_stretches_are_all_that_have_eight_characters_across_chunks_too(monkeypatch):
    monkeypatch.setattr(text_runs, "MAX_CHUNK", 16)
    monkeypatch.setattr(text_runs, "LARGE", 16)
    pick = random.Random(1)
    for _ in range(2000):
        data = bytes(17) + b"".join(pick.choices(PARTS, k=pick.randrange(40)))
        expected = [found.span() for found in re.finditer(CHARACTER + rb"{8,}", data)]
        assert text_runs.text_runs(data) == expected
