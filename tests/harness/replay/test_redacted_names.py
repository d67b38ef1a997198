"""JSON fields whose names hold secrets: the redactor replaced the names, and the same client replays."""

from __future__ import annotations

import json

import pytest

from harness.match.request import ParsedMessage
from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played
from harness.replay.socket_playback import SocketPlayback
from tests.support.cassettes.builders import PROFILE, call, cassette, socket

ONE, TWO = "wiretape-email-1@example.com", "wiretape-email-2@example.com"


def _body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def _sent(recorded: bytes, actual: bytes) -> Played | Mismatch:
    return Playback(cassette(call("POST /roles", recorded, answer=recorded)), PROFILE).request(
        "POST", "/roles", (), actual
    )


def test_name_with_a_placeholder_stands_for_the_actual_name_and_comes_back_as_that():
    played = _sent(_body(**{ONE: "admin"}), _body(**{"a@x.example": "admin"}))
    assert isinstance(played, Played)
    assert played.rendering.payload(_body(**{ONE: "admin"})) == _body(**{"a@x.example": "admin"})


def test_several_names_stand_for_the_actual_ones_in_their_order():
    played = _sent(_body(x=1, **{ONE: "r", TWO: "w"}), _body(**{"a@x.example": "r", "b@x.example": "w"}, x=1))
    assert isinstance(played, Played)
    assert played.rendering.payload(_body(to=TWO)) == _body(to="b@x.example")


def test_name_whose_placeholder_is_bound_stands_for_no_other():
    recorded = _body(by=ONE, roles={TWO: "r", ONE: "w"})
    roles = {"a@x.example": "w", "b@x.example": "r"}
    assert isinstance(_sent(recorded, _body(by="a@x.example", roles=roles)), Played)
    assert isinstance(_sent(recorded, _body(by="c@x.example", roles=roles)), Mismatch)


@pytest.mark.parametrize(
    "actual",
    [{"nobody": "admin"}, {"a@x.example": "guest"}, {}, {"a@x.example": "admin", "b@x.example": "admin"}],
    ids=["no address", "another value", "no field", "one more field"],
)
def test_what_does_not_fit_is_still_a_mismatch(actual):
    assert isinstance(_sent(_body(**{ONE: "admin"}), _body(**actual)), Mismatch)


def test_message_matches_likewise():
    recorded = "> " + _body(invite={ONE: 1}).decode() + "\n< " + _body(invited=ONE).decode()
    play = Playback(cassette(socket("/chat", recorded)), PROFILE).open_socket("/chat")
    assert isinstance(play, SocketPlayback)
    assert play.feed(ParsedMessage("text", _body(invite={"a@x.example": 1}))) is None
    assert [bytes(each)[2:] for each in play.take(play.available())] == [_body(invited="a@x.example")]
