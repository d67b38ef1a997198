"""A page that follows a session: what its server answers while a recording, a replay or a fake goes on."""

import json
import threading
import time
import urllib.error
import urllib.request

import pytest
from websockets.sync.client import connect

from fake_server import serve
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.services.neutral import NEUTRAL
from harness.sessions import replaying
from harness.tap.session import TappedSession
from harness.view.live import LiveFeed, following
from tests.support.servers.stages import echoing

TOKEN = "zq9fT-learnt-late-77"


@pytest.fixture
def recording(tmp_path):
    with Recording(tmp_path / "one.yaml", NEUTRAL, options=RecordingOptions(state_directory=tmp_path)) as recording:
        yield recording


def call(recording, target, at, body=b"", headers=()):
    exchange = recording.begin("POST", target, headers, at=at)
    exchange.request_body(body, at=at)
    exchange.respond(200, (), at=at + 0.1)
    exchange.end(at=at + 0.2)


def names(news):
    return [event["name"] for event in news["events"]]


def test_a_page_gets_each_event_once_and_nothing_while_nothing_passes(recording):
    feed = LiveFeed(recording, NEUTRAL, "one", rest=0)
    call(recording, "/a", 1.0)
    first = feed.since(0, 0, -1)
    assert (names(first), first["from"]) == (["POST /a", "200"], 0)
    assert feed.since(first["epoch"], 2, first["state"]) is None
    call(recording, "/b", 2.0)
    second = feed.since(first["epoch"], 2, first["state"])
    assert (names(second), second["from"], second["epoch"]) == (["POST /b", "200"], 2, first["epoch"])
    assert [each["target"] for each in second["exchanges"]] == ["/a", "/b"]


def test_a_secret_that_is_learnt_late_begins_a_new_epoch_without_it(recording):
    feed = LiveFeed(recording, NEUTRAL, "one", rest=0)
    call(recording, "/a", 1.0, TOKEN.encode())
    first = feed.since(0, 0, -1)
    assert TOKEN in json.dumps(first)
    call(recording, "/b", 2.0, headers=(("authorization", f"Bearer {TOKEN}"),))
    second = feed.since(first["epoch"], 2, first["state"])
    assert (second["from"], second["epoch"]) == (0, first["epoch"] + 1)
    assert names(second) == ["POST /a", "200", "POST /b", "200"]
    assert TOKEN not in json.dumps(second)
    # A page that slept through the epoch gets all of it, whatever it has.
    assert feed.since(first["epoch"], 4, first["state"])["from"] == 0


def test_an_open_socket_has_no_end_yet(recording):
    feed = LiveFeed(recording, NEUTRAL, "one", rest=0)
    exchange = recording.begin("GET", "/chat", (), at=1.0, upgrade=True)
    exchange.respond(101, (), at=1.1)
    exchange.message("<", "text", b"hello", at=1.2)
    first = feed.since(0, 0, -1)
    assert [event["kind"] for event in first["events"]] == ["request", "answer", "text"]
    exchange.message("<", "text", b"again", at=1.3)
    second = feed.since(0, 3, first["state"])
    assert [event["text"] for event in second["events"]] == ["again"]
    assert second["epoch"] == first["epoch"]


