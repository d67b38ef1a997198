import gzip
import json
import urllib.error
import urllib.request

import pytest

from harness.cassette.store import load
from harness.replay.report import Report
from harness.sessions import replaying
from provider import CopilotClient, CopilotError
from tests.harness.episodes.conftest import ask


def test_what_is_recorded_is_played(episodes):
    with episodes() as session, session.client() as client:
        assert ask(client, "Hello")
    assert (session.stage.missed, session.stage.report().failures) == (0, ())


def test_when_nothing_went_live_no_file_is_touched(episodes, path, tmp_path):
    before = path.read_bytes(), path.stat().st_mtime_ns
    with episodes() as session, session.client() as client:
        ask(client, "Hello")
    assert session.stage.finish() is None
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert list(tmp_path.glob("state/*.journal")) == []


def test_a_new_turn_goes_live_and_is_added(episodes, path):
    recorded = len(load(path).exchanges)
    with episodes() as session:
        with session.client() as client:
            ask(client, "Hello")
        with session.client() as client:
            fresh = ask(client, "Good bye")
    assert session.stage.missed > 0
    session.stage.finish()
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
        session.stage.finish()


def test_a_played_conversation_does_not_go_on_with_another_prompt(episodes):
    with episodes() as session, session.client() as client, pytest.raises(CopilotError):
        ask(client, "Another prompt")
    assert "cannot go on live" in session.stage.report().text()


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
            assert b"cannot go on live" in refused.value.read()
    assert session.stage.missed == 0


def test_a_recorded_conversation_is_not_asked_of_the_service(episodes, path):
    with episodes() as session:
        url = f"{session.server.url}/c/api/conversations/{given_conversation(path)}/elsewhere"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(url, timeout=10)
        refused.value.close()
    assert (refused.value.code, session.stage.missed) == (501, 0)
    assert "cannot go on live" in session.stage.report().text()


def test_the_report_is_the_player_s(episodes):
    with episodes() as session:
        report = session.stage.report()
    assert isinstance(report, Report)
    assert {problem.kind for problem in report.failures} == {"unplayed"}
