import pytest


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("COPILOT_TOKEN", raising=False)
    return tmp_path / "state" / "wiretape"
