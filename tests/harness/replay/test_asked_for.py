"""Values that look random and choose the response all the same: another one is a mismatch."""

from __future__ import annotations

import json

import pytest

from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played
from tests.harness.replay.test_auto_bind import HEX_ONE, HEX_TWO, ONE, TWO, asked, is_taken, playback
from tests.support.cassettes.builders import call

COMMIT_ONE, COMMIT_TWO = "9fceb02d0ae598e95dc970b74767f19372d61af8", "1a410efbd13591db07496601ebc7a059dd55cfe9"


def repeating(method: str, value: str) -> Playback:
    return playback(call(f"{method} /commit/{value}", answer=json.dumps({"id": value}).encode()))


@pytest.mark.parametrize(("recorded", "came"), [(COMMIT_ONE, COMMIT_TWO), (2 * HEX_ONE, 2 * HEX_TWO)])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_digest_in_a_path_names_what_is_asked_for_though_the_answer_repeats_it(method, recorded, came):
    assert isinstance(asked(repeating(method, recorded), f"{method} /commit/{came}"), Mismatch)


def test_other_value_in_a_path_is_taken_if_the_answer_repeats_it():
    assert isinstance(asked(repeating("GET", HEX_ONE), f"GET /commit/{HEX_TWO}"), Played)


def test_deleted_value_is_taken_if_the_client_made_it_before():
    play = playback(call(f"PUT /locks/{ONE}"), call(f"DELETE /locks/{ONE}", at=5000))
    assert isinstance(asked(play, f"PUT /locks/{TWO}"), Played)
    assert isinstance(asked(play, f"DELETE /locks/{TWO}"), Played)


def test_deletion_of_something_else_is_a_mismatch():
    assert isinstance(asked(playback(call(f"DELETE /users/{ONE}")), f"DELETE /users/{TWO}"), Mismatch)


@pytest.mark.parametrize(
    ("recorded", "came"),
    [
        ("DE89370400440532013000", "DE02120300000000202051"),
        ("GB29NWBK60161331926819", "GB94BARC10201530093459"),
        ("FR1420041010050500013M02606", "FR7630006000011234567890189"),
        ("IE6388047V1A", "IE3668997O2B"),
        ("1HGCM82633A004352", "WBA3B5C57FP654321"),
        ("9F4MGC22+22", "8FW4V75V+8Q"),
        ("0x742d35Cc6634C0532925a3b844Bc454e4438f44e", "0x53d284357ec70cE289D6D64134DfAc8E511c8a3D"),
        ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
        ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        (
            "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ),
    ],
)
def test_business_number_is_a_mismatch(recorded, came):
    assert not is_taken({"to": recorded}, {"to": came})


@pytest.mark.parametrize(
    ("place", "recorded", "came"),
    [
        ("requestId", "8QK2ZV5M0X7P4R", "3TJ9WB6N1C8H5D"),
        ("key", "QKZ7VX5MTRW2PJ9WB6N4CHKDQ3", "JT5WBNRCXHVDM2QZKPF7SL6YAG"),
        ("key", HEX_ONE.upper(), HEX_TWO.upper()),
    ],
)
def test_generated_capitals_and_digits_are_taken(place, recorded, came):
    assert is_taken({place: recorded}, {place: came})
