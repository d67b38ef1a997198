"""An exchange that the format cannot say is left out and listed, and never costs the others."""

import json

import pytest

from harness.cassette.codec import parse, render
from harness.cassette.model import (
    LIMITS,
    Aborted,
    Body,
    Call,
    Cassette,
    LeftOut,
    Limits,
    Line,
    Recorded,
    RequestPart,
    ResponsePart,
)
from harness.cassette.model import SocketExchange as Socket
from harness.cassette.store import load, save
from harness.har.exporting import write_har
from harness.har.importing import import_har
from harness.record.errors import UnsafeCassetteError
from harness.record.leaving_out import expressible
from harness.record.options import RecordingOptions
from harness.record.save import write_checked
from harness.redact.engine import Redactor
from tests.harness.record.conftest import PROFILE

FROM = Recorded(at="2026-11-23T05:00:00Z", by="relay", origin="https://service.test")
OK = ResponsePart(status=200, body=Body(data=b"ok"))
GOOD = Call(method="GET", target="/good", at=1, response=OK)
LAST = Socket(target="/last", at=9, response=ResponsePart(status=101), messages=(Line("<", 1, "close", b"", 1000),))


def answered(**named):
    return Call(method="GET", target="/odd", at=2, response=ResponsePart(**{"status": 200, **named}))


def closed(*lines):
    return Socket(target="/odd", at=2, response=ResponsePart(status=101), messages=lines)


ODD = {
    "method": (Call(method="G T", target="/odd", at=2, response=OK), "request-line"),
    "no method": (Call(method="", target="/odd", at=2, response=OK), "request-line"),
    "target": (Call(method="GET", target="/a b\u00e9", at=2, response=OK), "request-line"),
    "surrogate": (Call(method="GET", target="/\udcff", at=2, response=OK), "other"),
    "target of a socket": (Socket(target="odd", at=2, aborted=Aborted(by="server")), "request-line"),
    "header's name": (answered(headers=(("a b", "c"),)), "headers"),
    "header's value": (answered(headers=(("a", "b\nc"),)), "headers"),
    "request's header": (
        Call(method="GET", target="/odd", at=2, request=RequestPart(headers=(("a", "\u2028"),)), response=OK),
        "headers",
    ),
    "trailer": (answered(trailers=(("a", "\0"),)), "headers"),
    "interim status": (answered(status=199), "status"),
    "101 to a call": (answered(status=101), "status"),
    "reason": (answered(reason="a\nb"), "status"),
    "close without a code": (closed(Line("<", 1, "close", b"bye")), "messages"),
    "close that is no text": (closed(Line("<", 1, "close", b"\xff", 1000)), "messages"),
    "close with a long reason": (closed(Line("<", 1, "close", b"x" * 124, 1000)), "messages"),
    "close with a large code": (closed(Line("<", 1, "close", b"", 70_000)), "messages"),
    "time that goes back": (closed(Line("<", 2, "text", b"a"), Line("<", 1, "eof")), "messages"),
    "negative time": (answered(after=-1), "time"),
    "time beyond all": (Call(method="GET", target="/odd", at=2, aborted=Aborted(by="client", after=10**15)), "time"),
    "neither answer nor end": (Call(method="GET", target="/odd", at=2), "other"),
    "message too large": (closed(Line("<", 1, "binary", bytes(LIMITS.side_file_bytes + 1))), "too-large"),
}
odd = pytest.mark.parametrize(("exchange", "cause"), ODD.values(), ids=list(ODD))


def session(*exchanges, **more):
    return Cassette(recorded=FROM, exchanges=exchanges, **more)


@odd
def test_odd_exchange_is_left_out_and_the_others_are_written(tmp_path, exchange, cause):
    path = tmp_path / "x.yaml"
    written = write_checked(session(GOOD, exchange, LAST), path, Redactor(PROFILE))
    assert written.exchanges == (GOOD, LAST)
    assert [one.cause for one in written.left_out] == [cause]
    assert load(path) == written
    save(load(path), path)
    assert load(path) == written


