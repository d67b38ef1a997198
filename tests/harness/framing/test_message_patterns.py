"""Patterns of messages, as a profile's `heartbeats` writes them."""

import pytest

from harness.framing.message_patterns import MessagePattern, MessagePatternError, json_pattern


@pytest.mark.parametrize(
    ("pattern", "data"),
    [
        ('{"op": 1}', b'{"op":1,"d":251}'),
        ('{"op": 1}', b'{"op":1}\x1e'),
        ('{"a": {"b": "x"}}', b'{"a":{"b":"x","c":2}}'),
        ('["beat"]', b'["beat"]'),
        ("~h~*", b"~h~17"),
        ("beat", b"beat"),
        ("a*b*c", b"a1b2b3c"),
        ("*\u2665", "1\u2665".encode()),
        ("hex:c000", b"\xc0\x00"),
    ],
)
def test_a_message_of_a_pattern(pattern, data):
    assert MessagePattern.parse(pattern).matches(data)


@pytest.mark.parametrize(
    ("pattern", "data"),
    [
        ('{"op": 1}', b'{"op":2}'),
        ('{"op": 1}', b'{"op":true}'),
        ('{"op": 1}', b'[{"op":1}]'),
        ('{"op": 1}', b'{"op":1'),
        ('["beat"]', b'["beat",1]'),
        ("~h~*", b"~m~17"),
        ("beat", b"beat "),
        ("ab*ba", b"aba"),
        ("a*b*c", b"acb"),
        ("hex:c000", b"\xc0\x00\x00"),
    ],
)
def test_a_message_of_none(pattern, data):
    assert not MessagePattern.parse(pattern).matches(data)


@pytest.mark.parametrize("pattern", ["*", "**", "{}", "[]", "{x", "hex:", "hex:0", "hex:zz", "a*" * 9])
def test_a_pattern_that_fits_all_or_is_none_is_refused(pattern):
    with pytest.raises(MessagePatternError):
        MessagePattern.parse(pattern)


def test_fields_become_a_pattern():
    assert MessagePattern.parse(json_pattern({"op": 1, "k": "ü"})).matches('{"k":"ü","op":1,"n":7}'.encode())
