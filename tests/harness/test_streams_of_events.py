"""Streams of events, lines and parts: recorded one by one, shown, compared, and replayed byte by byte."""

from __future__ import annotations

import json

import httpx
import pytest

from fake_server import serve
from fake_server.stage import Response
from harness.cassette.store import load
from harness.cli.main import main
from harness.compare.diff import differences
from harness.compare.verify import compare
from harness.services.choice import service_for
from harness.sessions import recording, replaying
from tests.support.servers.stages import StageOf

SECRET = "q7Zk3vX9pLw2RtY8"
TOLD = {"type": "delta", "text": "Grüße", "secret": SECRET}
JSON = json.dumps(TOLD, ensure_ascii=False)
EVENTS = f"event: delta\nid: 1\ndata: {JSON}\n\n: ping\n\nid: 2\ndata: [DONE]\n\n".encode()
LINES = f'{JSON}\n{{"type":"done"}}\n'.encode()
PARTS = (
    f"--cut\r\nContent-Type: application/json\r\n\r\n{JSON}\r\n--cut\r\n\r\n".encode() + b"\xff\xd8\xff\r\n--cut--\r\n"
)
KINDS = {
    "text/event-stream": EVENTS,
    "application/x-ndjson": LINES,
    "multipart/x-mixed-replace; boundary=cut": PARTS,
}


def streaming(kind, body, size=5):
    async def pieces():
        for start in range(0, len(body), size):
            yield body[start : start + size]

    async def handle(request):
        return Response(status=200, headers=(("content-type", kind),), body=pieces())

    return StageOf(handle)


@pytest.fixture
def record(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def made(kind, body, name="session.yaml"):
        path = tmp_path / name
        with serve(streaming(kind, body)) as upstream, recording(path, upstream.url) as running:
            assert httpx.get(f"{running.url}/feed").content == body
        return path

    return made


def lines_of(path):
    return [
        line.strip().split(maxsplit=2)[2] for line in path.read_text("utf-8").splitlines() if line.strip()[:2] == "< "
    ]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        (
            "text/event-stream",
            [
                'text event: delta␊id: 1␊data: {"type": "delta", "text": "Grüße", "secret": "wiretape-token-1"}␊␊',
                "text : ping␊␊",
                "text id: 2␊data: [DONE]␊␊",
            ],
        ),
        (
            "application/x-ndjson",
            [
                'text {"type": "delta", "text": "Grüße", "secret": "wiretape-token-1"}␊',
                'text {"type":"done"}␊',
            ],
        ),
        (
            "multipart/x-mixed-replace; boundary=cut",
            [
                "text --cut␍␊Content-Type: application/json␍␊␍␊",
                '{"type": "delta", "text": "Grüße", "secret": "wiretape-token-1"}',
                "text ␍␊--cut␍␊␍␊",
                "base64:/9j/",
                "text ␍␊--cut--␍␊",
            ],
        ),
    ],
)
def test_each_event_stands_readable_in_the_cassette_and_a_secret_in_no_piece(record, kind, wanted):
    path = record(kind, KINDS[kind])
    assert lines_of(path) == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_the_body_comes_back_byte_by_byte(record, kind):
    path = record(kind, KINDS[kind])
    with replaying(path) as running:
        body = httpx.get(f"{running.url}/feed").content
    running.report().check()
    placed = KINDS[kind].replace(SECRET.encode(), b"wiretape-token-1")
    assert body == placed


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_with_a_length_is_no_stream(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "session.yaml"

    async def handle(request):
        return Response(status=200, headers=(("content-type", kind),), body=KINDS[kind])

    with serve(StageOf(handle)) as upstream, recording(path, upstream.url) as running:
        httpx.get(f"{running.url}/feed")
    stream = load(path).exchanges[0].response.stream
    assert (stream is not None) == (kind == "text/event-stream")


def test_show_lists_the_events_with_names_and_ids(record, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    path = record("text/event-stream", EVENTS)
    assert main(["show", str(path)]) == 0
    rows = [line.split("< ", 1)[1].strip() for line in capsys.readouterr().out.splitlines() if "< " in line]
    assert rows == [
        "200",
        'delta (id 1) {"type": "delta", "text": "Grüße", "secret": "wiretape-token-1"}',
        "(comment) ping",
        "text (id 2) [DONE]",
    ]
    assert main(["show", "--json", str(path)]) == 0
    events = [each for each in json.loads(capsys.readouterr().out) if each["kind"] == "text"]
    assert [(each["name"], each.get("id")) for each in events] == [("delta", "1"), ("(comment)", None), ("", "2")]


@pytest.mark.parametrize("kind", ["text/event-stream", "application/x-ndjson"])
def test_a_comparison_names_the_event_and_the_field(record, kind):
    one = load(record(kind, KINDS[kind]))
    other = load(record(kind, KINDS[kind].replace("Grüße".encode(), b"Hallo"), "other.yaml"))
    (change,) = differences(one, other, service_for(one.recorded.origin))
    assert (change.message, change.field, change.one, change.other) == (0, "text", '"Grüße"', '"Hallo"')


def test_old_cassettes_whose_lines_are_pieces_are_shown_by_events(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    path = tmp_path / "old.yaml"
    path.write_text(
        """cassette: 1
recorded: {at: 2026-11-23T05:00:00Z, by: relay}
exchanges:
- call: GET /events
  at: 0
  response:
    status: 200
    headers: {content-type: text/event-stream}
    stream: |
      < 0.1 "data: {\\"type\\":\\"a\\"}"
      < 0.2 "\\n\\ndata: 2\\n\\n"
"""
    )
    assert main(["show", str(path)]) == 0
    shown = capsys.readouterr().out
    assert '0.200000  +200 ms #0  < text {"type":"a"}' in shown
    assert "< text 2" in shown
    with replaying(path) as running:
        assert httpx.get(f"{running.url}/events").text == 'data: {"type":"a"}\n\ndata: 2\n\n'


def stream_of(*events):
    return b"".join(f"data: {json.dumps(each)}\n\n".encode() for each in events)


@pytest.mark.parametrize(
    ("changed", "expected", "where"),
    [
        ({"type": "price", "of": 7}, ("breaking", "field-gone", "< price", "price"), []),
        ({"type": "price", "of": 7, "price": "4"}, ("breaking", "type-changed", "< price", "price"), ["< price price"]),
        ({"type": "price", "of": 7, "price": 4, "size": 1}, ("new", "field-new", "< price", "size"), ["< price size"]),
        ({"type": "other"}, ("new", "event-new", "< other", ""), ["event 2"]),
    ],
)
def test_drift_and_verify_grade_the_events(record, capfd, changed, expected, where):
    price = {"type": "price", "of": 7, "price": 4}
    known = record("text/event-stream", stream_of(price, price))
    fresh = record("text/event-stream", stream_of(price, changed), "fresh.yaml")
    main(["drift", str(fresh), "--against", str(known), "--json"])
    found = json.loads(capfd.readouterr().out)["findings"]
    assert [(each["grade"], each["kind"], each["what"], each["field"]) for each in found] == [expected]
    one, other = load(known), load(fresh)
    differences = compare(one, other, service_for(one.recorded.origin)).differences
    assert [each.where.removeprefix("exchange 1 (GET /feed) ") for each in differences] == where
