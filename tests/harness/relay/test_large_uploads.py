"""Uploads that do not fit into memory are forwarded and recorded whole, and matched again."""

import gzip
import hashlib
import random
from functools import partial

import httpx
import pytest

from fake_server import Limits, Response, serve
from harness import sessions
from harness.cassette import files, payloads
from harness.cassette.model import Limits as CassetteLimits
from harness.cassette.payloads import StoredBody
from harness.cassette.store import load
from harness.compare.diff import differences
from harness.compare.timeline import timeline
from harness.har.errors import HarError
from harness.har.exporting import export_har
from harness.record import large_bodies, recorder
from harness.record.options import RecordingOptions
from harness.services.choice import default_service
from harness.sessions import recording, replaying
from harness.view.calls import as_curl, as_python

MOST = 100_000
BODY = random.Random(5).randbytes(3 * MOST)
TEXT = b"".join(b"line %d of some text\n" % number for number in range(20_000))
SECRET = "q7Zk3vX9pLw2RtY8mN4b"


class Sink:
    """Keeps what it gets, and answers with its size."""

    def __init__(self):
        self.requests = []

    async def handle(self, request):
        self.requests.append(request)
        return Response(body=str(len(request.body)).encode())

    async def close(self):
        pass


@pytest.fixture(autouse=True)
def _small_memory(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for module in (payloads, files, large_bodies, recorder):
        monkeypatch.setattr(module, "LARGEST_IN_MEMORY", MOST)
    monkeypatch.setattr(sessions, "Limits", partial(Limits, body_bytes=MOST))


@pytest.fixture
def sink():
    return Sink()


@pytest.fixture
def record(sink, tmp_path):
    def recorded(use):
        path = tmp_path / "upload.yaml"
        with serve(sink) as service, recording(path, service.url, options=RecordingOptions(spill_after=1000)) as door:
            use(door.url)
        return load(path, limits=CassetteLimits(side_file_bytes=MOST))

    return recorded


def replay(cassette, use):
    with replaying(cassette) as door:
        use(door.url)
        return door.report()


def put(url, body=BODY, **options):
    response = httpx.put(url + "/file", content=body, **options)
    assert response.status_code == 200, response.text
    return response


def pieces(body):
    yield from (body[at : at + 7000] for at in range(0, len(body), 7000))


@pytest.mark.parametrize("sent", [lambda: BODY, lambda: pieces(BODY)], ids=["announced", "chunked"])
def test_upload_is_forwarded_recorded_and_matched(sink, record, sent):
    cassette = record(lambda url: put(url, sent()))
    request = sink.requests[-1]
    assert request.body == BODY
    assert ("chunked" in dict(request.headers).values()) == (not isinstance(sent(), bytes))
    [exchange] = cassette.exchanges
    assert isinstance(exchange.request.body, StoredBody)
    assert exchange.request.body.data == BODY
    report = replay(cassette, lambda url: put(url, sent()))
    assert (report.problems, report.played) == ((), 1)


def test_another_upload_does_not_match(record):
    cassette = record(put)
    [problem, *_] = replay(cassette, lambda url: httpx.put(url + "/file", content=BODY[:-1] + b"?")).problems
    assert f"{len(BODY)} bytes, SHA-256" in str(problem)


def test_form_with_a_file_matches_with_a_fresh_boundary(record):
    def post(url):
        response = httpx.post(url + "/form", data={"a": "b"}, files={"file": ("name.bin", BODY)})
        assert response.status_code == 200, response.text

    assert not replay(record(post), post).problems


def test_coded_upload_is_recorded_decoded_and_compared_so(sink, record):
    def coded(level):
        body = gzip.compress(BODY, level, mtime=0)
        return lambda url: put(url, body, headers={"content-encoding": "gzip"})

    cassette = record(coded(1))
    assert sink.requests[-1].body == gzip.compress(BODY, 1, mtime=0)
    [exchange] = cassette.exchanges
    assert (exchange.request.decoded, exchange.request.body.data) == ("gzip", BODY)
    assert not replay(cassette, coded(6)).problems


def test_upload_that_is_not_coded_as_it_says_is_kept_as_it_is(record):
    use = partial(put, headers={"content-encoding": "gzip"})
    cassette = record(use)
    [exchange] = cassette.exchanges
    assert (exchange.request.decoded, exchange.request.body.data) == (None, BODY)
    assert not replay(cassette, use).problems


def test_known_secret_is_replaced_in_an_upload(record):
    text = TEXT + SECRET.encode() + b"\n" + TEXT
    cassette = record(lambda url: put(url, text, headers={"authorization": f"Bearer {SECRET}"}))
    data = cassette.exchanges[0].request.body.data
    assert SECRET.encode() not in data
    assert data == text.replace(SECRET.encode(), b"wiretape-token-1")


def with_addresses(*names):
    return TEXT + b"".join(b"write to %s@sherwood.example\n" % name for name in names) + TEXT


def test_values_that_were_replaced_may_be_others(record):
    cassette = record(lambda url: put(url, with_addresses(b"robin", b"john")))
    assert b"sherwood" not in cassette.exchanges[0].request.body.data
    assert not replay(cassette, lambda url: put(url, with_addresses(b"marian", b"much"))).problems


def test_all_else_of_such_an_upload_has_to_be_the_same(record):
    cassette = record(lambda url: put(url, with_addresses(b"robin")))
    other = with_addresses(b"robin") + b"one more line\n"
    assert replay(cassette, lambda url: httpx.put(url + "/file", content=other)).problems


def test_values_that_were_replaced_in_a_file_of_a_form_may_be_others(record):
    def post(name):
        return lambda url: httpx.post(url + "/form", files={"file": ("a.txt", with_addresses(name), "text/plain")})

    cassette = record(post(b"robin"))
    assert b"robin" not in cassette.exchanges[0].request.body.data
    assert not replay(cassette, post(b"marian")).problems


def test_two_uploads_at_once_are_told_apart(record):
    def both(url):
        put(url, BODY[::-1])
        put(url)

    report = replay(record(both), lambda url: (put(url), put(url, BODY[::-1])))
    assert (report.problems, report.played) == ((), 2)


def test_upload_is_told_in_a_timeline_and_in_commands_and_not_read(record):
    cassette = record(put)
    told = f"[{len(BODY)} bytes, SHA-256 {hashlib.sha256(BODY).hexdigest()}]"
    first = next(timeline(cassette, default_service()))
    assert (first.data.decode(), first.file) == (told, None)
    assert "--data-binary @body.bin" in as_curl(cassette.exchanges[0], "http://x")
    assert "open('body.bin', 'rb')" in as_python(cassette.exchanges[0], "http://x")


def test_export_of_an_upload_says_that_it_is_too_large(record):
    cassette = record(put)
    with pytest.raises(HarError, match=f"exchanges.0.: a body has {len(BODY)} bytes"):
        b"".join(export_har(cassette))


def test_diff_of_two_uploads_sees_that_they_differ(record):
    one, other = record(put), record(lambda url: put(url, BODY[::-1]))
    assert any("SHA-256" in str(change) for change in differences(one, other, default_service()))
