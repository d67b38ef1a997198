"""Coded request bodies by real clients: recorded through the relay, and played to the same client whose bytes differ."""

import asyncio
import base64
import gzip
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import aiohttp
import brotli
import pytest
import requests
import zstandard

from fake_server import serve
from fake_server.stage import Response
from harness.cassette.store import load
from harness.har.exporting import write_har
from harness.har.importing import import_har
from harness.record.events import RequestBody
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.record.recovery import Recovery, recover
from harness.sessions import recording, replaying
from harness.user_folders import state_directory
from tests.support.clients.both_ways import PROFILE, counting, record_and_play
from tests.support.journals import read_journal
from tests.support.servers.stages import StageOf

SECRET = "Zq3vT8mXw1Rk5LbN7cJd"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def both(tmp_path):
    return partial(record_and_play, tmp_path / "session.yaml")


def post(data, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def send(url):
        answer = requests.post(url + "/ingest", data=data, headers={**JSON, **named}, timeout=10)
        return answer.status_code, answer.text

    return send


PACKERS = {
    "gzip": lambda data, n: gzip.compress(data, 6 + n, mtime=n),
    "deflate": lambda data, n: zlib.compress(data, 1 + 8 * n),
    "br": lambda data, n: brotli.compress(data, quality=2 + 8 * n),
    "zstd": lambda data, n: zstandard.ZstdCompressor(level=1 + 18 * n).compress(data),
    "gzip, br": lambda data, n: brotli.compress(gzip.compress(data, mtime=n)),
}


@pytest.mark.parametrize("coding", PACKERS)
def test_coded_body_reaches_the_service_as_sent_and_is_compared_by_what_is_in_it(both, coding):
    first = PACKERS[coding](b'{"events": [1, 2, 3], "by": "me"}', 0)
    second = PACKERS[coding](b'{"by":"me","events":[1,2,3.0]}', 1)
    got, cassette, answers, report = both(post(first, Content_Encoding=coding), post(second, Content_Encoding=coding))
    assert (got.body, got.header("content-encoding")) == (first, coding)
    request = cassette.exchanges[0].request
    assert (request.decoded, request.body.data) == (coding, b'{"events": [1, 2, 3], "by": "me"}')
    assert "content-encoding" not in dict(request.headers)
    assert answers[0] == answers[1] == (200, str(len(first)))
    assert report.ok, report.problems


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", b'{"a":1}'),
        ("gzip", gzip.compress(b'{"a":1}')[:-4]),
        ("aws-chunked", b"7\r\nabcdefg\r\n0\r\n\r\n"),
        ("br", gzip.compress(b"x", mtime=0)),
        ("gzip", gzip.compress(bytes(20 << 20), mtime=0)),
    ],
    ids=["false", "cut", "unknown", "another", "bomb"],
)
def test_body_whose_coding_cannot_be_taken_off_is_kept_as_it_is(both, coding, body):
    send = post(body, Content_Encoding=coding)
    got, cassette, answers, report = both(send, send)
    request = cassette.exchanges[0].request
    assert (got.body, request.body.data, request.decoded) == (body, body, None)
    assert dict(request.headers)["content-encoding"] == coding
    assert answers[0] == answers[1]
    assert report.ok


def test_coded_body_that_says_something_else_is_a_mismatch_that_names_the_place(both):
    first = post(gzip.compress(b'{"a":{"b":1}}'), Content_Encoding="gzip")
    second = post(gzip.compress(b'{"a":{"b":2}}'), Content_Encoding="gzip")
    *_, answers, report = both(first, second)
    assert answers[1][0] == 501
    assert "body.a.b" in answers[1][1]
    assert not report.ok


def test_a_client_that_does_not_compress_is_answered_too(both):
    *_, answers, report = both(post(gzip.compress(b'{"a":1}'), Content_Encoding="gzip"), post(b'{"a": 1}'))
    assert answers[0] == answers[1]
    assert report.ok


def test_compressed_cassette_of_an_older_recorder_plays(tmp_path):
    body = gzip.compress(b'{"a":1}', mtime=1)
    with serve(counting()) as service, recording(tmp_path / "new.yaml", service.url, profile=PROFILE) as relay:
        post(body, Content_Encoding="gzip")(relay.url)
    text = (tmp_path / "new.yaml").read_text()
    old = text.replace("    decoded: gzip\n", "").replace("headers: {", "headers: {content-encoding: gzip, ", 1)
    old = old.replace("json: {a: 1}", "base64: " + base64.b64encode(body).decode())
    (tmp_path / "old.yaml").write_text(old)
    cassette = load(tmp_path / "old.yaml")
    assert cassette.exchanges[0].request.body.data == body
    with replaying(cassette, profile=PROFILE) as player:
        status, _ = post(gzip.compress(b'{"a": 1}', mtime=2), Content_Encoding="gzip")(player.url)
        assert (status, player.report().ok) == (200, True)


