"""No error about a profile, and nothing that `wiretape profile` prints, shows a secret that a user wrote into the file."""

import json

import pytest

from harness.cli.main import main
from harness.services.profile_values import READERS

SECRET = "sk-canary-of-the-profiles-5fa1c3e79b d2"
VALUES = {
    "text": lambda: json.dumps(SECRET),
    "list": lambda: json.dumps([SECRET]),
    "table": lambda: f"{{A_URL = {json.dumps(SECRET)}}}",
    "URL": lambda: json.dumps([f"https://user:{SECRET.split(maxsplit=1)[0]}@shop.example"]),
    "number": lambda: f"[{json.dumps(SECRET)}, 1]",
    "not TOML": lambda: f'"{SECRET}',
}
ANY_TEXT = {(key, value) for key in ("end_of_turn", "heartbeats") for value in ("list", "URL")}
"""Where any text may stand."""


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("key", READERS)
def test_no_error_of_a_profile_shows_what_stands_in_it(tmp_path, capfd, monkeypatch, key, value):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wiretape.toml").write_text(f"[services.a]\n{key} = {VALUES[value]()}\n")
    code = main(["profile", "check"])
    told = "".join(capfd.readouterr())
    assert code == (0 if (key, value) in ANY_TEXT else 2)
    assert "wiretape.toml" in told
    assert "canary" not in told


def test_an_error_would_show_it_if_it_quoted_the_value(tmp_path, capfd, monkeypatch):
    def quoting(value):
        raise ValueError(f"not {value!r}")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(READERS, "event", quoting)
    (tmp_path / "wiretape.toml").write_text(f"[services.a]\nevent = {json.dumps(SECRET)}\n")
    assert main(["profile", "check"]) == 2
    assert "canary" in "".join(capfd.readouterr())
