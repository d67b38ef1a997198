"""A client of a stream of events comes back with ``Last-Event-ID``, and misses no event."""

from __future__ import annotations

import httpx
import pytest

from harness.cassette.codec import parse
from harness.sessions import replaying

HEAD = "cassette: 1\nrecorded: {at: 2026-11-23T05:00:00Z, by: hand, from: 'https://feed.test'}\nexchanges:\n"


def call(line, at, stream, request=""):
    rows = "".join(f"      {row}\n" for row in stream)
    return (
        f"- call: {line}\n  at: {at}\n{request}  response:\n    status: 200\n"
        f"    headers: {{content-type: text/event-stream}}\n    stream: |\n{rows}"
    )


def events(*numbers, begin=0.0):
    return [f"< {begin + number / 10} text id: {number}␊data: {number}␊␊" for number in numbers]


FIRST = call("GET /feed", 0, events(1, 2, 3, 4))
SECOND = call("GET /feed", 2, events(5, 6), "  request: {headers: {accept: text/event-stream, last-event-id: '4'}}\n")


class EventSource:
    """What browsers do: read until the connection ends, and come back with the last id."""

    def __init__(self, url, path="/feed"):
        self.url = url + path
        self.last = ""
        self.data = []

    def connect(self):
        headers = {"accept": "text/event-stream"} | ({"last-event-id": self.last} if self.last else {})
        with httpx.Client() as http, http.stream("GET", self.url, headers=headers) as response:
            try:
                for line in response.iter_lines():
                    key, _, value = line.partition(": ")
                    if key == "id":
                        self.last = value
                    elif key == "data":
                        self.data.append(int(value))
            except httpx.RemoteProtocolError:
                pass
        return response.status_code


def play(text, **options):
    return replaying(parse((HEAD + text).encode()), **options)


def test_the_recorded_continuation_answers_its_own_id():
    with play(FIRST + SECOND) as running:
        source = EventSource(running.url)
        assert [source.connect(), source.connect()] == [200, 200]
    assert source.data == [1, 2, 3, 4, 5, 6]
    report = running.report()
    assert (report.problems, report.notes) == ((), ())


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_client_that_is_cut_elsewhere_gets_what_follows_its_last_event(cut):
    with play(FIRST + SECOND, faults=[f"cut after {cut} events"]) as running:
        source = EventSource(running.url)
        for _ in range(3):
            source.connect()
    assert source.data == [1, 2, 3, 4, 5, 6]
    assert running.report().ok
    assert running.report().notes == (
        "exchange 1: GET /feed: a client came back, and got what follows its Last-Event-ID",
    )


def test_behind_the_last_event_nothing_comes():
    with play(FIRST) as running:
        source = EventSource(running.url)
        assert [source.connect(), source.connect()] == [200, 200]
    assert source.data == [1, 2, 3, 4]
    assert running.report().ok


def test_an_id_that_the_service_never_sent_is_a_mismatch():
    with play(FIRST) as running:
        source = EventSource(running.url)
        source.connect()
        source.last = "9"
        assert source.connect() == 501
    assert [each.kind for each in running.report().problems] == ["used-up"]


def test_a_stream_that_nobody_asked_for_does_not_go_on():
    with play(FIRST) as running:
        source = EventSource(running.url)
        source.last = "2"
        source.connect()
    assert source.data == [1, 2, 3, 4]


def test_a_get_goes_on_with_the_stream_of_a_post():
    post = call("POST /mcp", 0, events(1, 2, 3), "  request: {json: {method: call}}\n")
    with play(post) as running:
        httpx.post(f"{running.url}/mcp", json={"method": "call"})
        source = EventSource(running.url, "/mcp")
        source.last = "1"
        assert source.connect() == 200
    assert source.data == [2, 3]


def test_the_pace_counts_from_the_last_event():
    hours = [*events(1), *events(2, begin=7200), *events(3, begin=7200.01)]
    with play(call("GET /feed", 0, hours), speed="recorded") as running:
        source = EventSource(running.url)
        with httpx.Client() as http, http.stream("GET", source.url) as response:
            assert next(response.iter_lines()) == "id: 1"
        source.last = "2"
        source.connect()
    assert source.data == [3]
