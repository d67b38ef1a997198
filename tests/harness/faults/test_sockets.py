"""What a client of the websockets library gets from a socket whose service is behind fault rules."""

import json
import time

import pytest

from tests.harness.faults.conftest import NUMBERED, talk
from tests.support.clients.raw_client import masked, read_all, upgraded


def numbers_of(messages):
    return [json.loads(each)["n"] for each in messages]


def test_without_a_rule_for_the_path_nothing_changes(spoiled):
    server = spoiled("cut after 3 messages of /other")
    assert talk(server, "bye") == (NUMBERED, 1000)
    assert [str(rule) for rule in server.faults.rules.unstruck] == ["cut after 3 messages of /other"]


@pytest.mark.parametrize(
    ("line", "expected", "code"),
    [
        ("cut after 3 messages", [1, 2, 3], 1006),
        ("cut at message 3", [1, 2], 1006),
        ("cut after 0 messages", [], 1006),
        ("reset after 2 messages", [1, 2], 1006),
        ("cut at message where event=done", [1, 2, 3, 4], 1006),
        ("stall after 3 messages", [1, 2, 3], "open"),
        ("close 1012 after 3 messages", [1, 2, 3], 1012),
        ("close 4001 at message 1", [], 4001),
        ("lose at message 2", [1, 3, 4, 5], 1000),
        ("lose at every message", [], 1000),
        ("lose from message 3", [1, 2], 1000),
        ("duplicate at message 2", [1, 2, 2, 3, 4, 5], 1000),
        ("duplicate 3 at message where event=done", [1, 2, 3, 4, 5, 5, 5, 5], 1000),
        ("late at message 2", [1, 3, 2, 4, 5], 1000),
        ("late 3 at message 1", [2, 3, 4, 1, 5], 1000),
        ("late 9 at message 4", [1, 2, 3, 5, 4], 1000),
        ("delay 1ms at every message", [1, 2, 3, 4, 5], 1000),
        ("slice 1 at message 2", [1, 2, 3, 4, 5], 1000),
        ("fragment 3 at message 2", [1, 2, 3, 4, 5], 1000),
        ("ping-flood 50 at message 2", [1, 2, 3, 4, 5], 1000),
        ("burst at message 2", [1, 2, 3, 4, 5], 1000),
        ("cut-frame at message 3", [1, 2], 1006),
        ("cut-fragments at message 3", [1, 2], 1006),
        ("after-close at message 3", [1, 2], 1000),
        ("retype at message 1", [1, 2, 3, 4, 5], 1000),
    ],
)
def test_messages_and_end(spoiled, line, expected, code):
    server = spoiled(line)
    got, ended = talk(server, "bye")
    assert (numbers_of(got), ended) == (expected, code)
    assert server.faults.rules.unstruck == ()


@pytest.mark.parametrize("kind", ["reserved", "opcode", "masked", "long-ping", "split-ping"])
def test_a_frame_that_the_standard_forbids_ends_the_socket(spoiled, kind):
    got, code = talk(spoiled(f"frame {kind} at message 3"), "bye")
    assert (numbers_of(got), code) == ([1, 2], "violation 1002")


def test_a_length_beyond_every_limit_ends_the_socket(spoiled):
    got, code = talk(spoiled("frame length at message 3"))
    assert (numbers_of(got), code) == ([1, 2], "violation 1009")


@pytest.mark.parametrize("kind", ["code", "byte", "utf8"])
def test_a_close_frame_that_the_standard_forbids(spoiled, kind):
    got, code = talk(spoiled(f"bad-close {kind} after 2 messages"))
    assert numbers_of(got) == [1, 2]
    assert code in ("violation 1002", "violation 1007")


def test_text_that_is_no_utf8(spoiled):
    got, code = talk(spoiled("not-utf8 at message 3"))
    assert (numbers_of(got), code) == ([1, 2], "violation 1007")


def test_a_field_changes(spoiled):
    got, _ = talk(spoiled("change delta.text to=x at message 2", "remove delta at message 3"), "bye")
    assert [json.loads(each).get("delta") for each in got[:3]] == [{"text": "word1"}, {"text": "x"}, None]


def test_a_field_that_is_not_there_is_no_strike(spoiled):
    server = spoiled("remove nothing.here at every message")
    assert talk(server, "bye") == (NUMBERED, 1000)
    assert len(server.faults.rules.unstruck) == 1