def test_what_was_left_out_is_named_in_ascii(tmp_path):
    long = Call(method="GET", target="/\u00e9 \x1b[31m" + "x" * 500, at=2, response=OK)
    (left,) = write_checked(session(GOOD, long), tmp_path / "x.yaml", Redactor(PROFILE)).left_out
    assert left.exchange.startswith("GET /\\xe9 \\x1b[31mxxx")
    assert left.exchange.isascii()
    assert left.exchange.isprintable()
    assert len(left.exchange) == 200
    assert left.at == 2


def test_cassette_that_can_be_said_is_the_very_same():
    whole = session(GOOD, LAST)
    assert expressible(whole) is whole


def test_what_is_wrong_with_the_head_is_no_exchanges_fault(tmp_path):
    from harness.cassette.errors import CassetteError

    with pytest.raises(CassetteError, match="YAML values"):
        write_checked(session(GOOD, meta={"a": object}), tmp_path / "x.yaml", Redactor(PROFILE))
    assert not (tmp_path / "x.yaml").exists()


def test_secret_refuses_the_file_though_something_was_left_out(tmp_path):
    redactor = Redactor(PROFILE)
    redactor.data(b'{"secret":"q7Zk3vX9pLw2RtY8"}')
    secret = Call(method="GET", target="/?a=q7Zk3vX9pLw2RtY8", at=3, response=OK)
    with pytest.raises(UnsafeCassetteError):
        write_checked(session(GOOD, ODD["reason"][0], secret), tmp_path / "x.yaml", redactor)
    assert not (tmp_path / "x.yaml").exists()


@pytest.mark.parametrize(
    "limits",
    [
        Limits(exchanges=2),
        Limits(payload_bytes=150_000),
        Limits(lines=5),
        Limits(file_bytes=(1 << 20) + 600),
        Limits(nodes=110),
    ],
    ids=["exchanges", "payload", "lines", "bytes", "values"],
)
def test_of_more_than_a_cassette_may_hold_the_first_ones_stay(limits):
    lines = (Line("<", 1, "text", b"a"), Line("<", 2, "eof"))
    exchanges = tuple(
        Socket(
            target=f"/{at}",
            at=at,
            request=RequestPart(body=Body(data=b"x" * 70_000)),
            messages=lines,
            response=ResponsePart(status=101),
        )
        for at in range(5)
    )
    rest = expressible(session(*exchanges), limits)
    assert 0 < len(rest.exchanges) < 5
    assert rest.exchanges == exchanges[: len(rest.exchanges)]
    assert {one.cause for one in rest.left_out} == {"too-much"}
    assert len(rest.left_out) + len(rest.exchanges) == 5


def test_list_survives_har_export_and_import(tmp_path):
    left = (LeftOut(exchange="GET /odd", at=2, cause="status"),)
    whole = session(GOOD, left_out=left, ignore=("json:/at",), bind=("json:/id",), match_on=("method", "path"))
    write_har(whole, tmp_path / "x.har")
    settings = RecordingOptions(state_directory=tmp_path / "state")
    again = import_har(tmp_path / "x.har", tmp_path / "x.yaml", profile=PROFILE, options=settings)
    assert again.cassette == whole


def test_recording_says_what_it_left_out_and_the_rest_is_there(record):
    recording = record()
    for target, status in (("/a", 200), ("/odd", 150), ("/b", 200)):
        track = recording.begin("GET", target, (), at=0.0)
        track.respond(status, (), at=0.1)
        track.end(at=0.2)
    written = recording.finish()
    assert [each.target for each in written.exchanges] == ["/a", "/b"]
    assert [one.exchange for one in recording.left_out] == ["GET /odd"]
    assert recording.journal is None


@pytest.mark.parametrize(
    "entry", [{"exchange": "GET /", "at": 0}, {"exchange": "GET /", "at": 0, "cause": "mood"}, {"exchange": 1}, 7]
)
def test_list_is_checked_when_it_is_read(entry):
    from harness.cassette.errors import CassetteError

    plain = {"cassette": 1, "recorded": {"at": FROM.at, "by": "hand"}, "left_out": [entry], "exchanges": []}
    with pytest.raises(CassetteError, match=r"left_out\[0\]"):
        parse(json.dumps(plain).encode())


def test_cassette_without_the_list_is_written_as_ever():
    assert b"left_out" not in render(session(GOOD)).content
