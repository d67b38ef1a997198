"""Recorded again, the same session has no diff; another one differs where it differs."""

import re

import pytest

from fake_server import serve
from fake_server.script import Script
from harness.cassette.store import load
from harness.record.options import RecordingOptions, SaveOptions
from harness.sessions import recording
from provider.client import CopilotClient

TIMES = re.compile(r"(?m)^(    [<>!] +)\d+\.\d{6}|\b(at|after): \d+\.\d{6}")


@pytest.fixture
def record(tmp_path, monkeypatch):
    """Records a session with a fake service of its own into the same cassette; gives the cassette's text."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COPILOT_STORE", "off")
    path = tmp_path / "x.yaml"

    def run(*prompts, pin_date=False):
        options = RecordingOptions(save=SaveOptions(pin_date=pin_date))
        with (
            serve(Script()) as service,
            recording(path, service.url, options=options) as running,
            CopilotClient(base_url=running.url) as client,
        ):
            for prompt in prompts:
                list(client.chat(prompt))
        return path.read_text()

    run.path = path
    return run


def test_the_same_session_differs_in_date_times_and_the_clients_own_id_only(record):
    first, second = (timeless(record("Hello")) for _ in range(2))
    assert first == second


def timeless(text):
    return TIMES.sub("T", re.sub(r"at: '[^']+'|clientSessionId=[0-9a-f-]+", "T", text))


def test_pinned_the_same_session_has_no_diff(record):
    assert record("Hello") == record("Hello", pin_date=True)


def test_pinned_another_session_keeps_the_date_and_nothing_else(record):
    record("Hello")
    text = record.path.read_text().replace(load(record.path).recorded.at, "2020-01-01T00:00:00Z")
    record.path.write_text(text)
    record("Good morning", pin_date=True)
    assert load(record.path).recorded.at == "2020-01-01T00:00:00Z"
    assert "Good morning" in record.path.read_text()


def test_pinning_to_something_unreadable_records_as_ever(record):
    record.path.write_text("no cassette")
    assert "Hello" in record("Hello", pin_date=True)
