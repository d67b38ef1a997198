"""The user hears while recording that a cassette is full, and of what is under way when a recording is interrupted."""

import pytest

from harness.cassette.model import Limits
from harness.record import recording as recording_module
from harness.record.capacity import Capacity
from harness.record.events import (
    MessagePassed,
    Piece,
    RequestBegan,
    RequestBody,
    ResponseBegan,
    ResponseEnded,
    ResponsePieces,
    SocketEnded,
)
from harness.record.open_exchanges import JUST_NOW, OpenExchanges
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from tests.harness.record.conftest import PROFILE


def request(exchange=0):
    return RequestBegan(exchange=exchange, at=0, method="GET", target="/")


def message(data=b"x"):
    return MessagePassed(exchange=0, at=1, direction="<", kind="text", data=data)


@pytest.mark.parametrize(
    ("limits", "observations", "said"),
    [
        (Limits(exchanges=3), [request(number) for number in range(4)], "3 exchanges"),
        (Limits(lines=4), [request(), *[message()] * 5], "4 messages"),
        (Limits(file_bytes=2 << 20), [request(), *[message(b"x" * 60_000)] * 40], "2 MiB of messages"),
        (
            Limits(payload_bytes=1 << 20),
            [request(), *[RequestBody(exchange=0, at=1, data=b"x" * 600_000)] * 3],
            "1 MiB of large",
        ),
    ],
    ids=["exchanges", "messages", "small", "large"],
)
def test_limit_is_told_once_when_it_is_reached(limits, observations, said):
    room = Capacity(limits)
    told = [line for one in observations if (line := room.observe(one))]
    assert len(told) == 1
    assert said in told[0]
    assert "will be left out" in told[0]


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ((), "3 MiB of large bodies"),
        ((("content-type", "application/octet-stream"), ("content-length", "4000000")), "3 MiB of large bodies"),
        ((("content-type", "text/event-stream"),), "2 MiB of messages and small bodies"),
        ((("content-type", "application/x-ndjson"),), "2 MiB of messages and small bodies"),
    ],
)
def test_a_download_goes_beside_the_cassette_whatever_pieces_it_comes_in(headers, told):
    room = Capacity(Limits(file_bytes=2 << 20, payload_bytes=3 << 20))
    begun = [request(), ResponseBegan(exchange=0, at=1, status=200, headers=headers)]
    pieces = [ResponsePieces(exchange=0, at=2, pieces=(Piece(2, b"x" * 16_384),))] * 200
    lines = [line for one in [*begun, *pieces] if (line := room.observe(one))]
    assert [told in line for line in lines] == [True]


def test_recording_tells_of_its_limit_while_it_records(tmp_path, monkeypatch):
    monkeypatch.setattr(recording_module, "Capacity", lambda: Capacity(Limits(exchanges=2)))
    told = []
    settings = RecordingOptions(state_directory=tmp_path / "state", on_trouble=told.append)
    with Recording(tmp_path / "x.yaml", PROFILE, options=settings) as recording:
        for number in range(5):
            track = recording.begin("GET", f"/{number}", (), at=0.0)
            track.respond(200, (), at=0.1)
            track.end(at=0.2)
        assert len(told) == 1
        assert "at most 2 exchanges" in told[0]


@pytest.mark.parametrize(
    ("ends", "after", "expected"),
    [
        ([], 0.0, True),
        ([ResponseEnded(exchange=0, at=1)], 0.0, False),
        ([ResponseEnded(exchange=0, at=1, kind="eof", by="<")], 0.0, False),
        ([ResponseEnded(exchange=0, at=1, kind="eof", by=">")], 0.0, True),
        ([ResponseEnded(exchange=0, at=1, kind="eof", by=">")], JUST_NOW + 0.1, False),
        ([SocketEnded(exchange=0, at=1, direction=">", kind="close", code=1000)], 0.1, True),
        ([SocketEnded(exchange=0, at=1, direction="<", kind="close", code=1000)], 0.1, False),
    ],
)
def test_what_is_under_way_is_known(ends, after, expected):
    now = [100.0]
    under_way = OpenExchanges(clock=lambda: now[0])
    assert not under_way.any_open()
    for one in (request(), *ends):
        under_way.observe(one)
    now[0] += after
    assert under_way.any_open() == expected


def test_interrupted_recording_is_incomplete_and_so_is_what_is_recovered_of_it(record):
    recording = record()
    track = recording.begin("GET", "/", (), at=0.0)
    track.respond(200, (), at=0.1)
    recording.interrupt()
    track.end("eof", at=0.2, by=">")
    assert not recording.hooked_cassette().recorded.complete
    assert not recording.finish().recorded.complete


def test_stopped_recording_takes_nothing_more_and_cuts_what_is_open(record):
    recording = record()
    track = recording.begin("GET", "/", (), at=0.0)
    track.respond(200, (("content-type", "text/event-stream"),), at=0.1)
    track.chunk(b"data: a\n\n", at=0.2)
    recording.stop(at=0.5)
    track.end("eof", at=0.9, by=">")
    written = recording.finish()
    assert not written.recorded.complete
    assert [(line.direction, line.kind, line.time) for line in written.exchanges[0].response.stream] == [
        ("<", "text", 200_000),
        ("!", "cut", 500_000),
    ]
