import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server.host.status_phrases import PHRASES, phrase_of
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
from harness.record.errors import EventError
from harness.record.events import (
    ExchangeAborted,
    MessagePassed,
    Piece,
    RequestBegan,
    RequestBody,
    ResponseBegan,
    ResponseEnded,
    ResponsePieces,
    SocketEnded,
)
from harness.record.recorder import Recorder
from harness.record.spool import EventLog

FROM = Recorded(at="2026-11-23T05:00:00Z", by="relay")


def request(exchange=0, at=0, method="GET", target="/x", headers=(), upgrade=False):
    return RequestBegan(exchange=exchange, at=at, method=method, target=target, headers=headers, upgrade=upgrade)


def response(exchange=0, at=10, status=200, headers=(), reason=None):
    return ResponseBegan(exchange=exchange, at=at, status=status, headers=headers, reason=reason)


def pieces(*parts, exchange=0):
    return ResponsePieces(exchange=exchange, at=parts[-1][0], pieces=tuple(Piece(*part) for part in parts))


def recorded(*observations, now=None):
    recorder = Recorder(stream_after=1000)
    for observation in observations:
        recorder.observe(observation)
    return recorder.cassette(FROM, now=now)


def test_whole_call_becomes_one_exchange():
    cassette = recorded(
        request(method="POST", target="/c/api/conversations", headers=(("content-type", "application/json"),)),
        RequestBody(exchange=0, at=1, data=b"{}"),
        response(at=120_000, headers=(("content-type", "application/json"), ("set-cookie", "a=1"))),
        pieces((120_001, b'{"id":'), (120_002, b'"x"}')),
        ResponseEnded(exchange=0, at=120_003),
    )
    assert cassette == Cassette(
        recorded=FROM,
        exchanges=(
            Call(
                method="POST",
                target="/c/api/conversations",
                at=0,
                request=RequestPart(headers=(("content-type", "application/json"),), body=Body(data=b"{}")),
                response=ResponsePart(
                    status=200,
                    after=120_000,
                    headers=(("content-type", "application/json"), ("set-cookie", "a=1")),
                    body=Body(data=b'{"id":"x"}'),
                ),
            ),
        ),
    )


def test_accepted_socket_becomes_a_transcript():
    cassette = recorded(
        request(at=5, target="/chat", upgrade=True, headers=(("origin", "https://s"), ("sec-websocket-key", "k"))),
        response(at=10, status=101, headers=(("upgrade", "websocket"), ("x-a", "b"))),
        MessagePassed(exchange=0, at=20, direction="<", kind="text", data=b'{"event":"connected"}'),
        MessagePassed(exchange=0, at=30, direction=">", kind="binary", data=b"abcdef", frames=(2, 4)),
        MessagePassed(exchange=0, at=40, direction="<", kind="ping", data=b""),
        SocketEnded(exchange=0, at=50, direction="<", kind="close", code=1000, reason=b"bye"),
        SocketEnded(exchange=0, at=60, direction=">", kind="close", code=1000),
    )
    assert cassette.recorded.complete
    assert cassette.exchanges == (
        SocketExchange(
            target="/chat",
            at=5,
            request=RequestPart(headers=(("origin", "https://s"),)),
            response=ResponsePart(status=101, after=5, headers=(("x-a", "b"),)),
            messages=(
                Line("<", 15, "text", b'{"event":"connected"}'),
                Line(">", 25, "binary", b"abcdef", None, (2, 4)),
                Line("<", 35, "ping", b""),
                Line("<", 45, "close", b"bye", 1000),
                Line(">", 55, "close", b"", 1000),
            ),
        ),
    )


def test_refused_socket_keeps_status_headers_and_body():
    cassette = recorded(
        request(upgrade=True),
        response(status=429, headers=(("retry-after", "7"),)),
        pieces((11, b"slow down")),
        ResponseEnded(exchange=0, at=12),
    )
    (socket,) = cassette.exchanges
    assert socket.response == ResponsePart(
        status=429, after=10, headers=(("retry-after", "7"),), body=Body(data=b"slow down")
    )
    assert socket.messages == ()
    assert cassette.recorded.complete