@pytest.mark.parametrize(
    ("line", "messages"),
    [
        ("join at message 2", [NUMBERED[0], NUMBERED[1] + NUMBERED[2], *NUMBERED[3:]]),
        ("malform at message 5", [*NUMBERED[:4], NUMBERED[4][: len(NUMBERED[4]) // 2]]),
    ],
)
def test_json_that_is_not_what_it_was(spoiled, line, messages):
    assert talk(spoiled(line), "bye") == (messages, 1000)


def test_a_message_in_two(spoiled):
    got, _ = talk(spoiled("split at message 2"), "bye")
    assert got[1] + got[2] == NUMBERED[1]
    assert len(got) == 6


def test_what_nobody_knows(spoiled):
    got, _ = talk(spoiled("unknown at message 2", "error at message 3", "huge 2000 at message 4"), "bye")
    assert [json.loads(each)["event"] for each in got] == [
        "text", "wiretapeUnknown", "text", "error", "wiretapeHuge", "text", "done",
    ]  # fmt: skip
    assert len(got[4]) > 2000


def test_what_the_client_says_reaches_the_service_after_a_stall(spoiled, numbers):
    assert talk(spoiled("stall after 1 message"), "hello", "you")[1] == "open"
    assert [each.data for each in numbers.said] == [b"hello", b"you"]


def test_a_time_on_the_socket(spoiled):
    server = spoiled("close 1001 after 100ms of the socket")
    assert talk(server) == (NUMBERED, 1001)


def test_a_seed_gives_the_same_strikes_again(spoiled):
    line = "lose at every message in 50% seed 3"
    first = talk(spoiled(line), "bye")
    assert talk(spoiled(line), "bye") == first
    assert 0 < len(first[0]) < 5


def test_a_rule_strikes_so_often_and_no_more(spoiled):
    server = spoiled("cut after 1 message 2 times")
    assert [talk(server, "bye")[1] for _ in range(3)] == [1006, 1006, 1000]


def test_another_subprotocol(spoiled):
    import websockets.sync.client as sync

    server = spoiled("subprotocol other at upgrade 1", "subprotocol at upgrade 2")
    from websockets.exceptions import NegotiationError

    with pytest.raises(NegotiationError):
        sync.connect(f"ws://{server.host}:{server.port}/ws", subprotocols=["numbers"], proxy=None)
    with sync.connect(f"ws://{server.host}:{server.port}/ws", subprotocols=["numbers"], proxy=None) as client:
        assert client.subprotocol is None


def test_the_second_socket_kicks_the_first(spoiled):
    import websockets.sync.client as sync
    from websockets.exceptions import ConnectionClosed

    server = spoiled("kick 4001 at upgrade 2")
    url = f"ws://{server.host}:{server.port}/ws"
    with sync.connect(url, proxy=None) as first:
        for _ in NUMBERED:
            first.recv(timeout=5)
        with sync.connect(url, proxy=None) as second:
            with pytest.raises(ConnectionClosed):
                first.recv(timeout=5)
            assert first.close_code == 4001
            assert second.recv(timeout=5) == NUMBERED[0]


def test_pings_and_closes_without_an_answer(spoiled):
    import websockets.sync.client as sync

    server = spoiled("no-pong at upgrade 1", "ignore-close at upgrade 2")
    url = f"ws://{server.host}:{server.port}/ws"
    with sync.connect(url, proxy=None) as client:
        assert not client.ping().wait(0.2)
    with sync.connect(url, proxy=None, close_timeout=0.2) as client:
        client.close()
    assert client.close_code == 1006


CLOSE = b"\x03\xe8"
"""The payload of a close frame with 1000."""


@pytest.mark.parametrize("said", [masked(8, CLOSE), masked(1, b"bye")], ids=["client closes", "service closes"])
def test_connection_stays_open_after_both_close_frames(spoiled, said):
    server = spoiled("slow-close 300ms at upgrade 1")
    with upgraded(server) as client:
        client.sendall(said)
        received = b""
        while CLOSE not in received:
            received += client.recv(65536)
        if said != masked(8, CLOSE):
            client.sendall(masked(8, CLOSE))
        began = time.monotonic()
        assert read_all(client) in (b"", b"as asked")
        assert 0.25 < time.monotonic() - began < 5
    assert server.faults.rules.unstruck == ()


def test_a_message_comes_that_nobody_asked_for(spoiled):
    got, _ = talk(spoiled("""stray '{"id":1}' after 0 messages""", "stray again at message 2"), "bye")
    assert got[:3] == ['{"id":1}', NUMBERED[0], "again"]


def test_a_service_that_reads_nothing_lets_the_client_wait(spoiled, numbers):
    server = spoiled("unread at upgrade 1")
    assert talk(server, "hello") == ([], "open")
    assert numbers.said == []
    assert server.faults.rules.unstruck == ()