def test_secret_in_a_coded_body_lies_neither_in_journal_nor_cassette_nor_report(tmp_path, monkeypatch):
    packed = gzip.compress(json.dumps({"accessToken": SECRET, "n": 1}).encode())
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "session.yaml"
    with (
        serve(counting()) as service,
        recording(path, service.url, profile=PROFILE) as relay,
    ):
        post(packed, Content_Encoding="gzip")(relay.url)
        [journal] = state_directory().glob("*.journal")
        [body] = [one for one in read_journal(journal).records if isinstance(one, RequestBody)]
        raw = journal.read_bytes()
    assert (body.data, body.decoded) == (b'{"accessToken": "wiretape-token-1", "n": 1}', "gzip")
    for form in (SECRET.encode(), base64.b64encode(packed)[:60]):
        assert form not in raw
        assert form not in path.read_bytes()
    with replaying(path, profile=PROFILE) as player:
        other = json.dumps({"accessToken": SECRET, "n": 2}).encode()
        status, said = post(gzip.compress(other), Content_Encoding="gzip")(player.url)
        assert (status, SECRET in said, SECRET in str(player.report().problems)) == (501, False, False)
        assert post(packed, Content_Encoding="gzip")(player.url)[0] == 200


def test_coded_session_comes_back_from_a_har(tmp_path):
    with serve(counting()) as service, recording(tmp_path / "a.yaml", service.url, profile=PROFILE) as relay:
        post(gzip.compress(b'{"a": 1}'), Content_Encoding="gzip")(relay.url)
        post(b"false", Content_Encoding="gzip")(relay.url)
    write_har(relay.cassette, tmp_path / "a.har")
    exported = json.loads((tmp_path / "a.har").read_text())["log"]["entries"][0]["request"]["postData"]
    assert exported["text"] == '{"a": 1}'
    assert import_har(tmp_path / "a.har", tmp_path / "b.yaml").cassette.exchanges == relay.cassette.exchanges


def test_origin_in_a_coded_body_is_the_services_in_the_cassette(both):
    def send(url):
        return post(gzip.compress(json.dumps({"back": url + "/x"}).encode(), 0), Content_Encoding="gzip")(url)

    got, cassette, answers, report = both(send, send)
    assert json.loads(gzip.decompress(got.body))["back"] not in str(cassette)
    assert json.loads(cassette.exchanges[0].request.body.data) == {"back": cassette.recorded.origin + "/x"}
    assert report.ok, report.problems
    assert answers[1][0] == 200


def with_aiohttp(coding):
    """Compresses by itself, and sends the body in chunks."""

    async def post(url):
        async with (
            aiohttp.ClientSession() as session,
            session.post(url + "/ingest", json={"a": [1, 2], "b": "x" * 200}, compress=coding) as answer,
        ):
            return answer.status

    return lambda url: asyncio.run(post(url))


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_body_that_a_library_compresses_by_itself_is_compared_by_what_is_in_it(both, coding):
    got, cassette, answers, report = both(with_aiohttp(coding), post(b'{"b":"' + b"x" * 200 + b'","a":[1,2.0]}'))
    request = cassette.exchanges[0].request
    assert got.header("content-encoding") == request.decoded == coding
    assert json.loads(request.body.data) == {"a": [1, 2], "b": "x" * 200}
    assert answers[1][0] == answers[0] == 200
    assert report.ok, report.problems


def test_coded_body_of_a_killed_recording_is_recovered(tmp_path):
    settings = RecordingOptions(state_directory=tmp_path / "state")
    recording = Recording(tmp_path / "a.yaml", PROFILE, options=settings)
    track = recording.begin("POST", "/x", (("content-encoding", "zstd"),), at=1.0)
    track.request_body(zstandard.compress(b'{"accessToken":"' + SECRET.encode() + b'"}'), at=1.0)
    recording.close()
    recovered = recover(recording.journal.path, Recovery(profiles=lambda _: PROFILE))
    request = recovered.cassette.exchanges[0].request
    assert (request.decoded, request.headers) == ("zstd", ())
    assert request.body.data == b'{"accessToken":"wiretape-token-1"}'


def test_har_whose_exporter_left_the_header_only_plays_to_the_client_that_compresses(tmp_path):
    with serve(counting()) as service, recording(tmp_path / "a.yaml", service.url, profile=PROFILE) as relay:
        post(b'{"a": 1}', Content_Encoding="gzip")(relay.url)
    with replaying(tmp_path / "a.yaml", profile=PROFILE) as player:
        assert post(gzip.compress(b'{"a":1}'), Content_Encoding="gzip")(player.url)[0] == 200
        assert player.report().ok


def test_many_coded_bodies_at_once_are_each_answered_by_their_own(tmp_path):
    path = tmp_path / "many.yaml"
    bodies = [json.dumps({"n": number, "text": "x" * number}).encode() for number in range(20)]

    def send(url, level):
        def one(body):
            return post(gzip.compress(body, level), Content_Encoding="gzip")(url)

        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(one, bodies))

    async def handle(request):
        return Response(body=b"%d" % json.loads(gzip.decompress(request.body))["n"])

    with serve(StageOf(handle)) as service, recording(path, service.url, profile=PROFILE) as relay:
        recorded = send(relay.url, 1)
    with replaying(path, profile=PROFILE) as player:
        assert send(player.url, 9) == recorded == [(200, str(number)) for number in range(20)]
        assert player.report().ok
