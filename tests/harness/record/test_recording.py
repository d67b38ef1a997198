import threading

import msgspec
import pytest

from harness.cassette.errors import CassetteError
from harness.cassette.model import Line
from harness.cassette.store import load
from harness.record.errors import EventError, RecordingError, UnsafeCassetteError
from harness.record.events import MessagePassed
from harness.record.options import RecordingOptions
from harness.record.recorder import Recorder
from harness.record.recording import Recording
from harness.redact.errors import WeakSecretError
from tests.harness.record.conftest import PROFILE
from tests.support.journals import read_journal

SECRET = "q7Zk3vX9pLw2RtY8"
LATER = "mN4bV7cX1zQ9wE5r"


def call(recording, target="/x", *, at=1.0, headers=(), body=b"{}"):
    track = recording.begin("GET", target, headers, at=at)
    track.respond(200, (("content-type", "application/json"),), at=at + 0.1)
    track.chunk(body, at=at + 0.2)
    track.end(at=at + 0.3)


def test_recording_writes_a_cassette_and_removes_its_journal(record):
    recording = record()
    call(recording, at=100.0)
    journal = recording.journal.path
    recording.finish()
    cassette = load(recording.path)
    assert (cassette.recorded.at, cassette.recorded.origin) == ("2026-11-23T05:00:00Z", "https://service.test")
    assert [exchange.at for exchange in cassette.exchanges] == [0]
    assert not journal.exists()


def test_secrets_are_replaced_and_named(record):
    with record() as recording:
        call(recording, f"/x?access_token={SECRET}", headers=(("authorization", f"Bearer {SECRET}"),))
    cassette = load(recording.path)
    (exchange,) = cassette.exchanges
    assert exchange.target == "/x?access_token=wiretape-token-1"
    assert exchange.request.headers == (("authorization", "Bearer wiretape-token-1"),)
    assert cassette.redacted == ("accesstoken",)


def test_secret_learnt_late_is_taken_out_of_the_journal_before_the_next_thing_is_taken(record):
    recording = record()
    call(recording, "/x", body=f'{{"note":"{LATER}"}}'.encode())
    assert LATER.encode() in plain_journal(recording)
    call(recording, "/y", at=2.0, body=f'{{"secret":"{LATER}"}}'.encode())
    assert LATER.encode() not in plain_journal(recording)
    recording.finish()
    assert LATER.encode() not in recording.path.read_bytes()


def plain_journal(recording):
    return b"".join(map(msgspec.msgpack.encode, read_journal(recording.journal.path).records))


def test_secret_across_pieces_reaches_neither_journal_nor_cassette(record):
    recording = record()
    track = recording.begin("GET", "/events", (), at=1.0)
    track.respond(200, (("content-type", "text/event-stream"),), at=1.1)
    for number, piece in enumerate(
        [b'data: {"secret":"q7Zk3vX9', b'pLw2RtY8"}\n\n', b"data: q7Zk", b"3vX9pLw2RtY8\n\n"]
    ):
        track.chunk(piece, at=1.2 + number / 10)
        assert b"q7Zk3" not in plain_journal(recording)
    track.end(at=2.0)
    recording.finish()
    assert [line.data for line in load(recording.path).exchanges[0].response.stream] == [
        b'data: {"secret":"wiretape-token-1"}\n\n',
        b"data: wiretape-token-1\n\n",
    ]


def test_frame_sizes_follow_a_replaced_secret(record):
    recording = record()
    track = recording.begin("GET", "/chat", (), at=1.0, upgrade=True)
    track.respond(101, (), at=1.1)
    data = f'{{"secret":"{SECRET}","a":"b"}}'.encode()
    track.message("<", "text", data, at=1.2, frames=(15, len(data) - 15))
    track.socket_end("<", "close", at=1.3, code=1000, reason=f"token={SECRET}")
    recording.finish()
    message, end = load(recording.path).exchanges[0].messages
    assert message == Line("<", 200_000, "text", b'{"secret":"wiretape-token-1","a":"b"}', None, (27, 10))
    assert end.data == b"token=wiretape-token-1"


def test_unsafe_cassette_is_refused_and_the_old_one_kept(record):
    recording = record(client=f"client {SECRET}")
    recording.path.write_text("old")
    call(recording, f"/x?access_token={SECRET}")
    with pytest.raises(UnsafeCassetteError, match=r"session\.yaml, line \d+, column \d+: accesstoken") as caught:
        recording.finish()
    assert SECRET not in str(caught.value)
    assert recording.path.read_text() == "old"
    assert caught.value.journal.path.exists()


def test_nothing_but_the_cassette_is_left(record, tmp_path):
    with record() as recording:
        call(recording)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["session.yaml", "state"]
    assert [path for path in tmp_path.rglob("state/*/*") if path.is_file()] == []


def test_failing_disk_keeps_the_journal(record):
    recording = record("missing/session.yaml")
    call(recording)
    with pytest.raises(CassetteError, match="missing"):
        recording.finish()
    assert recording.journal.path.exists()


