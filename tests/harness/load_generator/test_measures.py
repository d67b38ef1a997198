"""Distributions, and what a session took."""

import json
from dataclasses import replace

import pytest

from harness.cassette.model import Line
from harness.load_generator.histogram import Durations
from harness.load_generator.measures import Measures
from harness.load_generator.session_times import SessionTimes, turns
from tests.support.cassettes.builders import PLAIN, PROFILE


def durations(values):
    found = Durations()
    for value in values:
        found.add(value)
    return found


def test_percentiles_are_right_to_one_per_cent():
    values = list(range(1000, 101_000, 100))
    found = durations(values)
    ordered = sorted(values)
    for share in (0.5, 0.9, 0.99):
        exact = ordered[int(share * len(ordered)) - 1] / 1000
        assert found.percentile(share) == pytest.approx(exact, rel=0.011)
    assert found.percentile(1.0) == pytest.approx(max(values) / 1000, rel=0.011)
    assert found.mean == pytest.approx(sum(values) / len(values) / 1000)


def test_an_empty_distribution_has_no_times():
    assert (Durations().percentile(0.5), Durations().mean, Durations().longest) == (0.0, 0.0, 0)


def test_the_results_of_two_processes_are_those_of_one():
    one, other, both = Measures(), Measures(), Measures()
    first = SessionTimes([("turn", "socket /a", 1500), ("gap", "socket /a", 20)], [])
    second = SessionTimes([("turn", "socket /a", 9000)], ["socket /a: no done"])
    for measures, sessions in ((one, [first]), (other, [second]), (both, [first, second])):
        for each in sessions:
            measures.add(each)
    one.merge(Measures.from_data(json.loads(json.dumps(other.as_data()))))
    assert one.as_data() == both.as_data()
    assert (one.sessions, one.failed, dict(one.failures)) == (2, 1, {"socket /a: no done": 1})


def lines(*said):
    return [Line(direction, at, "text", data.encode()) for direction, at, data in said]


def test_a_turn_lasts_from_a_message_of_the_client_to_the_last_one_before_its_next():
    said = lines(
        ("<", 10, "hello"), (">", 100, "one"), ("<", 150, "a"), ("<", 170, "b"), (">", 300, "two"), ("<", 310, "c")
    )  # fmt: skip
    expected = [("first token", 50), ("gap", 20), ("turn", 70), ("first token", 10), ("turn", 10)]
    assert list(turns(said, PLAIN)) == expected


def test_only_the_pieces_of_a_text_are_tokens_where_the_profile_names_them():
    profile = replace(PROFILE, deltas={"appendText": "text"})
    said = lines(
        (">", 0, '{"event":"send"}'), ("<", 5, '{"event":"received"}'), ("<", 40, '{"event":"appendText","text":"a"}'),
        ("<", 60, '{"event":"appendText","text":"b"}'), ("<", 65, '{"event":"done"}'),
    )  # fmt: skip
    assert list(turns(said, profile)) == [("first token", 40), ("gap", 20), ("turn", 65)]


def test_heartbeats_and_messages_without_an_answer_make_no_turn():
    said = lines((">", 0, "one"), (">", 10, "two"), ("<", 15, '{"type":"ping"}'), ("<", 30, "a"))
    assert list(turns(said, PLAIN)) == [("first token", 20), ("turn", 20)]
