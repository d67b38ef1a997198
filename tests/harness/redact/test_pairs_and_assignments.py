"""Pairs and assignments are found quickly: by what is rare in them, with the results of one plain pattern."""

from __future__ import annotations

import random
import re

import pytest

from harness.redact.detect import markup
from harness.redact.detect.hits import Lookup
from harness.redact.detect.markup import assigned_hits
from harness.redact.detect.pairs import line_hits, pair_hits, setting_hits
from harness.redact.detect.strength import is_strong

NAMES = Lookup({"token": "cookie"})
PARTS = (
    b"token", b"a", b"9", b"=", b":", b'"', b"'", b"`", b" ", b"   ", b"\n", b"\x1e", b"abcdefgh", b"?", b"&", b";", b"#",
    b"(", b",", b".", b"$", b"-", b"\\", b"[", b"\xc3\xa9", b"\xff", b"\0", b"q7Zk3vX9pLw2RtY8mB4n", b" token=", b"\ntoken: ", b"token: 'q7Zk3vX9pLw2RtY8", b"x" * 76,
)  # fmt: skip
ASSIGNED = re.compile(
    rb"(?<![\w:.$-])([A-Za-z_$][\w:.$-]{0,80})\s{0,9}[=:]\s{0,9}"
    rb"(?:\"([^\"\\\x1e]{8,20000})\"|'([^'\\\x1e\n]{8,20000})'|`([^`\\\x1e\n]{8,20000})`)"
)
SETTING = re.compile(rb"(?:^|[\s,\"'(\x1e])([\w.-]{1,80})=([^&\s\"'<>\\\x00-\x1f;,)]{8,20000})", re.ASCII)
LINE = re.compile(rb"(?:^|[\n\x1e])([A-Za-z_][\w.-]{0,80})[ \t]{0,4}:[ \t]{0,4}([^\s\"\x1e][^\r\n\x1e\x00]{7,20000})")


def values(pattern, data):
    for found in pattern.finditer(data):
        name = re.split(rb"[.:]", found[1])[-1] if pattern is ASSIGNED else found[1]
        value = found[found.lastindex].rstrip() if pattern is LINE else found[found.lastindex]
        if NAMES.find(name) is not None and is_strong(value):
            yield value.strip()


@pytest.mark.parametrize("apart", [0, 1 << 20], ids=["sparse", "dense"])
@pytest.mark.parametrize(("find", "pattern"), [(assigned_hits, ASSIGNED), (setting_hits, SETTING), (line_hits, LINE)])
def test_finder_finds_what_one_plain_pattern_finds(find, pattern, apart, monkeypatch):
    monkeypatch.setattr(markup, "_APART", apart)  # assignments are sought in another way where they are many
    pick = random.Random(2)
    some = 0
    for _ in range(1500):
        data = b"token" + b"".join(pick.choices(PARTS, k=pick.randrange(1, 30))) + b"\n"
        expected = [*values(pattern, data)]
        some += len(expected)
        assert [hit.value.strip() for hit in find(data, NAMES)] == expected, data
    assert some > 20


@pytest.mark.parametrize(
    ("data", "values"),
    [(b"token=one", [b"one"]), (b"a=b?token=one&x=y;token=two;", [b"one", b"two"]), (b"atoken=one", []), (b"?atoken=one", [])],
)  # fmt: skip
def test_pair_begins_at_the_start_or_behind_a_mark(data, values):
    assert [hit.value for hit in pair_hits(data, NAMES)] == values
