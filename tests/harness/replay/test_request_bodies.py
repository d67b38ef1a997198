"""Request bodies by real clients: recorded through the relay, and played to the same client whose bytes differ."""

import base64
import gzip
import json
import zlib
from concurrent.futures import ThreadPoolExecutor

import brotli
import httpx
import pytest
import requests
import zstandard

from fake_server import serve
from fake_server.stage import Response
from harness.cassette.store import load
from harness.har.exporting import write_har
from harness.har.importing import import_har
from harness.profile import ServiceProfile
from harness.record.journal import state_directory
from harness.record.journal_lines import read_journal
from harness.record.observations import RequestBody
from harness.sessions import recording, replaying
from tests.support.stages import StageOf

PROFILE = ServiceProfile(name="test", upstream="", secret_fields={"accessToken": "token"})
SECRET = "Zq3vT8mXw1Rk5LbN7cJd"
JSON = {"Content-Type": "application/json"}


def echo():
    """Says how many bytes came, and keeps them."""

    async def handle(request):
        return Response(body=b"%d" % len(request.body))

    return StageOf(handle)


@pytest.fixture
def both(tmp_path):
    """Records one request through the relay and plays it to another: what the service got, the cassette, the report."""

    def run(first, second):
        path = tmp_path / "session.yaml"
        stage = echo()
        with serve(stage) as service, recording(path, service.url, profile=PROFILE) as relay:
            one = first(relay.url)
        with replaying(path, profile=PROFILE) as player:
            other = second(player.url)
            report = player.report()
        return stage.requests[-1], load(path), (one, other), report

    return run


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
    with serve(echo()) as service, recording(tmp_path / "new.yaml", service.url, profile=PROFILE) as relay:
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
        serve(echo()) as service,
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
    with serve(echo()) as service, recording(tmp_path / "a.yaml", service.url, profile=PROFILE) as relay:
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


# ---------------------------------------------------------------- meaning, as clients' libraries write it
def with_requests(**body):
    def send(url):
        answer = requests.post(url + "/x", timeout=10, **body)
        return answer.status_code

    return send


def with_httpx(**body):
    def send(url):
        return httpx.post(url + "/x", timeout=10, **body).status_code

    return send


NESTED = {"a": 1, "é": [1.5, None, {"b": "x\u2028y"}]}
FILES = [("b", ("b.txt", b"text", "text/plain")), ("c", ("c.json", b'{"x": 1, "y": 2}', "application/json"))]
PAIRS = {
    "JSON of two libraries": (with_requests(json=NESTED), with_httpx(json=dict(reversed(NESTED.items())))),
    "form of two libraries": (with_requests(data={"a": "é /", "b": "2"}), with_httpx(data={"b": "2", "a": "é /"})),
    "multipart of two libraries": (
        with_requests(data={"a": "é"}, files=FILES),
        with_httpx(data={"a": "é"}, files=list(reversed(FILES))),
    ),
    "JSON in a form": (
        with_requests(data={"variables": '{"x": 1, "y": [2]}'}),
        with_httpx(data={"variables": '{"y":[2],"x":1.0}'}),
    ),
    "lines of JSON": (
        with_requests(data=b'{"index": {}}\n{"a": 1}\n', headers={"Content-Type": "application/x-ndjson"}),
        with_httpx(content=b'{"index":{}}\n{"a":1}\n', headers={"Content-Type": "application/x-ndjson"}),
    ),
    "latin-1": (
        with_requests(
            data="a=é".encode("latin-1"),
            headers={"Content-Type": "application/x-www-form-urlencoded; charset=latin-1"},
        ),
        with_httpx(data={"a": "é"}),
    ),
}


@pytest.mark.parametrize("case", PAIRS)
def test_what_says_the_same_is_answered_whichever_library_wrote_it(both, case):
    *_, answers, report = both(*PAIRS[case])
    assert answers == (200, 200)
    assert report.ok, report.problems


@pytest.mark.parametrize(
    ("first", "second", "place"),
    [
        (with_requests(json={"a": 1}), with_httpx(json={"a": True}), "body.a"),
        (with_requests(data={"a": ["1", "2"]}), with_httpx(data={"a": ["2", "1"]}), "body.a"),
        (with_requests(files=FILES), with_httpx(files=[*FILES, FILES[0]]), "body.parts[2]"),
        (
            with_requests(files=[("j", ("j", b'{"x":1}', "application/json"))]),
            with_httpx(files=[("j", ("j", b'{"x":2}', "application/json"))]),
            "body.parts[0].content.x",
        ),
    ],
    ids=["JSON", "form", "a part more", "JSON in a part"],
)
def test_what_says_something_else_is_a_mismatch(both, first, second, place):
    *_, answers, report = both(first, second)
    assert answers == (200, 501)
    assert place in str(report.problems)


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
