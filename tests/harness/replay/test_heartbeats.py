"""Heartbeats are no part of a conversation: they gate nothing, are never missing, never too many."""

from __future__ import annotations

import pytest

from harness.cassette.model import Line
from harness.match.request import ParsedMessage
from harness.replay.heartbeat_looks import HeartbeatLook, is_goodbye, looks_like_heartbeat
from harness.replay.heartbeats import find_heartbeats
from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played
from harness.replay.rules import PlayRules
from harness.replay.socket_playback import SocketPlayback
from tests.support.cassettes.builders import PLAIN, call, cassette, socket


def at(*rows: tuple[int, str, str]) -> list[Line]:
    """Lines by milliseconds, direction and text."""
    return [Line(direction, time * 1000, "text", text.encode()) for time, direction, text in rows]


def look(target: str = "/chat") -> HeartbeatLook:
    return HeartbeatLook("EIO=" in target)


def beats(*rows: tuple[int, str, str], target: str = "/chat") -> list[str]:
    """The texts of the lines that are taken for heartbeats and answers to them."""
    tape = at(*rows)
    found = find_heartbeats(tape, look(target))
    return [line.data.decode() for line in tape if id(line) in found.lines]


# ---------------------------------------------------------------- by look
@pytest.mark.parametrize(
    "text",
    ["ping", "PING\r\n", "\n", '{"type":"ping"}', '{"type": "Pong", "at": 17}', '{"op":"heartbeat","d":41}', '["ping"]', '{"ping":1}',
     '{"type":6}\x1e', '{"event":"keepalive"}', '{"jsonrpc":"2.0","id":7,"method":"ping"}'],
)  # fmt: skip
def test_heartbeat_is_known_by_its_look(text):
    assert looks_like_heartbeat("text", text.encode())


@pytest.mark.parametrize(
    "text",
    ["", "hello", "pingpong", "ping me", "2", '{"type":"chat","text":"ping"}', '{"text":"ping"}', '{"type":1}\x1e', '{"op":1}',
     '{"type":"ping","pad":"' + "x" * 300 + '"}'],
)  # fmt: skip
def test_message_that_says_something_is_none(text):
    assert not looks_like_heartbeat("text", text.encode())


def test_engine_io_s_digits_are_heartbeats_where_it_is_spoken_only():
    assert looks_like_heartbeat("text", b"2", engine_io=True)
    rows = ((0, ">", "2"), (1, "<", "3"), (500, ">", "4x"))
    assert beats(*rows, target="/socket.io/?EIO=4&transport=websocket") == ["2", "3"]
    assert beats(*rows) == []


@pytest.mark.parametrize(
    ("ping", "pong", "target"),
    [
        ("2", "3", "/socket.io/?EIO=4&transport=websocket"),
        ('{"type":"ping"}', '{"type":"pong"}', "/chat"),
        ("ping", "pong", "/chat"),
    ],
)
@pytest.mark.parametrize("last_is_answered", [True, False])
def test_client_s_answers_to_the_service_s_pings_have_no_answer(ping, pong, target, last_is_answered: bool):
    rows = [row for time in range(0, 900, 300) for row in ((time, "<", ping), (time + 1, ">", pong))]
    found = find_heartbeats(at(*(rows if last_is_answered else rows[:-1])), look(target))
    assert found.includes("text", pong.encode())
    assert found.reply("text", pong.encode()) is None


def test_pieces_of_one_compressed_stream_reply_to_no_heartbeat():
    beat = '{"op": 1, "d": 4}'
    rows = [row for time in range(0, 900, 200) for row in ((time, ">", beat), (time + 1, "<", "QB\0\0"))]
    tape = [
        Line(line.direction, line.time, "binary", b"\x42\xb0\0\0\0\xff\xff") if line.direction == "<" else line
        for line in at(*rows)
    ]
    found = find_heartbeats(tape, look())
    assert found.includes("text", beat.encode())
    assert found.reply("text", beat.encode()) is None
    assert {line.direction for line in tape if id(line) in found.lines} == {">"}


