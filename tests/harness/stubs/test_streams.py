"""Streams of a stub: the bytes of their events, each in a chunk of its own, and their ends."""

import http.client
import json
import time

import httpx
import pytest

from harness.stubs import StreamEvent
from tests.harness.stubs.conftest import ask


def test_server_sent_events_have_their_fields(stubs):
    stubs.on("POST", "/chat").stream(
        [
            {"delta": "ü"},
            "two\nlines",
            StreamEvent(data="x", event="ping", id="7", retry=100),
            b": comment\n\n",
            "[DONE]",
        ]
    )
    answer = ask(stubs.url + "/chat", "POST", {})
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.body.decode().split("\n\n") == [
        'data: {"delta":"ü"}',
        "data: two\ndata: lines",
        "event: ping\nid: 7\nretry: 100\ndata: x",
        ": comment",
        "data: [DONE]",
        "",
    ]


def test_ndjson_is_one_value_a_line(stubs):
    stubs.on("GET", "/").stream([{"n": 1}, "text", None], format="ndjson")
    answer = ask(stubs.url + "/")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in answer.body.splitlines()] == [{"n": 1}, "text", None]


def test_each_event_arrives_before_the_next_one_is_sent(stubs):
    stubs.on("GET", "/").stream(["a", "b", "c"], delay=0.15)
    began = time.monotonic()
    with httpx.stream("GET", stubs.url + "/") as answer:
        times = [time.monotonic() - began for piece in answer.iter_raw() if piece]
    assert len(times) == 3
    assert times[1] - times[0] > 0.1
    assert times[2] - times[1] > 0.1


def test_a_stream_may_end_in_the_middle_and_is_sent_anew_to_each_client(stubs):
    stubs.on("GET", "/").stream(["a"], cut="eof").stream(["b"])
    with pytest.raises(http.client.IncompleteRead) as raised:
        ask(stubs.url + "/")
    assert raised.value.partial == b"data: a\n\n"
    assert [ask(stubs.url + "/").body for _ in range(2)] == [b"data: b\n\n"] * 2
