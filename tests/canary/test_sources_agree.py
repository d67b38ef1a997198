"""One session, with a secret in every place, by each source: the same cassette, but for what a source cannot see."""

import pytest

from harness.cassette.store import load
from harness.compare.diff import differences
from harness.services.copilot import COPILOT
from tests.canary.conftest import SOURCES

UNSEEN = {
    "relay": set(),
    "proxy": set(),
    # A browser does not tell how a socket ended. That the client says "bye" first is the relay's session alone, and
    # that it is no browser.
    "browser": {
        ("removed", "< close 1000"),
        ("removed", "> close 1000"),
        ("added", "! cut"),
        ("removed", "> text"),
        ("changed", "request header user-agent"),
        ("changed", "request header accept-encoding"),
    },
}
"""Source -> in what its cassette may differ. For HARs see tests/harness/har/test_equal_sessions.py."""


@pytest.fixture
def take(tmp_path, monkeypatch):
    def take(source, name):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / name / "state"))
        path = tmp_path / name / "canary.yaml"
        path.parent.mkdir()
        SOURCES[source](path)
        return load(path)

    return take


@pytest.mark.parametrize("source", UNSEEN)
def test_source_records_what_the_relay_records(take, source):
    found = differences(take("relay", "one"), take(source, "other"), COPILOT)
    assert {(each.kind, each.what) for each in found} == UNSEEN[source]
