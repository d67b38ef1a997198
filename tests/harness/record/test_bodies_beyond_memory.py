"""Bodies above `LARGEST_IN_MEMORY` stay on the disk, from the events of the recording to the replay."""

import hashlib
import random

import pytest

from fake_server.stage import BrokenBodyError, Request, Response
from harness.cassette import files, payloads
from harness.cassette.errors import ChangedSideFileError, LimitError, MissingSideFileError
from harness.cassette.files import side_folder
from harness.cassette.model import Aborted, Call, Cassette, Limits, Recorded, ResponsePart
from harness.cassette.payloads import PIECE, PayloadStore, StoredBody
from harness.cassette.store import load, save
from harness.record import large_bodies, recorder
from harness.record.body_lines import BodyLines
from harness.record.errors import UnsafeCassetteError
from harness.record.events import Piece
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.record.save import write_checked
from harness.redact.contents import content_findings
from harness.redact.engine import Redactor
from harness.replay import responses
from harness.replay.player import Player
from tests.harness.record.conftest import PROFILE

MOST = 100_000
SECRET = b"q7Zk3vX9pLw2RtY8mN4b"
BODY = random.Random(5).randbytes(3 * MOST)
RECORDED = Recorded(at="2026-11-23T05:00:00Z", by="relay", client="x", origin="https://service.test")
LIMITS = Limits(side_file_bytes=MOST)


@pytest.fixture(autouse=True)
def _small_memory(monkeypatch):
    for module in (payloads, files, large_bodies, recorder, responses):
        monkeypatch.setattr(module, "LARGEST_IN_MEMORY", MOST)


@pytest.fixture
def record(tmp_path):
    def make():
        options = RecordingOptions(state_directory=tmp_path / "state", spill_after=1000)
        return Recording(tmp_path / "session.yaml", PROFILE, options=options)

    return make


def download(recording, body=BODY, kind="whole", by=">"):
    track = recording.begin("GET", "/x", (), at=0.0)
    track.respond(200, (("content-type", "application/octet-stream"),), at=0.1)
    for number, at in enumerate(range(0, len(body), 9_000)):
        track.chunk(body[at : at + 9_000], at=0.2 + number)
    track.end(kind, at=999.0, by=by)


@pytest.fixture
def recorded(record):
    recording = record()
    download(recording)
    recording.finish()
    return recording.path


async def read_into(pieces, body):
    async for piece in body:
        pieces.append(piece)  # what comes before an error counts


def body_of(path):
    [exchange] = load(path, limits=LIMITS).exchanges
    return exchange.response.body


def test_body_is_recorded_whole_in_a_side_file_and_not_searched(recorded):
    body = body_of(recorded)
    assert isinstance(body, StoredBody)
    assert (body.data, body.searched) == (BODY, b"")
    assert body.payload.sha256 == hashlib.sha256(BODY).hexdigest()
    [file] = side_folder(recorded).glob("[!.]*")
    assert file.read_bytes() == BODY


async def test_it_is_replayed_in_pieces_and_with_its_length(recorded, monkeypatch):
    monkeypatch.setattr(responses, "_FROM_DISK", 70_000)
    player = Player(load(recorded, limits=LIMITS), PROFILE)
    answer = await player.handle(Request(method="GET", target="/x", origin="http://127.0.0.1:1"))
    assert isinstance(answer, Response)
    pieces = [piece async for piece in answer.body]
    assert (b"".join(pieces), max(map(len, pieces))) == (BODY, 70_000)
    assert dict(answer.headers)["content-length"] == str(len(BODY))


def test_changed_and_missing_files_are_refused(recorded):
    [file] = side_folder(recorded).glob("[!.]*")
    file.write_bytes(BODY[:-1] + b"?")
    with pytest.raises(ChangedSideFileError, match="has changed"):
        load(recorded, limits=LIMITS)
    file.unlink()
    with pytest.raises(MissingSideFileError):
        load(recorded, limits=LIMITS)


def test_body_stays_readable_when_its_cassette_is_replaced(recorded, record):
    body = body_of(recorded)
    again = record()
    download(again, BODY[::-1])
    again.finish()
    assert (body.data, body_of(recorded).data) == (BODY, BODY[::-1])