@pytest.mark.parametrize("upgrade", [False, True])
def test_exchange_without_an_answer_is_aborted(upgrade):
    cassette = recorded(request(upgrade=upgrade), ExchangeAborted(exchange=0, at=2_000_000, by="client", how="reset"))
    assert cassette.exchanges[0].aborted == Aborted(by="client", after=2_000_000, how="reset")
    assert cassette.recorded.complete


@pytest.mark.parametrize("upgrade", [False, True])
def test_exchange_that_is_still_open_is_aborted_by_the_recorder(upgrade):
    cassette = recorded(request(upgrade=upgrade), now=99)
    assert cassette.exchanges[0].aborted == Aborted(by="recorder", after=99)
    assert not cassette.recorded.complete


def test_socket_that_is_still_open_is_cut():
    cassette = recorded(
        request(upgrade=True),
        response(status=101),
        MessagePassed(exchange=0, at=20, direction="<", kind="text", data=b"{}"),
        now=500,
    )
    assert cassette.exchanges[0].messages[-1] == Line("!", 500, "cut")
    assert not cassette.recorded.complete


EVENTS = (("content-type", "text/event-stream; charset=utf-8"),)


def test_event_stream_is_a_transcript():
    cassette = recorded(
        request(),
        response(headers=EVENTS),
        pieces((20, b"data: 1\n\n")),
        pieces((30, b"data: 2\n\n")),
        ResponseEnded(exchange=0, at=40),
    )
    assert cassette.exchanges[0].response.stream == (
        Line("<", 20, "text", b"data: 1\n\n"),
        Line("<", 30, "text", b"data: 2\n\n"),
    )


@pytest.mark.parametrize(
    ("headers", "last", "streamed"),
    [((), 2000, True), ((), 900, False), ((("content-length", "4"),), 2000, False)],
)
def test_slow_body_of_unstated_length_is_a_transcript(headers, last, streamed):
    cassette = recorded(
        request(),
        response(headers=headers),
        pieces((20, b"ab")),
        pieces((last, b"cd")),
        ResponseEnded(exchange=0, at=last),
    )
    assert (cassette.exchanges[0].response.stream is not None) == streamed


@pytest.mark.parametrize(("by", "how"), [("<", "eof"), ("<", "reset"), (">", "eof")])
def test_broken_body_is_a_transcript_with_its_end(by, how):
    cassette = recorded(request(), response(), pieces((20, b"ab")), ResponseEnded(exchange=0, at=30, kind=how, by=by))
    assert cassette.exchanges[0].response.stream == (Line("<", 20, "text", b"ab"), Line(by, 30, how))
    assert cassette.recorded.complete


def test_body_that_is_still_coming_is_cut():
    cassette = recorded(request(), response(), pieces((20, b"ab")), now=70)
    assert cassette.exchanges[0].response.stream == (Line("<", 20, "text", b"ab"), Line("!", 70, "cut"))
    assert not cassette.recorded.complete


def test_headers_of_the_connection_are_dropped_and_decoding_is_said():
    headers = (
        ("content-encoding", "br"),
        ("content-length", "9"),
        ("transfer-encoding", "chunked"),
        ("connection", "keep-alive, X-Hop"),
        ("x-hop", "1"),
        ("x-kept", "1"),
        ("x-kept", "2"),
    )
    cassette = recorded(request(), response(headers=headers), ResponseEnded(exchange=0, at=20))
    part = cassette.exchanges[0].response
    assert (part.headers, part.decoded) == ((("x-kept", "1"), ("x-kept", "2")), "br")


def test_unknown_content_coding_is_kept():
    cassette = recorded(
        request(), response(headers=(("content-encoding", "aws-chunked"),)), ResponseEnded(exchange=0, at=20)
    )
    assert cassette.exchanges[0].response.headers == (("content-encoding", "aws-chunked"),)


