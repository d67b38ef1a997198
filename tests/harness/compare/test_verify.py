import json

import pytest
from hypothesis import given, settings
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
from harness.compare.closely import orders_of, reordered
from harness.compare.json_fields import JsonFields, differing
from harness.compare.verify import compare
from harness.profile import ServiceProfile

PROFILE = ServiceProfile(
    name="test",
    upstream="https://service.test",
    event_name=lambda raw: json.loads(raw).get("event"),
    end_of_turn=frozenset({"done"}),
    milestones=frozenset({"started"}),
    numbering="id",
)


def call(answer, target="/a", status=200, kind="application/json; charset=utf-8"):
    response = ResponsePart(
        status=status, headers=(("content-type", kind),), body=Body(data=json.dumps(answer).encode())
    )
    return Call(method="GET", target=target, request=RequestPart(), response=response)


NORMAL = Line("<", 99, "close", b"", 1000)


def socket(*events, end=NORMAL):
    lines = tuple(Line("<", i, "text", json.dumps(each).encode()) for i, each in enumerate(events))
    return SocketExchange(target="/ws", response=ResponsePart(status=101), messages=(*lines, end))


def compared(old, new, **how):
    sides = [
        Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="relay"), exchanges=tuple(side)) for side in (old, new)
    ]
    return compare(*sides, PROFILE, **how)


def said(old, new, **how):
    return compared(old, new, **how).text().splitlines()


def named(*names):
    """A socket on which these events come."""
    return socket(*({"event": name} for name in names))


def test_other_words_ids_and_numbers_are_no_difference():
    old, new = (
        call({"id": "a", "n": 1}, "/c/CONVERSATION12345678"),
        call({"id": "b", "n": 2.5}, "/c/OTHER12345678901234"),
    )
    assert compared([old], [new]).ok
    assert said([old], [new]) == ["The shape is as recorded."]


def test_another_number_of_equal_events_is_no_difference():
    one = {"event": "append", "text": "x"}
    assert not compared([socket(one)], [socket(one, one, one)]).differences


@pytest.mark.parametrize(
    "events",
    [
        ["text", "source", "text"],
        ["text", "source", "text", "source"],
        ["text", "text", "source", "source", "text", "text", "source", "text"],
    ],
)
def test_how_often_events_alternate_is_no_difference(events):
    short = named("started", "text", "source", "done")
    assert not compared([short], [named("started", *events, "done")]).differences


@pytest.mark.parametrize(
    ("events", "line"),
    [
        (("started", "source", "text", "source", "done"), "event 2: recorded nothing, now < source"),
        (("started", "text", "source", "started", "text", "done"), "event 4: recorded nothing, now < started, < text"),
        (("started", "text", "source", "done", "text"), "event 5: recorded nothing, now < text"),
    ],
)
def test_another_beginning_or_another_stretch_is_a_difference(events, line):
    recorded = named("started", "text", "source", "text", "done")
    assert f"changed: exchange 1 (socket /ws) {line}" in said([recorded], [named(*events)])


@given(st.lists(st.sampled_from(["text", "source", "card"]), min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_longer_answers_that_begin_alike_are_of_one_shape(events):
    """Whatever comes again in a stretch, and how often, has come before."""
    first_times = list(dict.fromkeys(events))
    assert not compared([named("started", *first_times)], [named("started", *events)]).differences


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (call({}), call({}, status=201), "exchange 1 (GET /a) answer: recorded 200 application/json, now 201 application/json"),
        (call({}), call({}, kind="text/json"), "exchange 1 (GET /a) answer: recorded 200 application/json, now 200 text/json"),
        (call({"a": 1}), call({}), "exchange 1 (GET /a) response a: recorded number, now missing"),
        (call({"a": 1}), call({"a": "1"}), "exchange 1 (GET /a) response a: recorded number, now string"),
        (call({"a": [{"b": 1}]}), call({"a": [{"b": True}]}), "exchange 1 (GET /a) response a[].b: recorded number, now boolean"),
        (socket({"event": "x", "f": 1}), socket({"event": "x"}), "exchange 1 (socket /ws) < x f: recorded number, now missing"),
        (socket({"event": "x"}), socket({"event": "y"}), "exchange 1 (socket /ws) event 1: recorded < x, now < y"),
        (
            socket({"event": "x"}),
            socket({"event": "x"}, end=Line("<", 99, "close", b"", 1011)),
            "exchange 1 (socket /ws) event 2: recorded < close 1000, now < close 1011",
        ),
    ],
)  # fmt: skip
def test_what_changed_is_said(old, new, line):
    assert said([old], [new]) == [f"changed: {line}"]


