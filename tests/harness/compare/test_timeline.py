"""A session on one axis of time."""

import gzip
import json

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
from harness.cli.show import as_data, describe
from harness.compare.timeline import timeline
from harness.services.copilot import COPILOT

SECOND = 1_000_000


def text(time, event, direction="<", **fields):
    return Line(direction, time, "text", json.dumps({"event": event, **fields}).encode())


def session(*exchanges):
    recorded = Recorded(at="2026-11-23T05:00:00Z", by="relay", origin="fake:2026")
    return Cassette(recorded=recorded, exchanges=exchanges)


def call(at, target="/c/api/user", after=SECOND, **more):
    return Call(method="GET", target=target, at=at, response=ResponsePart(status=200, after=after, **more))


def socket(at, *messages):
    return SocketExchange(target="/c/api/chat", at=at, response=ResponsePart(status=101, after=10), messages=messages)


def told(cassette, **options):
    return [
        (each.at, each.exchange, each.direction, each.name or each.kind)
        for each in timeline(cassette, COPILOT, **options)
    ]


def shown(cassette, width=100, **options):
    return [line.plain.rstrip() for line in describe(cassette, width, **options)][2:]


def test_exchanges_that_overlap_are_interleaved():
    chat = socket(100, text(50, "connected"), text(2 * SECOND, "done"))
    assert told(session(call(0), chat)) == [
        (0, 0, ">", "GET /c/api/user"),
        (100, 1, ">", "upgrade /c/api/chat"),
        (110, 1, "<", "101"),
        (150, 1, "<", "connected"),
        (SECOND, 0, "<", "200"),
        (2 * SECOND + 100, 1, "<", "done"),
    ]


def test_pieces_of_one_text_are_one_entry():
    pieces = [text(time, "appendText", text=piece) for time, piece in ((20, "Hel"), (30, "lo"))]
    [*_, entry, _] = timeline(session(socket(0, *pieces, text(40, "done"))), COPILOT)
    assert (entry.text, entry.count, entry.at, entry.until) == ("Hello", 2, 20, 30)


def test_pieces_with_something_between_them_are_two_entries():
    parts = text(20, "appendText", text="a"), text(25, "citation", url="x"), text(30, "appendText", text="b")
    assert [name for *_, name in told(session(socket(0, *parts)))][2:] == ["appendText", "citation", "appendText"]


def test_pieces_on_two_sockets_are_not_mixed():
    two = [socket(0, text(time, "appendText", text="x")) for time in (20, 30)]
    assert [(number, name) for _, number, _, name in told(session(*two))][4:] == [(0, "appendText"), (1, "appendText")]


def test_full_tells_each_message_and_header():
    pieces = [text(time, "appendText", text=piece) for time, piece in ((20, "Hel"), (30, "lo"))]
    lines = shown(session(socket(0, *pieces), call(50, headers=(("x-kind", "odd"),))), full=True)
    assert sum("appendText" in line for line in lines) == 2
    assert any(line.strip() == "x-kind: odd" for line in lines)


def test_row_says_when_after_which_pause_where_and_who():
    chat = socket(0, text(20, "connected"), Line(">", 2 * SECOND, "close", b"bye", 1000))
    assert shown(session(chat))[-2:] == [
        '   0.000020          #0  < connected {"event": "connected"}',
        "   2.000000  +2.00 s #0  > close 1000 bye",
    ]


def test_what_was_aborted_is_told():
    broken = Call(method="GET", target="/x", aborted=Aborted(by="server", after=5, how="reset"))
    assert told(session(broken)) == [(0, 0, ">", "GET /x"), (5, 0, "<", "reset")]


def test_streamed_body_is_told_line_by_line():
    stream = (Line("<", 20, "text", b"data: 1\n"), Line("<", 30, "text", b"data: 2\n"))
    assert [at for at, *_ in told(session(call(0, after=10, stream=stream)))] == [0, 10, 20, 30]


def test_nothing_of_a_cassette_reaches_the_terminal_as_it_is():
    evil = call(0, target="/\x1b[31m", headers=(("x", "\x1b]0;title\x07"),), body=Body(data=b"\x1b[2Jb"))
    asked = Call(method="GET", target="/", request=RequestPart(body=Body(data=b"\x07")), response=evil.response)
    assert not any("\x1b" in line or "\x07" in line for line in shown(session(evil, asked), full=True))


def test_json_holds_all_of_it():
    chat = socket(0, text(20, "connected"), Line("<", 30, "binary", b"\xff\x00"), Line("<", 40, "close", b"", 1001))
    told_all = list(as_data(session(chat)))
    assert json.loads(json.dumps(told_all)) == told_all
    assert told_all[2]["name"] == "connected"
    assert told_all[3]["base64"] == "/wA="
    assert (told_all[4]["kind"], told_all[4]["code"]) == ("close", 1001)


def test_coded_body_of_an_older_recorder_is_shown_by_what_is_in_it():
    part = RequestPart(headers=(("content-encoding", "gzip"),), body=Body(data=gzip.compress(b'{"a":1}')))
    call = Call(method="POST", target="/x", request=part, response=ResponsePart(status=200))
    cassette = Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="relay"), exchanges=(call,))
    request, _ = timeline(cassette, COPILOT)
    assert request.data == b'{"a":1}'