def test_it_is_saved_again_elsewhere(recorded, tmp_path):
    save(load(recorded, limits=LIMITS), tmp_path / "copy.yaml")
    assert body_of(tmp_path / "copy.yaml").data == BODY


@pytest.mark.parametrize(
    ("limits", "problem"), [({"large_file_bytes": 200_000}, "more than 200000"), ({"large_bytes": 250_000}, "together")]
)
def test_such_files_have_limits(recorded, limits, problem):
    with pytest.raises(LimitError, match=problem):
        load(recorded, limits=Limits(side_file_bytes=MOST, **limits))


@pytest.mark.parametrize(("kind", "how"), [("eof", "eof"), ("reset", "reset")])
async def test_body_that_breaks_off_is_recorded_as_far_as_it_came_and_breaks_off_there_again(record, kind, how):
    recording = record()
    download(recording, kind=kind, by="<")
    recording.finish()
    cassette = load(recording.path, limits=LIMITS)
    response = cassette.exchanges[0].response
    assert (response.body.data, cassette.recorded.complete) == (BODY, True)
    assert response.aborted == Aborted(by="server", after=999_000_000, how=how)
    answer = await Player(cassette, PROFILE).handle(Request(method="GET", target="/x", origin="http://127.0.0.1:1"))
    assert isinstance(answer, Response)
    assert "content-length" not in dict(answer.headers)
    pieces = []
    with pytest.raises(BrokenBodyError) as broken:
        await read_into(pieces, answer.body)
    assert (b"".join(pieces), broken.value.how) == (BODY, how)


def test_body_that_the_recorder_cut_makes_the_cassette_incomplete(record):
    recording = record()
    download(recording, kind="cut", by="!")
    recording.finish()
    cassette = load(recording.path, limits=LIMITS)
    assert (cassette.exchanges[0].response.aborted.by, cassette.recorded.complete) == ("recorder", False)


def test_secret_that_is_known_is_replaced_in_such_a_body(record):
    recording = record()
    track = recording.begin("GET", "/x", (("authorization", f"Bearer {SECRET.decode()}"),), at=0.0)
    track.respond(200, (("content-type", "text/plain"),), at=0.1)
    lines = b"line of text\n" * 8_000 + SECRET + b"\n" + b"line of text\n" * 8_000
    track.chunk(lines, at=0.2)
    track.end(at=0.3)
    recording.finish()
    data = body_of(recording.path).data
    assert SECRET not in data
    assert data == lines.replace(SECRET, b"wiretape-token-1")


def test_secret_across_two_pieces_of_the_last_look_is_found(tmp_path):
    redactor = Redactor(PROFILE)
    redactor.value(SECRET.decode(), "token", "learnt")
    body = payloads.body_of(PayloadStore(tmp_path).put(bytes(PIECE - 10) + SECRET + bytes(MOST)))
    answer = ResponsePart(status=200, body=body)
    cassette = Cassette(recorded=RECORDED, exchanges=(Call(method="GET", target="/x", at=0, response=answer),))
    with pytest.raises(UnsafeCassetteError):
        write_checked(cassette, tmp_path / "session.yaml", redactor)


def test_a_line_without_end_is_released_between_two_words():
    lines = BodyLines()
    word = b"word of some letters "
    given = [lines.add(Piece(at, word * 1000)) for at in range(120)]
    released = [piece.data for each in given if each is not None for piece in each.pieces]
    assert released
    assert all(each is None or each.pieces[-1].data.endswith(b" ") for each in given)
    rest = lines.finish()
    assert rest is not None
    assert b"".join([*released, *(piece.data for piece in rest.pieces)]) == word * 120_000


def test_secret_across_two_pieces_is_found_in_a_side_file_that_is_looked_through(tmp_path):
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(PIECE - 10) + b"robin.of.locksley@sherwood.example\n" + bytes(MOST))
    [finding] = content_findings(Redactor(PROFILE), files.read_content(path, 10))
    assert finding.label == "email"