def test_journal_of_a_killed_recording_gives_the_same_cassette(record):
    recording = record()
    call(recording, f"/x?access_token={SECRET}")
    contents = read_journal(recording.journal.path)
    recorder = Recorder()
    for observation in contents.records:
        recorder.observe(observation)
    assert recorder.cassette(contents.head.recorded).exchanges == recording.cassette().exchanges


def test_recording_left_by_an_error_writes_nothing_and_keeps_its_journal(record):
    recording = record()
    call(recording)
    recording.__exit__(RuntimeError, RuntimeError(), None)
    assert not recording.path.exists()
    assert recording.journal.path.exists()


def test_recording_is_finished_once(record):
    recording = record()
    recording.finish()
    with pytest.raises(RecordingError, match="finished"):
        recording.finish()


def test_what_comes_after_the_end_is_not_recorded(record):
    recording = record()
    track = recording.begin("GET", "/x", (), at=1.0)
    recording.finish()
    track.respond(200, (), at=2.0)
    assert recording.cassette().exchanges[0].response is None


def test_open_exchange_makes_the_cassette_incomplete(record):
    recording = record()
    recording.begin("GET", "/x", (), at=1.0)
    assert not recording.finish().recorded.complete


@pytest.mark.parametrize("stopped", [True, False])
def test_what_passed_of_an_unfinished_line_is_kept_when_the_recording_ends(record, stopped):
    recording = record()
    track = recording.begin("GET", "/x", (), at=1.0)
    track.respond(200, (("content-type", "text/html"),), at=1.1)
    track.chunk(f'{{"access_token":"{SECRET}'.encode(), at=1.2)
    if stopped:
        recording.stop(at=3.0)
    recording.finish()
    (exchange,) = load(recording.path).exchanges
    assert exchange.response.stream[0] == Line("<", 200_000, "text", b'{"access_token":"wiretape-token-1')
    assert exchange.response.stream[-1].kind == "cut"


def test_a_recording_ends_while_a_body_goes_on_in_another_thread(record):
    recording, begun = record(), threading.Event()
    track = recording.begin("GET", "/x", (), at=1.0)
    track.respond(200, (("content-type", "text/plain"),), at=1.1)
    pieces = [b"%d,\n" % number if number % 3 else b"%d," % number for number in range(3_000)]

    def pass_on():
        for number, piece in enumerate(pieces):
            track.chunk(piece, at=1.2)
            if number == 100:
                begun.set()

    passing = threading.Thread(target=pass_on)
    passing.start()
    assert begun.wait(10)
    recording.stop(at=3.0)
    passing.join(10)
    assert not passing.is_alive()
    recording.finish()
    (exchange,) = load(recording.path).exchanges
    kept = b"".join(line.data for line in exchange.response.stream if line.kind == "text")
    assert b"".join(pieces).startswith(kept)
    assert kept.startswith(b"".join(pieces[:99]))


def test_without_a_journal_nothing_is_on_the_disk(tmp_path):
    settings = RecordingOptions(journal=False, state_directory=tmp_path / "state")
    recording = Recording(tmp_path / "session.yaml", PROFILE, options=settings)
    call(recording)
    assert len(recording.hooked_cassette().exchanges) == 1
    recording.close()
    assert list(tmp_path.iterdir()) == []


def test_a_discarded_recording_leaves_no_journal(record, tmp_path):
    recording = record()
    call(recording)
    recording.discard()
    assert (recording.path.exists(), list(tmp_path.glob("state/*"))) == (False, [])


def test_discarding_after_a_failure_keeps_the_journal(record):
    recording = record("missing/session.yaml")
    call(recording)
    with pytest.raises(CassetteError, match="missing"):
        recording.finish()
    recording.discard()
    assert recording.journal.path.exists()


def test_secrets_that_are_told_are_replaced_wherever_they_stand(tmp_path):
    settings = RecordingOptions(state_directory=tmp_path, secrets=(SECRET,))
    with Recording(tmp_path / "told.yaml", PROFILE, options=settings) as recording:
        track = recording.begin("POST", f"/shop/{SECRET}", (("x-shop", f"key {SECRET}"),), at=1.0)
        track.request_body(f"the key is {SECRET}".encode(), at=1.0)
        track.respond(200, (), at=1.1)
        track.end("whole", at=1.2, by="<")
        recording.finish()
    text = (tmp_path / "told.yaml").read_text()
    assert SECRET not in text
    assert text.count("wiretape-token-1") == 3
    assert SECRET not in repr(settings)


def test_secret_that_is_too_plain_to_be_sought_is_refused(tmp_path):
    settings = RecordingOptions(state_directory=tmp_path, secrets=("abc",))
    with pytest.raises(WeakSecretError, match="too short or too plain"):
        Recording(tmp_path / "told.yaml", PROFILE, options=settings)
    assert list(tmp_path.iterdir()) == []


def test_error_in_a_batch_leaves_the_events_before_it_in_the_journal(record):
    recording = record()
    recording.begin("GET", "/x", (), at=1.0)
    first = MessagePassed(exchange=0, at=1, direction="<", kind="text", data=b"first")
    with pytest.raises(EventError):
        recording.observe(first, MessagePassed(exchange=7, at=1, direction="<", kind="text", data=b"of none"))
    assert read_journal(recording.journal.path).records[-1] == first
