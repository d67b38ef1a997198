"""A replay whose feeds begin at a later time."""

from __future__ import annotations

import httpx
import pytest

from harness.cassette.codec import parse
from harness.cli.faults import fault_plan
from harness.cli.main import main
from harness.cli.replay import How
from harness.replay.rules import PlayRules
from harness.replay.starting_point import StartTimeError, parse_time, starting_at
from harness.services.neutral import NEUTRAL
from harness.sessions import replaying

SECOND = 1_000_000
SESSION = """\
cassette: 1
recorded: {at: 2026-11-23T05:00:00Z, by: hand, from: 'https://feed.test', complete: false}
exchanges:
- call: GET /me
  at: 0
  response: {status: 200, json: {name: a}}
- socket: /old
  at: 1
  response: {status: 101}
  messages: |
    < 1 {"old":1}
    < 2 close 1000
- socket: /feed
  at: 10
  response: {status: 101, after: 0.5}
  messages: |
    < 1 {"hello":1}
    > 2 {"subscribe":"a"}
    < 3 {"ok":"a"}
    < 4 {"n":1}
    > 900 {"subscribe":"b"}
    < 901 {"ok":"b"}
    < 902 {"n":2}
    < 3600 {"n":3}
    < 3601.25 {"n":4}
    ! 7200 cut
- call: GET /events
  at: 20
  response:
    status: 200
    after: 1
    headers: {content-type: text/event-stream}
    stream: |
      < 1 text data: hello␊␊
      < 2 text data: 1␊␊
      < 3600 text data: 2␊␊
- socket: /later
  at: 5000
  response: {status: 101}
  messages: |
    < 1 {"later":1}
    ! 7200 cut
"""


def begun(time):
    return starting_at(parse(SESSION.encode()), time * SECOND, NEUTRAL).exchanges


def lines(exchange):
    stream = exchange.response.stream if exchange.response.stream is not None else exchange.messages
    return [(line.time / SECOND, line.data.decode() or line.kind) for line in stream]


def test_an_open_feed_keeps_the_clients_messages_and_one_response_to_the_last():
    me, feed, events, later = begun(3610)
    assert (me.target, later.target) == ("/me", "/later")
    assert lines(feed) == [
        (0.5, '{"hello":1}'),
        (0.5, '{"subscribe":"a"}'),
        (0.5, '{"ok":"a"}'),
        (0.5, '{"n":1}'),
        (0.5, '{"subscribe":"b"}'),
        (0.5, '{"ok":"b"}'),
        (0.5, '{"n":3}'),
        (1.75, '{"n":4}'),
        (3600.5, "cut"),
    ]
    assert lines(events) == [(1, "data: hello\n\n"), (11, "data: 2\n\n")]


def test_a_feed_that_had_ended_is_left_out_and_a_later_one_is_whole():
    assert [each.target for each in begun(4000)] == ["/me", "/feed", "/later"]
    assert lines(begun(4000)[2]) == [(1, '{"later":1}'), (7200, "cut")]


def test_heartbeats_of_the_client_are_no_messages():
    beats = "".join(f'    > {at} {{"type":"ping"}}\n' for at in range(30, 3600, 30))
    text = SESSION.replace('    < 902 {"n":2}\n', "").replace(
        '    > 900 {"subscribe":"b"}\n    < 901 {"ok":"b"}\n', beats
    )
    feed = starting_at(parse(text.encode()), 3610 * SECOND, NEUTRAL).exchanges[1]
    assert [data for _, data in lines(feed)][:5] == [
        '{"hello":1}',
        '{"subscribe":"a"}',
        '{"ok":"a"}',
        '{"n":3}',
        '{"n":4}',
    ]


def test_the_feed_comes_without_the_hour_before_it():
    cassette = starting_at(parse(SESSION.encode()), 3_619_900_000, NEUTRAL)
    with replaying(cassette, speed="recorded") as running:
        assert httpx.get(f"{running.url}/events", timeout=10).text == "data: hello\n\ndata: 2\n\n"


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("90", 90), ("1.5", 1.5), ("2:03", 123), ("1:30:00", 5400), ("0:00:00.25", 0.25)]
)
def test_times(text, seconds):
    assert parse_time(text) == seconds * SECOND


@pytest.mark.parametrize("text", ["", "-1", "1h", "1:2:3:4", "1e3", "now", "9" * 12])
def test_no_times(text):
    with pytest.raises(StartTimeError, match="--from takes seconds, or a time such as 1:30:00"):
        parse_time(text)


def test_a_time_beyond_all_feeds_is_an_error_that_names_the_last_one(tmp_path, capsys):
    path = tmp_path / "session.yaml"
    path.write_text(SESSION, "utf-8")
    assert main(["replay", str(path), "--from", "9:00:00", "--", "true"]) == 2
    assert "its last socket or stream ends at 12200.000000 s" in " ".join(capsys.readouterr().err.split())


def test_a_cassette_without_feeds_has_no_later_time():
    text = SESSION.partition("- socket")[0]
    with pytest.raises(StartTimeError, match="it has no socket and no stream"):
        starting_at(parse(text.encode()), SECOND, NEUTRAL)


@pytest.mark.parametrize("option", [["--loop"], ["--from", "1"]])
def test_control_has_neither(tmp_path, capsys, option):
    assert main(["replay", str(tmp_path), "--control", *option, "--", "true"]) == 2
    assert f"{option[0]} does not go with --control" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(("loops", "repeats"), [(False, True), (True, False)])
def test_a_client_that_a_fault_cuts_gets_the_same_again_or_the_next_round(loops, repeats):
    how = How("instant", None, "now", PlayRules(loops=loops), fault_plan(["cut after 1 message"]))
    assert how.options["rules"].repeats == repeats
