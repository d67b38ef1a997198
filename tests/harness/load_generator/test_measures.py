"""Distributions, and what a session took."""

import json
import os
import socket
from dataclasses import replace

import pytest

from harness.cassette.model import Line
from harness.load_generator.histogram import Durations
from harness.load_generator.measures import Measures
from harness.load_generator.process_watch import ProcessSample, ProcessWatch, WatchError, slope
from harness.load_generator.report import as_data, page, watched
from harness.load_generator.run import LoadResult
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


def test_the_memory_of_a_process_is_a_line_in_its_second_half():
    samples = [ProcessSample(float(second), 50_000_000, 9) for second in range(60)]
    assert slope(samples) == 0.0
    growing = [ProcessSample(float(second), 1024**2 * second // 6, 9) for second in range(60)]
    assert slope(growing) == pytest.approx(10.0, rel=0.01)
    filling = [ProcessSample(float(second), 1024**2 * min(second, 20), 9) for second in range(60)]
    assert slope(filling) == pytest.approx(0.0, abs=0.01)
    assert slope(samples[:2]) == 0.0


def test_this_process_can_be_watched_and_one_that_is_gone_cannot():
    watch = ProcessWatch(os.getpid())
    watch.take(0.0)
    with socket.socket():
        watch.take(1.0)
    assert watch.samples[0].memory > 1024**2
    assert watch.samples[1].descriptors == watch.samples[0].descriptors + 1
    with pytest.raises(WatchError, match="give the id of a running process of yours"):
        ProcessWatch(2**22 + 1)


def test_the_report_names_what_the_server_held():
    result = LoadResult(watched=[ProcessSample(0.0, 10 * 1024**2, 7), ProcessSample(1.0, 12 * 1024**2, 9)])
    assert "12.0 MiB at most" in watched(result)
    assert "9 descriptors at most, 9 at the end" in watched(result)
    assert as_data(result)["server"][1] == {"second": 1.0, "memory": 12 * 1024**2, "descriptors": 9}
    assert b"the server&#x27;s MiB" in page(result, "chat.yaml")
    assert watched(LoadResult()) == ""
