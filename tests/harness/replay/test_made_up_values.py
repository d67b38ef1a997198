"""Values that a client makes up and that only their place tells from words: short ids, and random bytes."""

from __future__ import annotations

import json
from urllib.parse import quote

import httpx
import msgspec
import pytest

from harness import replaying
from harness.cassette.model import Body, Line
from harness.match.made_up import are_random_bytes, are_short_ids, names_short_id
from harness.match.request import ParsedMessage
from harness.replay.played import Mismatch, Played
from harness.replay.socket_playback import SocketPlayback
from tests.harness.replay.test_auto_bind import ONE, THREE, TWO, asked, playback
from tests.support.cassettes.builders import PLAIN, call, cassette, socket

GUN = ("EwRcszVaI", "KD1eHWU2a")


def opened_with(recorded: object, answer: object) -> SocketPlayback:
    play = playback(socket("/chat", f"> {json.dumps(recorded)}\n< {json.dumps(answer)}\n< close 1000"))
    opened = play.open_socket("/chat")
    assert isinstance(opened, SocketPlayback)
    return opened


def answered(opened: SocketPlayback, message: object) -> bytes | None:
    """What leaves then, or None if the message differs from the recorded one."""
    if opened.feed(ParsedMessage("text", json.dumps(message).encode())) is not None:
        return None
    return b"".join(bytes(piece) for piece in opened.take(opened.available()))


@pytest.mark.parametrize(
    ("recorded", "actual"),
    [GUN, ("peer-rpeiho5k", "peer-mketj6ew"), ("peer-rpeiho5k", "peer-a8x0z4qmt"), ("RchIRAl19Nj.zw9Z", "aMYINBW0Mxq.V1YR"),
     ("wgisjch1", "kmapwiq2"), ("dc_yrpnrjblyoq", "dc_soa04puzqg")],
)  # fmt: skip
def test_ids_of_gun_automerge_and_tinybase_look_made_up(recorded, actual):
    assert are_short_ids(recorded, actual)


@pytest.mark.parametrize(
    ("recorded", "actual"),
    [
        ("btcUsdt", "ethUsdt"), ("myTopic", "oakTree"), ("room-1", "room-2"), ("eurusd", "gbpjpy"), ("user42", "user77"),
        ("general", "lobbies"), ("2026-11", "2027-02"), ("123456", "654321"), ("EwRcszVaI", "EwRcszVaJ"), ("a1", "b2"),
        ("order-55a", "order-56a"), ("peer-rpeiho5k", "node-mketj6ew-more"),
        ("kitchens", "bedrooms"), ("btcbusdt", "ethbusdt"), ("username", "password"), ("xylophon", "keyboard"),
    ],
)  # fmt: skip
def test_words_names_and_numbers_do_not(recorded, actual):
    assert not are_short_ids(recorded, actual)


@pytest.mark.parametrize(
    ("path", "name", "holds"),
    [("#", "#", True), ("senderId", "sender_id", True), ("[0]", "", True), ("[1]", "", False), ("text", "text", False),
     ("symbol", "symbol", False), ("productId", "product_id", False), ("pid", "pid", True)],
)  # fmt: skip
def test_place_of_a_short_id_is_known_by_its_name(path, name, holds):
    assert names_short_id(path, name) is holds


def test_short_id_of_a_message_stands_in_the_answer():
    opened = opened_with({"#": GUN[0], "put": "oak"}, {"@": GUN[0], "ok": 1})
    assert json.loads((answered(opened, {"#": GUN[1], "put": "oak"}) or b"")[2:]) == {"@": GUN[1], "ok": 1}


def test_id_of_another_length_stands_in_an_answer_of_cbor():
    """automerge-repo names a peer by up to eight characters, so that the heads of its texts differ."""

    def joined(*names: str) -> bytes:
        return b"\x82" + b"".join(bytes((0x60 + len(name),)) + name.encode() for name in names)

    one, other = "peer-rpeiho5k", "peer-a8x0z4q"
    messages = (Line(">", 1000, "binary", joined(one, "join")), Line("<", 2000, "binary", joined("peer", one)))
    play = playback(msgspec.structs.replace(socket("/sync", ""), messages=messages))
    opened = play.open_socket("/sync")
    assert isinstance(opened, SocketPlayback)
    assert opened.feed(ParsedMessage("binary", joined(other, "join"))) is None
    assert joined("peer", other) in b"".join(bytes(piece) for piece in opened.take(opened.available()))


@pytest.mark.parametrize("message", [{"#": GUN[1], "put": "elm"}, {"#": "wood", "put": "oak"}])
def test_message_with_a_short_id_may_not_differ_otherwise(message):
    assert answered(opened_with({"#": GUN[0], "put": "oak"}, {"@": GUN[0]}), message) is None


def test_short_value_at_another_place_or_in_a_request_is_what_the_client_asks_for():
    assert answered(opened_with({"text": GUN[0]}, {"text": GUN[0]}), {"text": GUN[1]}) is None
    play = playback(call("POST /a", json.dumps({"id": GUN[0]}).encode(), answer=GUN[0].encode()))
    assert isinstance(asked(play, "POST /a", {"id": GUN[1]}), Mismatch)


