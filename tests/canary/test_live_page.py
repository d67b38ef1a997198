"""What the live page gets of a session with a secret in every place: while it is recorded, and while it is replayed."""

import json

from fake_server import serve
from harness.services.copilot import COPILOT
from harness.sessions import recording
from harness.tap.session import TappedSession
from harness.view.live import LiveFeed
from tests.support.secrets.canary_session import Way, service, talk
from tests.support.secrets.canary_spots import found_in


def told_by(feed):
    news = feed.since(0, 0, -1)
    assert len(news["events"]) > 50
    return json.dumps(news, ensure_ascii=False).encode()


def test_no_secret_of_any_spot_is_on_the_page_of_a_recording(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with serve(service()) as upstream, recording(tmp_path / "c.yaml", upstream.url, profile=COPILOT) as running:
        talk(Way(running.url))
        told = told_by(LiveFeed(running.session, COPILOT, "c.yaml"))
    assert found_in(told) == set()


def test_no_secret_of_any_spot_is_on_the_page_of_a_server(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    watch = TappedSession(COPILOT, "serve")
    with serve(watch.wrap(service())) as server:
        talk(Way(server.url))
        told = told_by(LiveFeed(watch, COPILOT, "c.yaml"))
    assert found_in(told) == set()
