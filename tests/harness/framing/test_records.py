"""Messages that are JSON only in part are taken apart into records, a head and a value each."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.framing.json_values import NOT_JSON
from harness.framing.records import RECORD_SEPARATOR, records_of
from harness.match.compare import Rules, difference
from harness.match.request import ParsedMessage
from tests.support.cassettes.builders import PLAIN

VALUES = st.one_of(
    st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=4), max_size=3),
    st.lists(st.integers(), max_size=3),
)
HEADS = st.sampled_from([b"", b"42", b"42/admin,", b"451-", b"event ", b"data: "])


def taken(data: bytes) -> list[tuple[bytes, object]] | None:
    found = records_of(data)
    return None if found is None else [(record.head, record.value) for record in found[1]]


@pytest.mark.parametrize(
    ("data", "records"),
    [
        (b'{"type":1}\x1e', [(b"", {"type": 1}), (b"", NOT_JSON)]),
        (b'{"a":1}\x1e{"b":2}\x1e', [(b"", {"a": 1}), (b"", {"b": 2}), (b"", NOT_JSON)]),
        (b'42["chat",{"id":1}]', [(b"42", ["chat", {"id": 1}])]),
        (b'42/admin,["chat"]', [(b"42/admin,", ["chat"])]),
        (b'a["{}"]', [(b"a", ["{}"])]),
        (b'SEND [1]\n{"a":1}', [(b"SEND ", [1]), (b"", {"a": 1})]),
        (b'log [warn] {"a":1}', [(b"log [warn] ", {"a": 1})]),
    ],
    ids=["a record", "two records", "socket.io", "with a namespace", "SockJS", "lines", "a bracket in the head"],
)
def test_record_is_a_head_and_a_value(data, records):
    assert taken(data) == records


@pytest.mark.parametrize("data", [b"", b"hello", b"42", b"a [b c", b"\x1e\x1e", b"\xff\xfe{", b"{not json}"])
def test_message_without_json_has_no_records(data):
    assert records_of(data) is None


@given(st.lists(st.tuples(HEADS, VALUES), min_size=1, max_size=4))
def test_records_that_were_put_together_are_taken_apart_again(pieces):
    data = b"".join(head + json.dumps(value).encode() + RECORD_SEPARATOR for head, value in pieces)
    assert taken(data) == [*pieces, (b"", NOT_JSON)]


@given(st.binary(max_size=200))
def test_no_message_is_too_odd(data):
    found = records_of(data)
    assert found is None or len(found[1]) == data.count(found[0]) + 1


@pytest.mark.parametrize(
    "hostile", [b"[" * 200_000 + b"]", b"[}" * 100_000, b'{"a":' * 50_000 + b"}", b"\x1e{}" * 100_000]
)
def test_hostile_message_takes_linear_time(hostile):
    began = time.process_time()
    records_of(hostile)
    assert time.process_time() - began < 2


# ---------------------------------------------------------------- compared
def differing(recorded: bytes, came: bytes) -> list[str]:
    return [
        each.field for each in difference(ParsedMessage("text", recorded), ParsedMessage("text", came), Rules.of(PLAIN))
    ]


def test_value_in_a_record_is_compared_by_what_it_says():
    assert differing(b'42["chat",{"a":1,"b":2}]', b'42["chat", {"b":2, "a":1}]') == []


def test_head_of_a_record_has_to_be_the_same():
    assert differing(b'42/admin,["chat"]', b'42/users,["chat"]')


def test_difference_in_a_record_names_the_place():
    (place,) = differing(b'42["chat",{"text":"a"}]', b'42["chat",{"text":"b"}]')
    assert place.endswith("[1].text")
