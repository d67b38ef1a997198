"""A client of a stream of events comes back with ``Last-Event-ID``, and misses no event."""

from __future__ import annotations

import json

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


# ---------------------------------------------------------------- two streams are resumed at once, as MCP does
def pick(number, call_id):
    """A call whose stream the service closes behind its first event."""
    row = f"< 0.1 text id: {call_id}␊data: {number}␊␊"
    return call("POST /mcp", number, [row], f"  request: {{json: {{method: call, n: {number}}}}}\n")


def rest(at, last, number):
    asked = f"  request: {{headers: {{accept: text/event-stream, last-event-id: {last}}}}}\n"
    return call("GET /mcp", at, [f"< 0.1 text id: {last}9␊data: {number}␊␊"], asked)


QUIET = (
    "- call: GET /mcp\n  at: 0\n  request: {headers: {accept: text/event-stream}}\n"
    "  response: {status: 200, headers: {content-type: text/event-stream}}\n"
)
TWO_CALLS = pick(1, "one-aaaa") + pick(2, "two-bbbb") + rest(3, "one-aaaa", 11) + rest(4, "two-bbbb", 22)


def start(running, number):
    return httpx.post(f"{running.url}/mcp", json={"method": "call", "n": number}).text


def come_back(running, last="", **options):
    headers = {"accept": "text/event-stream"} | ({"last-event-id": last} if last else {})
    return httpx.get(f"{running.url}/mcp", headers=headers, **options)


def test_each_resumed_stream_goes_on_with_its_own_events():
    with play(TWO_CALLS) as running:
        for number in (1, 2):
            start(running, number)
        found = [come_back(running, last).text for last in ("two-bbbb", "one-aaaa")]
    assert found == ["id: two-bbbb9\ndata: 22\n\n", "id: one-aaaa9\ndata: 11\n\n"]
    assert (running.report().problems, running.report().notes) == ((), ())


def test_a_client_without_a_last_event_gets_no_rest_of_a_stream():
    with play(TWO_CALLS) as running:
        for number in (1, 2):
            start(running, number)
        assert come_back(running).status_code == 501
        found = [come_back(running, last).text for last in ("two-bbbb", "one-aaaa")]
    assert ["22" in found[0], "11" in found[1]] == [True, True]
    (problem,) = running.report().problems
    assert [each.field for each in problem.nearest.differences] == ["headers.last-event-id"]


def test_the_rest_of_a_stream_never_answers_for_another_one():
    once = pick(1, "one-aaaa") + pick(2, "two-bbbb") + rest(3, "one-aaaa", 11)
    with play(once) as running:
        for number in (1, 2):
            start(running, number)
        assert come_back(running, "two-bbbb").text == ""
        assert "11" in come_back(running, "one-aaaa").text
    assert running.report().problems == ()


def test_who_comes_back_to_a_stream_without_events_waits_there():
    with play(QUIET + TWO_CALLS, deadline=0.2) as running:
        assert come_back(running).text == ""
        for number in (1, 2):
            start(running, number)
        with pytest.raises(httpx.ReadTimeout):
            come_back(running, timeout=0.1)
        found = [come_back(running, last).text for last in ("two-bbbb", "one-aaaa")]
    assert ["22" in found[0], "11" in found[1]] == [True, True]
    assert running.report().problems == ()


def test_an_id_with_a_value_of_this_session_is_understood_as_the_recorded_one():
    old, new = "3f0a1b52-8c4d-4e6f-9a7b-1c2d3e4f5a6b", "9d1c2b3a-4e5f-4a6b-8c7d-0e1f2a3b4c5d"
    text = TWO_CALLS.replace("n: 2}", f"n: 2, key: {old}}}").replace("two-bbbb", f"{old}_1")
    with play(text) as running:
        start(running, 1)
        started = httpx.post(f"{running.url}/mcp", json={"method": "call", "n": 2, "key": new}).text
        found = [come_back(running, last).text for last in (f"{new}_1", "one-aaaa")]
    assert f"id: {new}_1" in started
    assert ["22" in found[0], "11" in found[1]] == [True, True]
    assert (running.report().problems, running.report().notes) == ((), ())


# ---------------------------------------------------------------- two clients that number their calls alike
NAMES = {"aaaa": 2, "bbbb": 3, "cccc": 2, "dddd": 3}
NUMBERED_NOW = {"aaaa": 3, "bbbb": 2, "cccc": 2, "dddd": 3}


def answered(number, name):
    return f'< 0.2 text id: {name}9␊data: {{"jsonrpc":"2.0","id":{number},"result":"{name}"}}␊␊'


def numbered(*rest):
    """The recorded calls of two clients; each stream has one event, and then ``rest``."""
    return "".join(
        call(
            "POST /mcp",
            at,
            [f"< 0.1 text id: {name}␊data: 0␊␊", *(each(number, name) for each in rest)],
            f"  request: {{json: {{jsonrpc: '2.0', id: {number}, method: call, params: {{text: {name}}}}}}}\n",
        )
        for at, (name, number) in enumerate(NAMES.items())
    )


def resumed_results(text):
    """What each call brought that was resumed behind its first event, when one client had numbered its two anew."""
    with play(text) as running:
        for name, number in NUMBERED_NOW.items():
            asked = {"jsonrpc": "2.0", "id": number, "method": "call", "params": {"text": name}}
            httpx.post(f"{running.url}/mcp", json=asked)
        found = {name: json.loads(come_back(running, name).text.partition("data: ")[2]) for name in NAMES}
    assert running.report().problems == ()
    return {each["result"]: each["id"] for each in found.values()}


def test_a_recorded_rest_has_the_number_that_this_client_gave_the_call():
    asked = "  request: {{headers: {{accept: text/event-stream, last-event-id: {}}}}}\n"
    rests = [call("GET /mcp", 5, [answered(number, name)], asked.format(name)) for name, number in NAMES.items()]
    assert resumed_results(numbered() + "".join(rests)) == NUMBERED_NOW


def test_the_rest_behind_any_event_has_the_number_that_this_client_gave_the_call():
    assert resumed_results(numbered(answered)) == NUMBERED_NOW
