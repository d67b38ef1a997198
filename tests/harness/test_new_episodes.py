"""New episodes: a cassette of the fake, and sessions against it that ask for more than it holds."""

import gzip
import json
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from harness.cassette.store import load
from harness.new_episodes import Episodes
from harness.record.options import RecordingOptions, SaveOptions
from harness.record.recording import Recording
from harness.relay.about import describe_origin
from harness.relay.relay import Relay
from harness.replay.player import Player
from harness.replay.report import Report
from harness.services.copilot import COPILOT
from harness.sessions import recording, replaying
from provider import CopilotClient, CopilotError
from provider.transport.types import Settings


def ask(client, prompt):
    """The text of one turn."""
    return "".join(item for item in client.chat(prompt) if isinstance(item, str))


class Session:
    """A stage, its server, and the recording of what went live."""

    def __init__(self, stage, server, live):
        self.stage = stage
        self.server = server
        self.live = live

    def client(self):
        return CopilotClient("fake-access-token-of-the-tests", base_url=self.server.url, generation="2026")

    def save(self):
        """Add what went live to the cassette."""
        self.live.finish(SaveOptions(mode="append"))


@pytest.fixture
def path(tmp_path):
    """Where the cassette is: one turn, with the prompt "Hello"."""
    place = tmp_path / "chat.yaml"
    with (
        serve(Script(Config(generation="2026", seed=1))) as service,
        recording(place, service.url) as relay,
        CopilotClient("fake-access-token-of-the-tests", base_url=relay.url, generation="2026") as client,
    ):
        ask(client, "Hello")
    return place


@pytest.fixture
def episodes(path, tmp_path):
    """Opens the stage over the cassette, with a fake of another seed as the live service."""
    takes = []

    @contextmanager
    def opened():
        cassette = load(path)
        with serve(Script(Config(generation="2026", seed=2))) as service:
            take = Recording(
                path,
                COPILOT,
                origin=describe_origin(service.url),
                options=RecordingOptions(state_directory=tmp_path / "state"),
            )
            relay = Relay(service.url, COPILOT, take, settings=Settings(trust_environment=False))
            stage = Episodes(cassette, Player(cassette, COPILOT), relay, COPILOT)
            takes.append(take)
            with serve(stage, own_origins=COPILOT.origins) as server:
                yield Session(stage, server, take)

    yield opened
    for take in takes:
        take.close()


def test_what_is_recorded_is_played(episodes):
    with episodes() as session, session.client() as client:
        assert ask(client, "Hello")
    assert (session.stage.missed, session.stage.report().failures) == (0, ())


def test_a_new_turn_goes_live_and_is_added(episodes, path):
    recorded = len(load(path).exchanges)
    with episodes() as session:
        with session.client() as client:
            ask(client, "Hello")
        with session.client() as client:
            fresh = ask(client, "Good bye")
    assert session.stage.missed > 0
    session.save()
    assert len(load(path).exchanges) == recorded + session.stage.missed
    with replaying(path) as server:
        for prompt, answer in (("Hello", None), ("Good bye", fresh)):
            with CopilotClient("t" * 20, base_url=server.url, generation="2026") as client:
                assert ask(client, prompt) == answer or answer is None
    assert server.report().ok


def test_in_the_next_session_nothing_is_new(episodes, path):
    for expected in (True, False):
        with episodes() as session:
            for prompt in ("Hello", "Good bye"):
                with session.client() as client:
                    ask(client, prompt)
        assert (session.stage.missed > 0) is expected
        if expected:
            session.save()


def test_a_played_conversation_does_not_go_on_with_another_prompt(episodes):
    with episodes() as session, session.client() as client, pytest.raises(CopilotError):
        ask(client, "Another prompt")
    assert "cannot continue live" in session.stage.report().text()


def given_conversation(path):
    for exchange in load(path).exchanges:
        body = exchange.response.body.data if exchange.response else b""
        if b"onversationId" in body:
            found = json.loads(body)
            return found.get("conversationId") or found["currentConversationId"]
    raise AssertionError("no conversation was recorded")


def test_a_recorded_conversation_in_a_coded_body_is_not_asked_of_the_service(episodes, path):
    with episodes() as session:
        body = gzip.compress(json.dumps({"conversationId": given_conversation(path)}).encode())
        request = urllib.request.Request(f"{session.server.url}/c/api/elsewhere", body, {"Content-Encoding": "gzip"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        with refused.value:
            assert b"cannot continue live" in refused.value.read()
    assert session.stage.missed == 0


def test_a_recorded_conversation_is_not_asked_of_the_service(episodes, path):
    with episodes() as session:
        url = f"{session.server.url}/c/api/conversations/{given_conversation(path)}/elsewhere"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(url, timeout=10)
        refused.value.close()
    assert (refused.value.code, session.stage.missed) == (501, 0)
    assert "cannot continue live" in session.stage.report().text()


def test_the_report_is_the_player_s(episodes):
    with episodes() as session:
        report = session.stage.report()
    assert isinstance(report, Report)
    assert {problem.kind for problem in report.failures} == {"unplayed"}