def test_a_new_field_is_said_but_is_no_failure():
    comparison = compared([call({"a": 1})], [call({"a": 1, "b": None})])
    assert comparison.ok
    assert comparison.text() == "new: exchange 1 (GET /a) response b: recorded absent, now null\n"


def test_a_field_that_was_optional_may_be_missing():
    old = socket({"event": "x", "f": 1}, {"event": "x"})
    assert not compared([old], [socket({"event": "x"})]).differences


def test_who_closes_after_a_turn_does_not_matter():
    done = {"event": "done"}
    assert not compared([socket(done)], [socket(done, end=Line(">", 99, "eof"))]).differences


def test_a_lost_connection_is_the_same_by_fin_and_by_rst():
    fin, rst = Line("<", 99, "eof"), Line("<", 99, "reset")
    old, new = ([socket({"event": "started"}, end=each)] for each in (rst, fin))
    assert not compared(old, new).differences
    assert not compared(new, old).differences


def test_a_lost_connection_is_no_close_frame():
    old, new = ([socket({"event": "started"}, end=each)] for each in (Line("<", 99, "reset"), NORMAL))
    assert said(old, new) == ["changed: exchange 1 (socket /ws) event 2: recorded < connection lost, now < close 1000"]


def test_a_refused_call_is_the_same_by_fin_and_by_rst():
    old, new = (
        [Call(method="GET", target="/a", request=RequestPart(), aborted=Aborted(by="server", how=how))]
        for how in ("reset", "eof")
    )
    assert not compared(old, new).differences


def test_missing_and_further_calls_are_said():
    assert said([call({}), call({}, "/b")], [call({}), call({}, "/c")]) == [
        "changed: exchange 2: recorded GET /b, now missing",
        "changed: after exchange 2: recorded nothing, now GET /c",
    ]


def test_no_value_is_shown():
    assert "private" not in compared([call({"a": "private"})], [call({"a": 1})]).text()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(json_values, max_size=4))
@settings(max_examples=150, deadline=None)
def test_values_never_differ_from_themselves(values):
    assert list(differing(JsonFields(values), JsonFields(values))) == []


@given(json_values, json_values)
@settings(max_examples=150, deadline=None)
def test_any_two_values_can_be_compared(one, other):
    assert all(kind in {"new", "changed"} for kind, *_ in differing(JsonFields([one]), JsonFields([other])))


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (call({"a": 1, "b": 2}), call({"b": 2, "a": 1}), "(GET /a) response (value) keys: recorded a, b, now b, a"),
        (call({"x": [{"a": 1, "b": 2}]}), call({"x": [{"b": 1, "a": 2}]}), "(GET /a) response x[] keys: recorded a, b, now b, a"),
        (
            socket({"event": "x", "f": 1, "id": "0"}),
            socket({"event": "x", "id": "0", "f": 1}),
            "(socket /ws) < x (value) keys: recorded event, f, id, now event, id, f",
        ),
        (socket({"id": "0"}), socket({"id": "1"}), "(socket /ws) numbers: recorded from 0, now from 1"),
        (socket({"id": "0"}), socket({"id": "0"}, {"id": "2"}), "(socket /ws) numbers: recorded from 0, now from 0, then 2 for 1"),
        (socket({"id": "0"}), socket({"id": "0"}, {"id": "0.0001"}), "(socket /ws) numbers: recorded from 0, now from 0, some apart"),
    ],
)  # fmt: skip
def test_order_of_keys_and_numbers_count_only_where_it_is_looked_at_closely(old, new, line):
    assert said([old], [new], closely=True) == [f"changed: exchange 1 {line}"]
    assert compared([old], [new]).ok


def test_keys_that_stand_in_either_order_have_none():
    either = call([{"a": 1, "b": 2}, {"b": 2, "a": 1}])
    assert not compared([either], [call([{"b": 2, "a": 1}])], closely=True).differences


def test_key_that_is_new_does_not_change_the_order_of_the_others():
    comparison = compared([call({"a": 1, "c": 1})], [call({"a": 1, "b": 1, "c": 1})], closely=True)
    assert [each.kind for each in comparison.differences] == ["new"]


@given(st.lists(json_values, max_size=4))
@settings(max_examples=100, deadline=None)
def test_orders_never_differ_from_themselves(values):
    assert list(reordered(orders_of(values), orders_of(values))) == []