def test_packet_of_engine_io_that_ends_an_upgrade_is_no_heartbeat():
    rows = ((0, ">", "2probe"), (1, "<", "3probe"), (2, ">", "5"), (300, "<", "2"), (301, ">", "3"))
    found = find_heartbeats(at(*rows), look("/socket.io/?EIO=4&transport=websocket"))
    assert not found.includes("text", b"5")
    assert beats(*rows, target="/socket.io/?EIO=4&transport=websocket") == ["3"]


# ---------------------------------------------------------------- by the clock
def test_equal_messages_at_even_intervals_without_answers_are_heartbeats():
    assert beats(*((n * 100, ">", "alive") for n in range(4))) == ["alive"] * 4


def test_timer_of_a_busy_machine_is_still_one():
    times = (0, 48, 116, 220, 350)
    assert beats(*((time, ">", "alive") for time in times)) == ["alive"] * 5


def test_equal_messages_that_are_all_answered_alike_are_heartbeats_with_their_answers():
    rows = [row for n in range(4) for row in ((n * 100, ">", "alive"), (n * 100 + 5, "<", "fine"))]
    assert beats(*rows) == ["alive", "fine"] * 4


def test_equal_messages_that_are_answered_otherwise_each_time_ask_for_something():
    assert beats(*(row for n in range(4) for row in ((n * 100, ">", "next"), (n * 100 + 5, "<", f"card {n}")))) == []


@pytest.mark.parametrize(
    "times",
    [(0, 100), (0, 1, 2, 3), (0, 100, 1000, 1100), (0, 100, 400)],
    ids=["too few", "too fast for a clock", "uneven", "three uneven"],
)
def test_messages_that_no_clock_sent_are_none(times):
    assert beats(*((time, ">", "alive") for time in times)) == []


@pytest.mark.parametrize("others", [("ticks", "chat", "mail"), ("chat", "chat", "chat")], ids=["different", "alike"])
def test_messages_of_bursts_that_are_answered_are_none(others):
    rows = [
        row
        for n, other in enumerate(others)
        for row in ((n * 20, ">", "news"), (n * 20, ">", other), (n * 20 + 8, "<", "subscribed"))
    ]
    assert beats(*rows) == []


def test_messages_of_bursts_without_answers_are_none():
    rows = [
        row for n in range(4) for row in ((n * 20, ">", "news"), (n * 20, ">", "abcd"[n]), (n * 20 + 8, "<", "abcd"[n]))
    ]
    assert beats(*rows) == []


def test_timer_may_send_two_messages_each_time():
    assert (
        beats(*(row for n in range(3) for row in ((n * 100, ">", "alive"), (n * 100, ">", "idle"))))
        == ["alive", "idle"] * 3
    )


def test_goodbye_may_be_overtaken_by_the_end():
    assert is_goodbye(b"41")
    assert is_goodbye(b'{"type":7}\x1e')
    assert is_goodbye(b'{"type":"connection_terminate"}')
    assert not is_goodbye(b"bye")


def test_goodbye_after_all_that_was_recorded_is_no_mismatch_and_one_before_is():
    """A client of Socket.IO closes at once or says `41` before: chance decides."""
    exchange = socket("/chat", "> a\n< A\n> b\n< B\n> close 1000")
    play = Playback(cassette(exchange, origin="https://plain.example"), PLAIN)
    found = play.open_socket("/chat")
    assert isinstance(found, SocketPlayback)
    assert found.feed(ParsedMessage("text", b"a")) is None
    early = Playback(cassette(exchange, origin="https://plain.example"), PLAIN).open_socket("/chat")
    assert isinstance(early, SocketPlayback)
    assert early.feed(ParsedMessage("text", b"41")) is not None
    assert found.feed(ParsedMessage("text", b"b")) is None
    assert found.feed(ParsedMessage("text", b"41")) is None
    assert found.feed(ParsedMessage("text", b"c")) is not None


