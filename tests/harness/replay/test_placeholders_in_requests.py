"""Requests whose secrets were redacted: the same client replays, and what cannot be told apart is said."""

from __future__ import annotations

import msgspec

from harness.cassette.model import Body, ResponsePart
from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played
from tests.support.cassettes.builders import PROFILE, call, cassette


def _mail(number: int, answer: bytes):
    exchange = call(f"GET /mail?to=wiretape-email-{number}@example.com")
    return msgspec.structs.replace(exchange, response=ResponsePart(status=200, body=Body(data=answer)))


def _played(play: Playback, address: str):
    found = play.request("GET", f"/mail?to={address}")
    return found.entry.index if isinstance(found, Played) else found


def test_each_address_has_the_answer_of_its_placeholder():
    play = Playback(cassette(_mail(1, b"one"), _mail(2, b"two"), _mail(1, b"again")), PROFILE)
    assert [_played(play, each) for each in ("a@x.example", "b@x.example", "a@x.example")] == [0, 1, 2]


def test_one_address_twice_does_not_pass_for_two():
    play = Playback(cassette(_mail(1, b"one"), _mail(2, b"two")), PROFILE)
    assert _played(play, "a@x.example") == 0
    assert isinstance(_played(play, "a@x.example"), Mismatch)


def test_report_says_where_the_order_alone_decides():
    play = Playback(cassette(_mail(1, b"one"), _mail(2, b"two")), PROFILE)
    _played(play, "b@x.example")
    assert ["cannot be told apart: redacted" in note for note in play.notes] == [True]


def test_nothing_is_said_where_the_answers_are_equal():
    play = Playback(cassette(_mail(1, b"same"), _mail(2, b"same")), PROFILE)
    _played(play, "b@x.example")
    assert play.notes == []


def test_word_does_not_fit_the_placeholder_of_an_address():
    assert isinstance(_played(Playback(cassette(_mail(1, b"one")), PROFILE), "nobody"), Mismatch)


_SIGNED = (
    '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Header><Username>me</Username>'
    '<Password Type="PasswordDigest">{password}</Password><Nonce EncodingType="Base64Binary">{nonce}</Nonce></Header>'
    '<Body><say xmlns="trees.namespace"><name>{name}</name><number-of-times>3</number-of-times></say></Body></Envelope>'
)


def test_service_that_describes_itself_issues_no_values_by_that():
    """A WSDL holds every word of the calls after it; a call with a digest of the password and a nonce is found all the same."""
    then = {"password": "wiretape-token-1", "nonce": "5DOu9iLLE+0M4acgI+2WIA=="}
    now = {"password": "MJCPWrC+t+n9B2Ch+jZOTFidtPU=", "nonce": "K5mFgFoFUn1YZBfvSXfYVw=="}
    described = call("GET /?wsdl", answer=_SIGNED.encode())
    calls = (call("POST /", _SIGNED.format(**then, name=name).encode(), at=1000) for name in ("oaken", "beech"))
    play = Playback(cassette(described, *calls), PROFILE)
    assert isinstance(play.request("GET", "/?wsdl"), Played)
    found = play.request("POST", "/", (), _SIGNED.format(**now, name="oaken").encode())
    assert isinstance(found, Played)
    assert found.entry.index == 1
    assert isinstance(play.request("POST", "/", (), _SIGNED.format(**now, name="maple").encode()), Mismatch)