def fetch(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.status, answer.read()


def news(url):
    """The body of the page's first question; asked again while the session is left alone, as a page does."""
    status, body = fetch(url + QUERY)
    while status == 204:
        status, body = fetch(url + QUERY)
    return body


QUERY = "/session?epoch=0&known=0&state=-1"


def test_only_the_page_itself_gets_the_news(recording):
    with following(recording, NEUTRAL, "one") as url:
        call(recording, "/a", 1.0)
        status, body = fetch(url + QUERY, **{"Sec-Fetch-Site": "same-origin"})
        assert (status, names(json.loads(body))) == (200, ["POST /a", "200"])
        # What the page's source holds cannot be taken back.
        page = fetch(url)[1]
        assert b'"events":[]' in page
        assert b"connect-src 'self'" in page
        for path, headers in (
            (url + QUERY, {"Host": "evil.example"}),
            (url + QUERY, {"Origin": "https://evil.example"}),
            (url + QUERY, {"Sec-Fetch-Site": "cross-site"}),
            (url + "/session", {}),
            (url[:-1] + QUERY, {}),
            (url + "/other", {}),
        ):
            with pytest.raises(urllib.error.HTTPError) as caught:
                fetch(path, **headers)
            assert b"POST" not in caught.value.read()


def test_a_page_that_is_open_learns_that_the_session_is_over(recording):
    feed = LiveFeed(recording, NEUTRAL, "one", rest=0)
    feed.end()  # nobody looks: this waits for nobody
    assert feed.since(0, 0, -1)["isOver"] is True


def test_a_replay_and_a_fake_can_be_watched_with_what_the_client_sends(session, tmp_path):
    watch = TappedSession(NEUTRAL, "replay")
    with replaying(session, profile=NEUTRAL, wrap=watch.wrap) as running, following(watch, NEUTRAL, "x") as url:
        assert json.loads(news(url))["events"] == []
        request = urllib.request.Request(
            f"{running.url}/orders", b'{"item":"red"}', {"authorization": f"Bearer {TOKEN}"}
        )
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=10)
        body = news(url)
    assert names(json.loads(body))[0] == "POST /orders"
    assert b"red" in body
    assert TOKEN.encode() not in body


def test_a_socket_of_a_server_is_seen_while_it_is_open():
    watch = TappedSession(NEUTRAL, "serve")
    feed = LiveFeed(watch, NEUTRAL, "x", rest=0)
    with serve(watch.wrap(echoing())) as server, connect(server.ws_url + "/chat", proxy=None) as client:
        client.send("one")
        assert client.recv(timeout=10) == "one"
        first = feed.since(0, 0, -1)
        assert [(event["dir"], event["kind"]) for event in first["events"]] == [
            (">", "request"),
            ("<", "answer"),
            (">", "text"),
            ("<", "text"),
        ]
        client.send("two")
        assert client.recv(timeout=10) == "two"
        second = feed.since(first["epoch"], 4, first["state"])
    assert [event["text"] for event in second["events"]] == ["two", "two"]
    assert second["epoch"] == first["epoch"]


class SlowSession:
    """A session of one exchange more at each look, which takes its time to be read.

    Attributes:
        reads: How often it was read.
    """

    def __init__(self, recording, seconds):
        self._recording = recording
        self._seconds = seconds
        self.reads = 0

    def version(self):
        return object()

    def cassette(self):
        self.reads += 1
        call(self._recording, f"/{self.reads}", float(self.reads))
        until = time.monotonic() + self._seconds
        while time.monotonic() < until:
            pass
        return self._recording.cassette()


def test_a_session_that_is_slow_to_read_is_read_seldom_while_it_goes_on(recording):
    session = SlowSession(recording, 0.06)
    feed = LiveFeed(session, NEUTRAL, "one", rest=1000)
    assert len(feed.since(0, 0, -1)["events"]) == 2
    assert feed.since(0, 2, 1) is None
    assert feed.since(0, 0, -1) is None  # nor another page: what was read before may hold a secret that is known now
    assert session.reads == 1


def test_the_end_of_a_session_that_is_slow_to_read_comes_at_once(recording):
    feed = LiveFeed(SlowSession(recording, 0.06), NEUTRAL, "one", rest=1000)
    first = feed.since(0, 0, -1)
    ending = threading.Thread(target=feed.end)
    ending.start()
    while (last := feed.since(first["epoch"], 2, first["state"])) is None:
        pass
    ending.join(timeout=10)
    assert (last["isOver"], names(last)) == (True, ["POST /2", "200"])


def test_a_session_that_goes_on_is_not_called_cut_off(recording):
    feed = LiveFeed(recording, NEUTRAL, "one", rest=0)
    exchange = recording.begin("GET", "/chat", (), at=1.0, upgrade=True)
    exchange.respond(101, (), at=1.1)
    assert feed.since(0, 0, -1)["about"]["complete"] is True
