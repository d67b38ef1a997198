from datetime import UTC, datetime

import pytest

from harness.profile import ServiceProfile
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.record.recovery import Recovery
from tests.support.cassettes.secret_talk import talk

PROFILE = ServiceProfile(
    name="test",
    upstream="https://service.test",
    secret_headers={"authorization": "token"},
    secret_query={"access_token": "token"},
    secret_fields={"accessToken": "token", "secret": "token"},
)


@pytest.fixture
def record(tmp_path):
    """Makes recordings into ``tmp_path``, with a fixed date and their own journal folder; closes them all."""
    made = []

    def make(name="session.yaml", client="test client"):
        started = datetime(2026, 11, 23, 5, tzinfo=UTC)
        chosen = RecordingOptions(state_directory=tmp_path / "state", started=started)
        recording = Recording(tmp_path / name, PROFILE, client=client, options=chosen)
        made.append(recording)
        return recording

    yield make
    for recording in made:
        recording.close()


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def how(state):
    return Recovery(profiles={"test": PROFILE}.get, state=state)


@pytest.fixture
def left(record):
    """The journal of a recording that was broken off."""
    recording = record()
    talk(recording)
    recording.close()
    return recording.journal.path
