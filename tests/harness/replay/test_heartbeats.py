"""Heartbeats are no part of a conversation: they gate nothing, are never missing, never too many."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.cassette.model import Line
from harness.match.mask import Mask
from harness.match.places import Places
from harness.match.request import ParsedMessage
from harness.replay.cassette_entries import entries_of
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


@pytest.mark.parametrize("unanswered", range(4))
@pytest.mark.parametrize("late", [False, True], ids=["each at once", "two at once"])
def test_last_heartbeats_may_have_no_answer_as_the_service_was_leaving(unanswered: int, late: bool):
    ping, pong = '{"jsonrpc": "2.0", "id": 0, "method": "ping"}', '{"jsonrpc": "2.0", "id": 0, "result": "fine"}'
    began = ((0, ">", ping), (1, ">", ping), (5, "<", pong), (6, "<", pong))
    begun = began if late else ((0, ">", ping), (5, "<", pong))
    ended = (
        (20, ">", '{"jsonrpc": "2.0", "id": 7, "method": "quit"}'),
        *((30 + n, ">", ping) for n in range(unanswered)),
    )
    assert beats(*begun, *ended) == [text for _, _, text in begun] + [ping] * unanswered


def test_heartbeat_that_was_on_its_way_when_the_service_left_has_no_answer_beside_those_after_its_last_message():
    ping, pong = '{"type":"ping"}', '{"is":"pong"}'
    begun = [row for n in range(3) for row in ((n * 100, ">", ping), (n * 100 + 5, "<", pong))]
    rows = (*begun, (300, ">", ping), (301, ">", "quit"), (302, ">", ping), (305, "<", pong), (310, ">", ping))
    assert beats(*rows) == [ping, pong] * 3 + [ping, ping, pong, ping]


def test_message_that_only_the_first_of_many_was_followed_by_answers_none_of_them():
    rows = ((0, ">", "alive"), (5, "<", "news"), *((n * 100, ">", "alive") for n in range(1, 5)))
    assert beats(*rows) == ["alive"] * 5


def test_message_after_one_of_many_answers_none_where_the_service_goes_on_to_answer_other_calls():
    ping, news = '{"jsonrpc": "2.0", "id": 0, "method": "ping"}', '{"jsonrpc": "2.0", "id": 0, "result": "news"}'
    calls = [
        row
        for n in range(1, 4)
        for row in (
            (n * 100, ">", f'{{"jsonrpc": "2.0", "id": {n}, "method": "ask"}}'),
            (n * 100 + 1, ">", ping),
            (n * 100 + 2, "<", f'{{"jsonrpc": "2.0", "id": {n}, "result": "yes"}}'),
        )
    ]
    assert beats((0, ">", ping), (5, "<", news), *calls) == [ping] * 4


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


def test_answer_to_a_call_of_signalr_answers_no_heartbeat():
    ping, answer = '{"type":6}\x1e', '{"type":3,"invocationId":"7","result":{"says":"yes"}}\x1e'
    rows = ((0, ">", ping), (5, ">", '{"type":1,"invocationId":"7","target":"ask"}\x1e'), (9, "<", answer))
    assert beats(*rows, (20, ">", ping), (25, "<", answer), (40, ">", ping), (45, "<", answer)) == [ping] * 3


def test_what_always_follows_another_message_of_the_client_answers_that_one():
    rows = (
        (0, ">", '{"type":"ping"}'), (1, ">", '{"say":"a"}'), (2, "<", '{"id":18136585}'),
        (20, ">", '{"type":"ping"}'), (21, ">", '{"say":"b"}'), (100, "<", '{"id":58898290}'), (101, ">", '{"type":"ping"}'),
    )  # fmt: skip
    assert beats(*rows) == ['{"type":"ping"}'] * 3


def test_heartbeat_may_come_before_the_last_one_is_answered():
    rows = (
        (0, ">", '{"type":"ping"}'), (1, ">", '{"say":"a"}'), (2, ">", '{"type":"ping"}'), (3, "<", '{"is":"pong"}'),
        (4, "<", '{"is":"a"}'), (5, "<", '{"is":"pong"}'), (20, ">", '{"type":"ping"}'), (21, "<", '{"is":"pong"}'),
    )  # fmt: skip
    assert beats(*rows) == [
        '{"type":"ping"}',
        '{"type":"ping"}',
        '{"is":"pong"}',
        '{"is":"pong"}',
        '{"type":"ping"}',
        '{"is":"pong"}',
    ]


def test_what_reads_like_a_reply_is_the_reply_where_another_one_came_in_time_as_well():
    ping, pong = '{"type":"ping"}', '{"is":"pong"}'
    rows = (
        (0, ">", "ask a"), (1, ">", ping), (2, "<", "yes"), (3, "<", pong), (20, ">", ping), (21, ">", "ask b"),
        (22, "<", pong), (23, "<", "yes"), (40, ">", "ask c"), (41, ">", ping), (42, "<", "yes"), (43, "<", pong),
    )  # fmt: skip
    assert beats(*rows) == [ping, pong] * 3


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


def test_heartbeat_by_request_comes_as_often_as_it_likes():
    ping = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
    play = Playback(cassette(call("POST /rpc", ping, answer=b'{"ok":1}'), origin="https://plain.example"), PLAIN)
    assert play.unplayed() == []
    assert all(isinstance(play.request("POST", "/rpc", (), ping), Played) for _ in range(3))


def test_socket_on_which_another_reply_came_in_time_follows_the_others():
    calm = [row for n in range(4) for row in ((n * 100, ">", "alive"), (n * 100 + 5, "<", "fine"))]
    odd = (
        (0, ">", "ask a"), (1, ">", "alive"), (2, "<", "yes"), (3, "<", "fine"), (100, ">", "alive"), (101, ">", "ask b"),
        (102, "<", "fine"), (103, "<", "yes"), (180, ">", "ask c"), (201, ">", "alive"), (202, "<", "yes"), (203, "<", "fine"),
    )  # fmt: skip
    sockets = (replace(socket("/chat", ""), messages=tuple(at(*rows))) for rows in (odd, calm, calm))
    entries = entries_of(cassette(*sockets), Mask(Places.of(PLAIN)))
    replies = [entry.tape.heartbeats.reply("text", b"alive") for entry in entries if entry.tape is not None]
    assert replies == [("text", b"fine")] * 3
