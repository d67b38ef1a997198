"""What clients get in the place of a response."""

import http.client
import json
import time
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server import serve
from fake_server.stage import Response
from harness.faults import Faults
from harness.faults.event_faults import EventSplitter
from tests.harness.faults.conftest import NUMBERED, data_of, get, raw_get, talk
from tests.support.servers.stages import answering

BODY = b'{"text": "' + b"0123456789" * 20 + b'"}'


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("status 503", 503),
        ("status 429 retry-after=2", 429),
        ("challenge", 403),
        ("html", 200),
        ("redirect", 307),
        ("wrong-type text/html", 200),
        ("dribble every=0", 200),
        ("slice 1", 200),
        ("delay 1ms", 200),
        ("slow rate=100000", 200),
    ],
)
def test_a_status(spoiled, line, status):
    server = spoiled(line)
    assert get(server)[0].status == status
    assert server.faults.rules.unstruck == ()
    assert get(server)[1] == BODY


def test_interim_responses_come_first(spoiled):
    got, _ = raw_get(spoiled("interim 3"))
    assert got.count(b"HTTP/1.1 103 Early Hints") == 3
    assert got.endswith(BODY)


def test_the_body_of_a_slow_or_sliced_answer_is_whole(spoiled):
    server = spoiled("slice 1 at request 1", "slow rate=100000 at request 2", "dribble every=0 at request 3")
    assert [get(server)[1] for _ in range(3)] == [BODY, BODY, BODY]


def test_a_refused_request_does_not_reach_the_service(spoiled, numbers):
    server = spoiled("status 503 of /a", "cut of /b", "html of /c")
    for path in ("/a", "/c"):
        get(server, path)
    with pytest.raises(http.client.RemoteDisconnected):
        get(server, "/b")
    assert numbers.requests == []


def test_the_third_request_and_all_after_it(spoiled):
    server = spoiled("status 401 from request 3")
    assert [get(server)[0].status for _ in range(5)] == [200, 200, 401, 401, 401]


def test_a_status_says_when_to_come_back(spoiled):
    response, body = get(spoiled("status 429 retry-after=2"))
    assert response.headers["retry-after"] == "2"
    assert json.loads(body)["error"]["message"] == "wiretape: status 429 retry-after=2 from request 1 once"


def test_a_redirect_leads_to_itself(spoiled):
    assert get(spoiled("redirect"), "/a?b=c")[0].headers["location"] == "/a?b=c"


@pytest.mark.parametrize(
    ("line", "end"),
    [("cut", "eof"), ("reset", "reset"), ("stall", "open"), ("garbage", "eof"), ("malformed", "eof")],
)
def test_no_answer(spoiled, line, end):
    got, how = raw_get(spoiled(line))
    assert how == end
    assert not got.startswith(b"HTTP/1.1")


def test_a_body_shorter_than_its_length(spoiled):
    with pytest.raises(http.client.IncompleteRead) as caught:
        get(spoiled("short-body"))
    assert caught.value.partial == BODY


def test_a_body_longer_than_its_length(spoiled):
    got, _ = raw_get(spoiled("long-body"))
    assert f"content-length: {len(BODY) - 64}".encode() in got
    assert got.endswith(BODY)


@pytest.mark.parametrize("line", ["bad-chunk", "no-last-chunk", "truncate 50"])
def test_a_body_that_breaks(spoiled, line):
    with pytest.raises((http.client.IncompleteRead, ValueError)):
        get(spoiled(line))


def test_a_gzip_body_that_breaks(spoiled):
    import gzip

    response, body = get(spoiled("cut-gzip"))
    assert response.headers["content-encoding"] == "gzip"
    with pytest.raises(EOFError):
        gzip.decompress(body)


def test_the_clock_of_the_service_is_wrong(spoiled):
    response, _ = get(spoiled("skew 10m"))
    assert 590 < time.time() - parsedate_to_datetime(response.headers["date"]).timestamp() < 615


def test_offline_cuts_sockets_and_refuses_until_it_is_over(numbers):
    import websockets.sync.client as sync
    from websockets.exceptions import ConnectionClosed

    from fake_server.host.server import serve
    from harness.faults import Faults

    clock = [0.0]
    with serve(Faults(numbers, ["offline 10s at request 1"], now=lambda: clock[0])) as server:
        with sync.connect(f"ws://{server.host}:{server.port}/ws", proxy=None) as client:
            for _ in NUMBERED:
                client.recv(timeout=5)
            with pytest.raises(http.client.RemoteDisconnected):
                get(server)
            with pytest.raises(ConnectionClosed):
                client.recv(timeout=5)
        with pytest.raises(http.client.RemoteDisconnected):
            get(server)
        clock[0] = 11.0
        assert get(server)[1] == BODY


def test_an_upgrade_is_refused_by_its_own_rules(spoiled):
    from websockets.exceptions import InvalidStatus

    server = spoiled("status 503 at upgrade 1", "html at upgrade 2")
    for status in (503, 200):
        with pytest.raises(InvalidStatus) as caught:
            talk(server)
        assert caught.value.response.status_code == status
    assert talk(server, "bye") == (NUMBERED, 1000)


def test_a_wrong_accept_key(spoiled):
    from websockets.exceptions import InvalidHandshake

    with pytest.raises(InvalidHandshake):
        talk(spoiled("wrong-key at upgrade 1"))