def test_short_id_that_the_service_issued_is_no_id_of_the_client():
    play = playback(socket("/chat", f'< {{"id":"{GUN[0]}"}}\n> {{"id":"{GUN[0]}"}}\n< close 1000'))
    opened = play.open_socket("/chat")
    assert isinstance(opened, SocketPlayback)
    opened.take(opened.available())
    assert answered(opened, {"id": GUN[1]}) is None


UUIDS = ("f8f1773c-e66e-4bee-86e9-fbb74286d25d", "9a6f5201-f8b9-4114-a570-9d8198241a5d")
PEERS = [bytes(range(start, start + 20)).hex() for start in (130, 200, 160)]


def announced(peer: str, event: str = "started") -> str:
    return f"/announce?event={event}&peer_id={quote(bytes.fromhex(peer))}"


def test_random_bytes_in_a_query_are_taken_where_the_client_repeats_them():
    """A client of BitTorrent's trackers makes up 20 bytes for itself."""
    play = playback(call(f"GET {announced(PEERS[0])}"), call(f"GET {announced(PEERS[0], 'stopped')}", at=1000))
    assert isinstance(asked(play, f"GET {announced(PEERS[1])}"), Played)
    assert isinstance(asked(play, f"GET {announced(PEERS[2], 'stopped')}"), Mismatch)
    assert isinstance(asked(play, f"GET {announced(PEERS[1], 'stopped')}"), Played)
    once = playback(call(f"GET {announced(PEERS[0])}"))
    assert isinstance(asked(once, f"GET {announced(PEERS[1])}"), Mismatch)


@pytest.mark.parametrize(
    ("recorded", "actual"),
    [(b"oak and elm", b"elm and oak"), (bytes(8), bytes(8)), (b"\x80" * 7, b"\x81" * 7), (b"\x90" * 9, b"\x91" * 8)],
)
def test_text_equal_bytes_few_bytes_and_other_lengths_are_not_random(recorded: bytes, actual: bytes):
    assert not are_random_bytes(recorded.decode("latin-1"), actual.decode("latin-1"))


def test_whole_binary_message_is_not_random_bytes():
    play = playback(call("POST /a", bytes.fromhex(PEERS[0])))
    assert isinstance(play.request("POST", "/a", (), bytes.fromhex(PEERS[1])), Mismatch)


def test_request_with_an_id_is_the_one_in_the_same_format_where_answers_differ():
    """gRPC-Web and Connect share the paths of one service, and the bodies of its messages."""

    def said(kind: str, answer: bytes, number: int):
        headers = (("content-type", f"application/{kind}"),)
        return call("POST /say", f"\n$ {ONE[:-2]}{number:02}".encode(), answer=answer, headers=headers)

    play = playback(said("grpc-web+proto", b"\0\0one", 1), said("connect+proto", b"\2{}two", 2))
    for kind, answer, new in (("connect+proto", b"two", TWO), ("grpc-web+proto", b"one", THREE)):
        played = play.request("POST", "/say", (("content-type", f"application/{kind}"),), f"\n$ {new}".encode())
        assert isinstance(played, Played)
        assert played.exchange.response is not None
        assert answer in played.exchange.response.body.data


@pytest.mark.parametrize("is_stream", [False, True])
def test_id_stands_in_a_binary_response_where_its_length_is_the_recorded_one(is_stream):
    """A response of Protocol Buffers has the length of a text before it, and is of no type of text."""

    def wire(number: str, name: bytes = b"oak") -> bytes:
        return b"\n\x03" + name + b"\x12$" + number.encode() + b"\x18\xff\x01"

    recorded = call(
        "POST /say", wire(ONE), answer=wire(ONE, b"elm"), response_headers=(("content-type", "application/proto"),)
    )
    assert recorded.response is not None
    if is_stream:
        part = msgspec.structs.replace(
            recorded.response, body=Body(), stream=(Line("<", 0, "binary", wire(ONE, b"elm")),)
        )
        recorded = msgspec.structs.replace(recorded, response=part)
    with replaying(cassette(recorded, origin="https://plain.example"), profile=PLAIN) as server:
        answer = httpx.post(f"{server.url}/say", content=wire(TWO))
    assert answer.content == wire(TWO, b"elm")


@pytest.mark.parametrize(("one", "other"), [("r4lm4d65", "brmyh7do"), (UUIDS[0], UUIDS[1])])
def test_client_may_name_itself_anew_in_the_query_of_a_socket(one, other):
    play = playback(socket(f"/ws?peerId={one}&room=oak", "< close 1000"))
    assert isinstance(play.open_socket(f"/ws?peerId={other}&room=elm"), Mismatch)
    assert isinstance(play.open_socket(f"/ws?peerId={other}&room=oak"), SocketPlayback)


def test_other_id_in_the_query_of_a_socket_is_what_the_client_asks_for_and_the_option_is_named():
    play = playback(socket("/ws?gameId=r4lm4d65", "< close 1000"))
    refused = play.open_socket("/ws?gameId=brmyh7do")
    assert isinstance(refused, Mismatch)
    assert "--bind query.gameId" in refused.problem.hint