def test_goodbye_that_was_not_recorded_is_answered_like_the_session_s_other_messages():
    text = (("content-type", "text/plain;charset=UTF-8"),)
    hub, said = "/hub?id=0b7e3c2d-9f1a", b'{"type":1,"target":"say"}\x1e'
    tape = cassette(call(f"POST {hub}", said, headers=text, answer=b""), origin="https://plain.example")
    play = Playback(tape, PLAIN)
    assert isinstance(play.request("POST", hub, text, said), Played)
    assert isinstance(play.request("POST", hub, text, b'{"type":7}\x1e'), Played)
    assert isinstance(play.request("POST", hub, text, b'{"type":8}\x1e'), Mismatch)
    assert isinstance(play.request("POST", "/other", text, b'{"type":7}\x1e'), Mismatch)


# ---------------------------------------------------------------- in a replay


def opened(**rules) -> SocketPlayback:
    exchange = socket("/chat", '> a\n< A\n> {"type":"ping"}\n< {"type":"pong"}\n> b\n< B\n< close 1000')
    play = Playback(cassette(exchange, origin="https://plain.example"), PLAIN, play_rules=PlayRules(**rules))
    found = play.open_socket("/chat")
    assert isinstance(found, SocketPlayback)
    return found


def say(play: SocketPlayback, text: str) -> bytes:
    """What leaves then: what the recording says, or the answer to a heartbeat."""
    assert play.feed(ParsedMessage("text", text.encode())) is None
    count = play.available()
    replies = play.take_replies()
    return b"".join(bytes(piece) for piece in [*replies, *(play.take(count) if count else ())])


@pytest.mark.parametrize("number", [0, 1, 3], ids=["none", "one", "more than recorded"])
def test_as_many_heartbeats_as_come_are_right(number):
    play = opened()
    assert say(play, "a").endswith(b"A")
    for _ in range(number):
        assert say(play, '{"type":"ping"}').endswith(b'{"type":"pong"}')
    assert say(play, "b").endswith(b"B")
    assert play.end_due() is not None


def test_heartbeat_before_all_else_is_answered():
    play = opened()
    assert say(play, '{"type":"ping"}').endswith(b'{"type":"pong"}')
    assert say(play, "a").endswith(b"A")


def test_answer_to_a_heartbeat_bears_its_number():
    rows = '> {"op":"ping","n":1}\n< {"op":"pong","n":1}\n> a\n< A'
    play = Playback(cassette(socket("/chat", rows), origin="https://plain.example"), PLAIN).open_socket("/chat")
    assert isinstance(play, SocketPlayback)
    assert say(play, '{"op":"ping","n":17}').endswith(b'{"op":"pong","n":17}')


def test_answer_to_a_heartbeat_bears_the_id_that_its_client_made():
    ids = ["d4a9136e-92dd-4233-a2c4-c65878844e16", "2ca10f7f-f910-4eb5-9a0d-dc41947ecbe7"]
    now = "2026-12-02T18:31:29.073389+00:00"
    rows = [f'> [2,"{ids[0]}","Heartbeat",{{}}]', f'< [3,"{ids[0]}",{{"currentTime":"{now}"}}]']
    rows += [f'> [2,"{ids[1]}","Stop",{{}}]', f'< [3,"{ids[1]}",{{"currentTime":"{now}"}}]']
    recorded = cassette(socket("/chat", "\n".join(rows)), origin="https://plain.example")
    play = Playback(recorded, PLAIN).open_socket("/chat")
    assert isinstance(play, SocketPlayback)
    for new in ("36ec10dd-d942-47cc-b747-8d309f4702be", "8137b29b-e642-4590-93eb-45351dfe792f"):
        said = say(play, f'[2,"{new}","Heartbeat",{{}}]')
        assert said.endswith(f'[3,"{new}",{{"currentTime":"{now}"}}]'.encode())
    assert b'[3,"0c711f78-ead7-46d5-8b69-9c5620f6958c",' in say(
        play, '[2,"0c711f78-ead7-46d5-8b69-9c5620f6958c","Stop",{}]'
    )


def test_heartbeat_by_request_comes_as_often_as_it_likes():
    ping = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
    play = Playback(cassette(call("POST /rpc", ping, answer=b'{"ok":1}'), origin="https://plain.example"), PLAIN)
    assert play.unplayed() == []
    assert all(isinstance(play.request("POST", "/rpc", (), ping), Played) for _ in range(3))
