"""Two recordings side by side: what is named as different, and what is not."""

import json
from dataclasses import replace as with_fields
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.cassette.model import (
    Aborted,
    Body,
    Call,
    Cassette,
    Line,
    Recorded,
    RequestPart,
    ResponsePart,
    SocketExchange,
)
from harness.cassette.store import load
from harness.compare.diff import differences
from harness.profile import ServiceProfile
from harness.services.copilot import COPILOT

CASSETTES = sorted((Path(__file__).parents[3] / "cassettes").glob("*2026.yaml"))
PROFILE = ServiceProfile(
    name="test",
    upstream="https://service.test",
    event_name=lambda raw: json.loads(raw).get("event"),
    deltas={"append": "text"},
    numbering="id",
)


def call(answer, target="/a", status=200, headers=(), asked=b""):
    return Call(
        method="GET",
        target=target,
        request=RequestPart(body=Body(data=asked)),
        response=ResponsePart(status=status, headers=headers, body=Body(data=json.dumps(answer).encode())),
    )


NORMAL = Line("<", 99, "close", b"", 1000)


def socket(*events, end=NORMAL):
    lines = tuple(Line("<", i, "text", json.dumps(each).encode()) for i, each in enumerate(events))
    return SocketExchange(target="/ws", response=ResponsePart(status=101), messages=(*lines, end))


def cassette(*exchanges):
    return Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="relay"), exchanges=exchanges)


def told(one, other, **how):
    """Each difference as (kind, message, what, field, one, other)."""
    found = differences(cassette(*one), cassette(*other), PROFILE, **how)
    return [(each.kind, each.message, each.what, each.field, each.one, each.other) for each in found]


def test_field_of_an_answer_is_named_by_its_path():
    one, other = call({"a": [{"b": 1}]}), call({"a": [{"b": 2}]})
    assert told([one], [other]) == [("changed", None, "response body", "a[0].b", "1", "2")]


def test_field_that_only_one_has_is_absent_in_the_other():
    assert told([call({})], [call({"a": None})]) == [("changed", None, "response body", "a", "absent", "null")]


def test_status_and_headers_are_compared():
    one, other = call({}, headers=(("x-a", "1"),)), call({}, status=429, headers=(("retry-after", "3"),))
    assert told([one], [other]) == [
        ("changed", None, "outcome", "", '"200"', '"429"'),
        ("changed", None, "response header x-a", "", '"1"', "absent"),
        ("changed", None, "response header retry-after", "", "absent", '"3"'),
    ]


def test_one_message_more_makes_no_other_one_differ():
    one = socket({"event": "a"}, {"event": "b", "n": 1}, {"event": "c"})
    other = socket({"event": "a"}, {"event": "new"}, {"event": "b", "n": 1}, {"event": "c"})
    assert told([one], [other]) == [("added", 1, "< new", "", "", '{"event": "new"}')]


def test_exchange_that_only_one_has_is_told_alone():
    one, other = [call({}), call({}, "/b")], [call({})]
    assert told(one, other) == [("removed", None, "", "", "", "")]
    assert told(other, one) == [("added", None, "", "", "", "")]


def test_text_in_other_pieces_is_the_same_text():
    one = socket(*({"event": "append", "text": piece, "id": str(i)} for i, piece in enumerate(["Hel", "lo"])))
    other = socket(*({"event": "append", "text": piece, "id": str(i)} for i, piece in enumerate(["H", "ell", "o"])))
    assert told([one], [other]) == []
    assert told([one], [other], exact=True) != []


def test_another_text_is_shown_whole():
    one, other = (socket(*({"event": "append", "text": piece} for piece in text)) for text in ("Hello", "Hallo"))
    assert told([one], [other]) == [("changed", 0, "< append", "text", '"Hello"', '"Hallo"')]


def test_ids_may_differ_as_long_as_each_stands_for_the_same():
    def ids(first, second):
        return socket({"event": "a", "x": first, "y": first}, {"event": "b", "x": second})

    one, other = "k3-AbCd9876", "Zz_1234567890"
    assert told([ids(one, one)], [ids(other, other)]) == []
    assert len(told([ids(one, one)], [ids(other, "q7-XyZw5432")])) == 1
    assert len(told([ids(one, one)], [ids(other, other)], exact=True)) == 3


def test_times_may_differ():
    one, other = (call({"at": at}) for at in ("2026-11-23T05:00:00Z", "2025-01-01T00:00:00.123Z"))
    assert told([one], [other]) == []
    assert len(told([one], [other], exact=True)) == 1


def test_local_servers_differ_by_their_port_alone():
    one, other = (call({"url": f"http://127.0.0.1:{port}/a"}) for port in (40001, 40002))
    assert told([one], [other]) == []
    assert len(told([one], [call({"url": "http://127.0.0.1:40002/b"})])) == 1


def test_close_code_is_named():
    one, other = socket(), socket(end=Line("<", 5, "close", b"", 1011))
    assert [each[:3] for each in told([one], [other])] == [("removed", 0, "< close 1000"), ("added", 0, "< close 1011")]


def test_lost_connection_is_the_same_by_fin_and_by_rst_unless_compared_exactly():
    fin, rst = (socket({"event": "a"}, end=Line("<", 99, how)) for how in ("eof", "reset"))
    assert told([fin], [rst]) == []
    assert told([fin], [rst], exact=True) != []
    assert told([fin], [socket({"event": "a"})]) != []


def test_refused_call_is_the_same_by_fin_and_by_rst_unless_compared_exactly():
    fin, rst = (
        Call(method="GET", target="/a", request=RequestPart(), aborted=Aborted(by="server", how=how))
        for how in ("eof", "reset")
    )
    assert told([fin], [rst]) == []
    assert told([fin], [rst], exact=True) != []


def test_when_and_from_whom_it_was_recorded_does_not_count():
    one = cassette(call({}))
    other = msgspec.structs.replace(one, recorded=Recorded(at="2020-01-01T00:00:00Z", by="har", origin="fake:2026"))
    assert differences(one, other, PROFILE, exact=True) == ()


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_cassette_is_equal_to_itself(path):
    known = load(path)
    assert differences(known, known, COPILOT, exact=True) == ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, json_values)
@example([False], [0])
@example({"a": [1]}, {"a": [True]})
def test_any_two_answers_differ_exactly_if_they_are_not_equal(one, other):
    is_same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (told([call(one)], [call(other)], exact=True) == []) == is_same


def test_profile_without_deltas_joins_nothing():
    plain = with_fields(PROFILE, deltas={})
    one, other = (socket(*({"event": "append", "text": piece} for piece in text)) for text in (["ab"], ["a", "b"]))
    assert differences(cassette(one), cassette(other), plain) != ()