# ---------------------------------------------------------------- streams
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("end after 3 events", [1, 2, 3]),
        ("lose at event 2", [1, 3, 4, 5]),
        ("duplicate at event where event=done", [1, 2, 3, 4, 5, 5]),
        ("late at event 2", [1, 3, 2, 4, 5]),
        ("slice 1 at event 2", [1, 2, 3, 4, 5]),
        ("burst at event 2", [1, 2, 3, 4, 5]),
        ("delay 1ms at every event", [1, 2, 3, 4, 5]),
        ("endings cr at every event", [1, 2, 3, 4, 5]),
        ("retry 10 at event 1", [1, 2, 3, 4, 5]),
    ],
)
def test_the_events_of_a_stream(spoiled, line, expected):
    server = spoiled(line)
    _, body = get(server, "/stream")
    assert [each["n"] for each in data_of(body)] == expected
    assert server.faults.rules.unstruck == ()


@pytest.mark.parametrize("line", ["cut after 3 events", "reset at event 4", "cut at event where n=4"])
def test_a_stream_that_breaks(spoiled, line):
    got, how = raw_get(spoiled(line), "/stream")
    assert how in ("eof", "reset")
    assert b'"n": 4' not in got
    assert not got.endswith(b"0\r\n\r\n")


def test_a_stream_that_stands_still(spoiled):
    got, how = raw_get(spoiled("stall after 2 events"), "/stream")
    assert how == "open"
    assert b'"n": 2' in got
    assert b'"n": 3' not in got


def test_a_stream_that_stands_still_after_a_time(spoiled):
    got, how = raw_get(spoiled("stall after 0s of the stream"), "/stream")
    assert how == "open"
    assert b'"n": 5' not in got


def test_comments_without_end(spoiled):
    got, how = raw_get(spoiled("comments every=0 at event 2"), "/stream")
    assert how == "endless"
    assert b'"n": 2' not in got


def test_other_bytes_of_a_stream(spoiled):
    _, body = get(spoiled("bom at event 1", "endings crlf at event 2", "retry 10 at event 3"), "/stream")
    assert body.startswith(b"\xef\xbb\xbfevent: text\n")
    assert b'"word2"}}\r\n\r\n' in body
    assert b"\r\n\r\nretry: 10\n\nevent: text\ndata: " in body


def test_the_data_of_a_stream(spoiled):
    _, body = get(spoiled("change delta.text to=x at event 2", "malform at event 3", "join at event 4"), "/stream")
    lines = [line[6:] for line in body.decode().splitlines() if line.startswith("data:")]
    assert json.loads(lines[1])["delta"] == {"text": "x"}
    assert lines[2] == NUMBERED[2][: len(NUMBERED[2]) // 2]
    assert body.count(b"\n\n") == 4


def test_an_error_in_the_middle_of_a_stream(spoiled):
    _, body = get(spoiled('error text=\'{"type":"overloaded"}\' at event 3'), "/stream")
    assert data_of(body)[2] == {"type": "overloaded"}


def test_the_lines_of_a_whole_body_are_events_too(spoiled):
    _, body = get(spoiled("lose at event 2", "cut-gzip of /other"), "/lines")
    assert [json.loads(line)["n"] for line in body.splitlines()] == [1, 3, 4, 5]


# ---------------------------------------------------------------- what counts as a strike
def test_of_two_rules_for_one_request_only_the_one_that_answers_has_struck(spoiled):
    server = spoiled("status 503 at request 1", "html at request 1")
    assert get(server)[0].status == 503
    assert [str(rule) for rule in server.faults.rules.unstruck] == ["html at request 1"]


def test_a_fault_of_sockets_does_not_strike_an_upgrade_that_is_refused(spoiled):
    from websockets.exceptions import InvalidStatus

    server = spoiled("wrong-key at upgrade 1 of /refused")
    with pytest.raises(InvalidStatus):
        talk(server, path="/refused")
    assert len(server.faults.rules.unstruck) == 1


EVENT_BYTES = st.text("a\r\n:", max_size=60).map(str.encode)


@pytest.mark.parametrize("kind", ["text/event-stream", "application/x-ndjson"])
@given(EVENT_BYTES, st.integers(1, 7))
def test_events_are_the_same_however_they_are_cut(kind, body, step):
    whole, pieces = EventSplitter(kind), EventSplitter(kind)
    expected = [*whole.feed(body), *whole.rest()]
    got = [event for at in range(0, len(body), step) for event in pieces.feed(body[at : at + step])]
    assert [*got, *pieces.rest()] == expected


@pytest.mark.parametrize("trailers", [(("x-sum", "7"),), lambda: (("x-sum", "7"),)], ids=["known", "known at the end"])
def test_trailers_are_missing(trailers):
    stage = Faults(answering(Response(body=b"abc", trailers=trailers)), ["no-trailers at request 1"])
    with serve(stage) as server:
        spoilt, whole = raw_get(server)[0], raw_get(server)[0]
    assert spoilt.endswith(b"3\r\nabc\r\n0\r\n\r\n")
    assert whole.endswith(b"3\r\nabc\r\n0\r\nx-sum: 7\r\n\r\n")
    assert stage.rules.unstruck == ()


@pytest.mark.parametrize("trailers", [(), lambda: ()], ids=["known", "known at the end"])
def test_response_without_trailers_lacks_none(trailers):
    stage = Faults(answering(Response(body=b"abc", trailers=trailers)), ["no-trailers at request 1"])
    with serve(stage) as server:
        assert b"abc" in raw_get(server)[0]
    assert len(stage.rules.unstruck) == 1