@pytest.mark.parametrize(("sent", "kept"), [("OK", None), ("", None), (None, None), ("Fine", "Fine")])
def test_reason_is_kept_only_if_it_is_not_the_standard_one(sent, kept):
    cassette = recorded(request(), response(reason=sent), ResponseEnded(exchange=0, at=20))
    assert cassette.exchanges[0].response.reason == kept


@pytest.mark.parametrize("status", PHRASES)
def test_reason_that_the_server_gives_of_itself_is_not_kept(status):
    cassette = recorded(request(), response(status=status, reason=phrase_of(status)), ResponseEnded(exchange=0, at=20))
    assert cassette.exchanges[0].response.reason is None


def test_exchanges_that_run_at_once_are_ordered_by_their_beginning():
    cassette = recorded(
        request(0, 50, target="/late"),
        request(1, 20, target="/early"),
        response(1, 60),
        ResponseEnded(exchange=1, at=70),
        response(0, 80),
        ResponseEnded(exchange=0, at=90),
    )
    assert [exchange.target for exchange in cassette.exchanges] == ["/early", "/late"]


def test_ties_are_moved_by_a_microsecond_in_the_order_observed():
    cassette = recorded(
        request(0, 7),
        request(1, 7),
        response(1, 7),
        response(0, 7),
        ResponseEnded(exchange=0, at=7),
        ResponseEnded(exchange=1, at=7),
    )
    assert [(one.at, one.at + one.response.after) for one in cassette.exchanges] == [(7, 10), (8, 9)]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30)), max_size=30))
def test_no_two_things_happen_in_the_same_microsecond(moments):
    begun = [request(number, 3, upgrade=True) for number in range(3)]
    opened = [response(number, 4, status=101) for number in range(3)]
    said = [
        MessagePassed(exchange=number, at=at, direction="<", kind="text", data=b"%d" % index)
        for index, (number, at) in enumerate(moments)
    ]
    exchanges = recorded(*begun, *opened, *said).exchanges
    times = [line.time + one.at for one in exchanges for line in one.messages if line.kind == "text"]
    assert len({*times, *(one.at for one in exchanges)}) == len(times) + 3
    assert all(list(one.messages) == sorted(one.messages, key=lambda line: line.time) for one in exchanges)


@pytest.mark.parametrize("wrong", [response(5), request(0)])
def test_observation_that_makes_no_sense_is_refused(wrong):
    recorder = Recorder()
    recorder.observe(request())
    with pytest.raises(EventError):
        recorder.observe(wrong)


def test_events_of_an_exchange_are_let_go_when_it_is_assembled(tmp_path):
    """The events of a body need a multiple of its memory, as pieces; only those of one exchange are there at once."""
    count, piece = 40, b"x" * 20_000
    recorder = Recorder(log=EventLog(tmp_path, spill_after=0))
    for number in range(20):
        recorder.observe(request(number, number * 1000))
        recorder.observe(response(number, number * 1000 + 1, headers=(("content-length", str(count * len(piece))),)))
        recorder.observe(pieces(*((number * 1000 + 2, piece) for _ in range(count)), exchange=number))
        recorder.observe(ResponseEnded(exchange=number, at=number * 1000 + 3))
    tracemalloc.start()
    try:
        cassette = recorder.cassette(FROM)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [len(one.response.body.data) for one in cassette.exchanges] == [count * len(piece)] * 20
    assert peak - kept < 5 * count * len(piece)  # with all events there it is more than 20 times a body


def test_rewrite_counts_what_changed():
    recorder = Recorder()
    recorder.observe(request())
    recorder.observe(request(1))
    assert recorder.rewrite(lambda old: request(0, target="/new") if old.exchange == 0 else old) == 1
    assert [one.target for one in recorder.events()] == ["/new", "/x"]
