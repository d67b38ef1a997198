"""Which new values of a client are taken because a framing or protocol names their place."""

from __future__ import annotations

import pytest

from harness.match.generated import Pair, pairs
from harness.match.looks import Clocks
from harness.replay.played import Mismatch, Played
from tests.harness.replay.test_auto_bind import asked, is_taken, playback, sent
from tests.support.cassettes.builders import call

STANZA = '<{name} type="get" id="{id}" to="tree.org"><ping xmlns="urn:xmpp:ping"/></{name}>'


@pytest.mark.parametrize("name", ["iq", "message", "presence"])
def test_short_random_id_of_an_xmpp_stanza_is_generated(name):
    recorded, came = (STANZA.format(name=name, id=each) for each in ("u4sgh9cpok", "t4g3azq7gd"))
    assert pairs(recorded, came, Clocks(0.0, 0.0)) == [Pair("u4sgh9cpok", "t4g3azq7gd", "random")]
    assert pairs(recorded, recorded, Clocks(0.0, 0.0)) == []


@pytest.mark.parametrize("change", [("tree.org", "elm.org"), ("urn:xmpp:ping", "urn:xmpp:other"), ("iq", "ask")])
def test_what_else_a_stanza_says_is_not(change):
    recorded = STANZA.format(name="iq", id="u4sgh9cpok")
    assert pairs(recorded, STANZA.format(name="iq", id="t4g3azq7gd").replace(*change), Clocks(0.0, 0.0)) is None


@pytest.mark.parametrize("rids", [("677088566", "1448330114"), ("3817358221", "677088566")])
def test_number_of_a_bosh_request_is_generated(rids):
    """A client of XMPP by long polls counts its requests from a random number."""
    recorded, came = (f'<body rid="{each}" sid="a021" xmlns="http://jabber.org/protocol/httpbind"/>' for each in rids)
    assert pairs(recorded, came, Clocks(0.0, 0.0)) == [Pair(*rids, "random")]
    assert pairs(recorded, came.replace("a021", "b021"), Clocks(0.0, 0.0)) is None
    assert pairs(recorded.replace("rid", "lid"), came.replace("rid", "lid"), Clocks(0.0, 0.0)) is None


def test_text_may_hold_both_a_placeholder_and_the_number_of_a_bosh_request():
    form = '<body rid="{}"><auth mechanism="PLAIN">{}</auth></body>'
    play = playback(call("POST /bind", form.format("677088566", "wiretape-token-1").encode()))
    assert isinstance(asked(play, "POST /bind", form.format("1448330114", "AHdhbGtlcgBvYWs=").encode()), Played)


SIP = (
    "{method} sip:oak@tree.org SIP/2.0\r\nVia: SIP/2.0/WS {host}.invalid;branch=z9hG4bK{branch}\r\nTo: <sip:{to}>\r\n"
    "From: <sip:{to}>;tag={tag}\r\nCall-ID: {call}\r\nCSeq: {number} MESSAGE\r\n\r\n{text}"
)


SIP_IDS = (
    {"host": "1ku7k9efqh07", "branch": "9308323", "tag": "mul5maor34", "call": "km3fjvu68hpb7c58", "number": "7799"},
    {"host": "0a8br98cfsft", "branch": "4350438", "tag": "44ei5q4e1x", "call": "dce9e5srcum9r7vu", "number": "12"},
)


@pytest.mark.parametrize("user", ["walker", "wiretape-email-1@example.com"])
def test_ids_of_a_sip_message_are_generated_and_stand_in_the_response(user):
    """The recorder replaces the address of a user, so that most messages hold placeholders, too."""
    rest = {"method": "MESSAGE", "text": "hello"}
    recorded = SIP.format(**SIP_IDS[0], **rest, to=user)
    answer = recorded.replace("MESSAGE sip:oak@tree.org SIP/2.0", "SIP/2.0 200 OK")
    play = playback(call("POST /sip", recorded.encode(), answer=answer.encode()))
    to = "robin@sherwood.org" if "@" in user else user
    came = SIP.format(**SIP_IDS[1], **rest, to=to)
    said = sent(play.request("POST", "/sip", (), came.encode())).decode()
    assert all(SIP_IDS[1][name] in said for name in ("host", "branch", "tag", "call"))
    other = playback(call("POST /sip", recorded.encode(), answer=answer.encode()))
    assert isinstance(other.request("POST", "/sip", (), came.replace("hello", "hullo").encode()), Mismatch)


def test_process_of_a_client_of_a_language_server_is_taken_where_it_is_told_only():
    call = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"processId": 21779, "rootUri": None}}
    other = call | {"params": {"processId": 812, "rootUri": None}}
    assert is_taken(call, other)
    assert not is_taken(call | {"method": "watch"}, other | {"method": "watch"})
    assert not is_taken(call, call | {"params": {"processId": 21779, "rootUri": "file:///x"}})


def test_address_of_an_object_in_memory_is_generated():
    form = "<Loader object at {}> of {}"
    assert is_taken({"a": form.format("0x7f09b8b33190", "oak")}, {"a": form.format("0x7f5a11c03d50", "oak")})
    assert not is_taken({"a": form.format("0x7f09b8b33190", "oak")}, {"a": form.format("0x7f5a11c03d50", "elm")})


@pytest.mark.parametrize(("one", "other"), [("0xa9059cbb", "0x18160ddd"), ("0x1b4f3a2c9d", "0x2a5e6c7d8e")])
def test_number_in_hexadecimal_digits_is_what_a_call_of_ethereum_asks_for(one: str, other: str):
    assert not is_taken({"method": "eth_call", "data": one}, {"method": "eth_call", "data": other})
