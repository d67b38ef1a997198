"""What `profile suggest` finds in takes of real pairs, and the search by which ``make pairs`` looks for secrets."""

import base64
import tomllib
import urllib.parse

import pytest

from tests.pairs import planted, registry, running, standing
from tests.pairs.environment import InstallError


@pytest.mark.pairs
@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["socketio-polling", "socketio-ws", "pysignalr-ws", "signalr-polling", "paho-mosquitto"]
)
def test_no_place_is_suggested_that_a_replay_does_not_need(name, tmp_path):
    pair = next(pair for pair in registry.PAIRS if pair.name == name)
    try:
        pair.install()
    except InstallError as error:
        pytest.skip(f"not to be installed here: {error}")
    # What the third run prints stands behind the profile.
    text = running.suggested(pair, tmp_path)
    (profile,) = tomllib.loads(text[: text.rindex("\n# ") + 1])["services"].values()
    assert {*profile} <= {"event", "end_of_turn"}, f"{text}{standing.told(tmp_path)}"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize(
    "carrier",
    [
        lambda raw: raw,
        lambda raw: raw.hex().encode(),
        lambda raw: urllib.parse.quote(raw, safe="").encode(),
        base64.b64encode,
        lambda raw: base64.b64encode(raw + b"!"),
    ],
    ids=["as it is", "hex", "percent", "base64", "base64 with more behind"],
)
def test_a_secret_is_found_in_every_form(carrier, before):
    """The pairs' verdict on secrets is worth what this finds."""
    value = "Tr33-of/kn0wledge+1"
    carried = carrier(before.encode() + value.encode())
    assert any(look in carried for _, look in planted.forms(value)), carried
