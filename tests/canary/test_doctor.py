"""What ``wiretape doctor`` prints holds no secret: of the environment, the store of sign-ins, cassettes or profiles."""

import json

import pytest

from harness.cassette.errors import CassetteError
from harness.cassette.store import load
from harness.cli.main import main

SECRET = "sk-live-canary4fTq9ZxL27mWb8RnPdK"
HEAD = "cassette: 1\nrecorded: {at: '2026-11-23T05:00:00Z', by: hand}\nexchanges:\n"


def told(tmp_path, capfd, monkeypatch, *options):
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(folder)
    for name in ("STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("COPILOT_TOKEN", SECRET)
    monkeypatch.setenv("COPILOT_STORE", "file")
    store = tmp_path / "data" / "wiretape" / "credentials.json"
    store.parent.mkdir(parents=True, exist_ok=True)
    store.write_text(json.dumps({"version": 1, "sessions": {"https://copilot.microsoft.com": {"token": SECRET}}}))
    store.chmod(0o600)
    (folder / "leak.yaml").write_text(
        f"{HEAD}- call: GET /x?access_token={SECRET}\n  at: 0\n  response: {{status: 200}}\n"
    )
    (folder / "bad.yaml").write_text(f"{HEAD}- call: GET /x\n  at: 0\n  {SECRET}: 1\n")
    (folder / "wiretape.toml").write_text(f'[shop]\n"{SECRET}" = "{SECRET}"\n')
    assert main(["doctor", *options]) == 1
    captured = capfd.readouterr()
    return captured.out + captured.err


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_no_secret_is_printed(tmp_path, capfd, monkeypatch, options):
    text = told(tmp_path, capfd, monkeypatch, *options)
    assert "leak.yaml may hold 1 secret" in text
    assert "bad.yaml" in text
    assert "canary" not in text.replace(str(tmp_path), "")
    monkeypatch.setenv("COPILOT_STORE", SECRET)
    assert main(["doctor", *options]) == 1
    assert "canary" not in capfd.readouterr().out


def test_it_would_be_printed_if_places_of_errors_were(tmp_path, capfd, monkeypatch):
    told(tmp_path, capfd, monkeypatch)
    with pytest.raises(CassetteError, match="canary4f") as raised:
        load(tmp_path / "project" / "bad.yaml")
    assert "canary4f" not in raised.value.problem
