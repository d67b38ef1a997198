"""STOMP is replayed frame by frame: a client's receipts and subscriptions are its own."""

from __future__ import annotations

import pytest

from harness.cassette.model import Line, SocketExchange
from harness.replay.playback import Playback
from harness.replay.problems import MessageMismatch
from harness.replay.socket_playback import SocketPlayback
from tests.support.cassettes.builders import PLAIN, cassette, socket
from tests.support.framing.stomp import frame, sized
from tests.support.replay.playbacks import opened

CONNECT = frame("CONNECT", {"accept-version": "1.2", "passcode": "wiretape-token-1"})
CONNECTED = frame("CONNECTED", {"version": "1.2"})


def subscribe(number: int, place: str) -> bytes:
    return frame("SUBSCRIBE", {"id": f"sub-{number}", "destination": place})


def message(number: int, place: str, body: str) -> bytes:
    return sized("MESSAGE", {"subscription": f"sub-{number}", "message-id": f"m-{place}", "destination": place}, body)


SESSION = (
    (">", CONNECT),
    ("<", CONNECTED),
    (">", subscribe(0, "/oak")),
    (">", subscribe(1, "/elm")),
    (">", sized("SEND", {"destination": "/oak", "receipt": "r-1"}, '{"n":1,"of":"oak"}')),
    ("<", frame("RECEIPT", {"receipt-id": "r-1"})),
    ("<", message(0, "/oak", "an oak")),
    (">", frame("UNSUBSCRIBE", {"id": "sub-0"})),
)


def playing(*rows: tuple[str, bytes]) -> SocketPlayback:
    lines = tuple(Line(direction, number * 1000, "text", data) for number, (direction, data) in enumerate(rows))
    empty = socket("/stomp", "")
    recorded = SocketExchange(target="/stomp", request=empty.request, response=empty.response, messages=lines)
    return opened(Playback(cassette(recorded), PLAIN, now=lambda: 1.8e9), "/stomp")


def said(play: SocketPlayback, data: bytes) -> list[object]:
    return [play.feed(message) for message in play.packets("text", data)]


def answer(play: SocketPlayback) -> bytes:
    out = b""
    while count := play.available():
        rest = b"".join(bytes(piece) for piece in play.take(count))
        while rest:
            size, begin = (rest[1], 2) if rest[1] < 126 else (int.from_bytes(rest[2:4], "big"), 4)
            out, rest = out + rest[begin : begin + size], rest[begin + size :]
    return out


def differences(mismatch: object) -> list[str]:
    assert isinstance(mismatch, MessageMismatch)
    assert mismatch.nearest is not None
    return [str(each) for each in mismatch.nearest.differences]


def subscribed_in_another_order() -> SocketPlayback:
    play = playing(*SESSION)
    assert said(play, CONNECT.replace(b"wiretape-token-1", b"sesame")) == [None]
    assert answer(play) == CONNECTED
    assert said(play, subscribe(0, "/elm")) == [None]
    assert said(play, subscribe(1, "/oak")) == [None]
    return play


def test_service_uses_the_ids_that_the_client_has_chosen():
    play = subscribed_in_another_order()
    body = '{"of": "oak", "n": 1}'
    assert said(play, sized("SEND", {"destination": "/oak", "receipt": "other"}, body)) == [None]
    assert answer(play) == frame("RECEIPT", {"receipt-id": "other"}) + message(1, "/oak", "an oak")
    assert said(play, frame("UNSUBSCRIBE", {"id": "sub-1"})) == [None]


def test_frame_that_refers_to_another_subscription_differs():
    play = subscribed_in_another_order()
    said(play, sized("SEND", {"destination": "/oak", "receipt": "r-1"}, '{"n":1,"of":"oak"}'))
    answer(play)
    [mismatch] = said(play, frame("UNSUBSCRIBE", {"id": "sub-7"}))
    assert differences(mismatch) == ['UNSUBSCRIBE.earlier subscription: recorded "sub-0", came "sub-7"']


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (
            frame("SUBSCRIBE", {"id": "sub-0", "destination": "/ash"}),
            'SUBSCRIBE.destination: recorded "/oak", came "/ash"',
        ),
        (frame("BEGIN", {"transaction": "t"}), 'packet: recorded "SUBSCRIBE", came "BEGIN"'),
        (
            frame("SUBSCRIBE", {"id": "sub-0", "destination": "/oak", "ack": "client"}),
            'SUBSCRIBE.ack: recorded (absent), came "client"',
        ),
    ],
)
def test_frames_differ_in_their_headers(sent: bytes, found: str):
    play = playing(*SESSION[:3])
    said(play, CONNECT)
    [mismatch] = said(play, sent)
    assert differences(mismatch) == [found]


@pytest.mark.parametrize("size", [1, 7])
def test_frames_may_be_cut_otherwise_than_when_recorded(size: int):
    play = playing(*SESSION)
    for side, data in SESSION:
        if side == ">":
            assert all(said(play, data[at : at + size]) in ([], [None]) for at in range(0, len(data), size))


def test_length_of_a_message_is_that_of_the_values_of_this_session():
    place = {"destination": "/oak"}
    play = playing(*SESSION[:1], ("<", sized("MESSAGE", place, "é wiretape-token-1")))
    assert said(play, CONNECT.replace(b"wiretape-token-1", b"sesame")) == [None]
    assert answer(play) == sized("MESSAGE", place, "é sesame")
