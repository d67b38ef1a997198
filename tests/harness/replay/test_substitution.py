from __future__ import annotations

import json
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.replay.substitution import held_values, substituted

TABLE = {"A": "mine", "B b": "other's", "é": "ü"}


def sent(value: str) -> str:
    return TABLE.get(value, value)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'{"A":"A","x":["A","AA"]}', b'{"A":"mine","x":["mine","AA"]}'),
        (b'{"x":"\\u0041"}', b'{"x":"mine"}'),
        (b'{"x":"say \\"A\\""}', b'{"x":"say \\"A\\""}'),
        (b'{"u":"/h?id=A&x=B%20b#A"}', b'{"u":"/h?id=mine&x=other%27s#A"}'),
        ('{"x":"é"}'.encode(), '{"x":"ü"}'.encode()),
        (b'data: {"x":"A"}\n\n', b'data: {"x":"mine"}\n\n'),
        (b"go to /h?id=A", b"go to /h?id=mine"),
        (b"A", b"A"),
        (b"\xff?id=A", b"\xff?id=A"),
    ],
)
def test_value_is_replaced_where_it_stands_alone(payload, expected):
    assert substituted(payload, sent) == expected


def test_values_that_change_places_do_not_come_back():
    swap = {"A": "B", "B": "A"}
    assert substituted(b'{"a":"A","b":"B"}', lambda value: swap.get(value, value)) == b'{"a":"B","b":"A"}'


@settings(deadline=None)
@given(st.dictionaries(st.text(), st.text() | st.sampled_from(sorted(TABLE))))
def test_json_stays_json_with_its_values_replaced(value):
    payload = json.dumps(value, ensure_ascii=False).encode()
    expected = {key: sent(text) for key, text in value.items() if "=" not in text}
    found = json.loads(substituted(payload, sent))
    assert {key: text for key, text in found.items() if key in expected} == expected


@settings(deadline=None)
@given(st.binary())
def test_payload_without_such_values_keeps_its_bytes(payload):
    assert substituted(payload, lambda value: value) == payload


def test_held_values_are_those_that_stand_alone():
    assert held_values(b'{"a":"A","u":"/?x=B%20b","n":"AA"}', frozenset(TABLE)) == {"A", "B b"}


@pytest.mark.parametrize("count", [1, 20], ids=["few values", "many values"])
@pytest.mark.parametrize(
    ("payload", "held"),
    [
        (b'{"u":"/h?id=a+b"}', {"a b"}),
        (b"go to /h?x=1&id=a%20b", {"a b"}),
        (b'{"x":"a b"}', {"a b"}),
        (b'{"a b":"the a b"}', set()),
    ],
)
def test_held_values_are_found_in_every_spelling_whatever_their_number(payload, held, count):
    values = {"a b", *(f"other {number}" for number in range(count - 1))}
    assert held_values(payload, values) == held


@settings(deadline=None)
@given(st.text(min_size=1), st.sampled_from(['{"x":%s}', '{"x":"/?q=1&id=%s"}', "see /?id=%s", "data: %s"]))
def test_few_values_are_held_where_many_are(value, around):
    spelled = quote_plus(value) if "id=" in around else json.dumps(value)
    payload = (around % spelled).encode()
    many = {value, *(f"other {number}" for number in range(20))}
    assert held_values(payload, {value}) == held_values(payload, many) & {value}
