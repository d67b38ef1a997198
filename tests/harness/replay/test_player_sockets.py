"""The player's sockets behind the real host, to a client that shares no code with it."""

from __future__ import annotations

import socket as socketlib
import time

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from harness.cassette.model import Body, Line, ResponsePart, SocketExchange
from harness.match.mask import Mask
from tests.support.cassettes.builders import call, socket
from tests.support.replay.playing import chat, playing, rest_of

TURN = """
< {"event":"connected","id":"0"}
> {"event":"send","conversationId":"A","content":[{"type":"text","text":"Hi"}]}
< {"event":"appendText","text":"Hello"}
< {"event":"done"}
"""


def test_turn_is_played_and_the_report_is_fine():
    with playing(socket("/chat?v=2", TURN + "< close 1000 bye")) as server:
        with chat(server, "/chat?v=2") as client:
            hello = client.recv(timeout=5)
            client.send('{"event":"send","content":[{"text":"Hi","type":"text"}],"conversationId":"mine"}')
            ended = rest_of(client)
        report = server.player.report()
    assert hello == '{"event":"connected","id":"0"}'
    assert ended == (['{"event":"appendText","text":"Hello"}', '{"event":"done"}'], 1000, "bye")
    assert report.text() == "1 of 1 exchanges played\n"


def test_turn_without_a_problem_masks_nothing(monkeypatch):
    """Masking a socket's name took longer than to play it."""
    masked = []
    monkeypatch.setattr(Mask, "text", lambda _, text: masked.append(text) or text)
    with playing(socket("/chat", TURN)) as server:
        with chat(server) as client:
            client.recv(timeout=5)
            client.send('{"event":"send","conversationId":"A","content":[{"type":"text","text":"Hi"}]}')
            rest_of(client)
        assert server.player.report().ok
    assert masked == []


def test_message_that_differs_closes_the_socket_with_4004():
    with playing(socket("/chat", TURN)) as server:
        with chat(server) as client:
            client.send('{"event":"send","conversationId":"A","content":[{"type":"text","text":"Ho"}]}')
            _, code, reason = rest_of(client)
        report = server.player.report()
    assert (code, reason) == (4004, "wiretape: mismatch at message 1")
    assert 'content[0].text: recorded "Hi", came "Ho"' in report.text()


def test_client_that_says_nothing_is_not_waited_for_longer_than_the_deadline():
    with playing(socket("/chat", TURN), deadline=0.1) as server:
        with chat(server) as client:
            _, code, reason = rest_of(client)
        [problem] = server.player.report().problems
    assert (code, reason, problem.kind) == (4004, "wiretape: no message 1 in time", "client-hung")


def test_pings_do_not_renew_the_deadline():
    with playing(socket("/chat", TURN), deadline=0.3) as server, chat(server) as client:
        client.recv(timeout=5)
        began = time.monotonic()
        pinged_until_closed(client, began + 5)
        assert time.monotonic() < began + 3


def pinged_until_closed(client, limit: float) -> None:
    try:
        while time.monotonic() < limit:
            client.ping().wait(1)
    except ConnectionClosed:
        pass


@pytest.mark.parametrize(
    ("end", "code"), [("< close 1011 oops", 1011), ("< close", 1005), ("< eof", None), ("< reset", None)]
)
def test_server_end_is_as_recorded(end, code):
    with playing(socket("/chat", f"< x\n{end}")) as server, chat(server) as client:
        assert rest_of(client)[1] == code


def test_client_end_is_waited_for_and_then_taken_quietly():
    with playing(socket("/chat", "< x\n> close 1000"), deadline=0.1) as server:
        with chat(server) as client:
            came, code, _ = rest_of(client)
        report = server.player.report()
    assert (came, code, report.ok) == (["x"], 1000, True)


def test_recording_that_was_cut_ends_with_4004():
    with playing(socket("/chat", "< x\n! cut"), deadline=0.1) as server, chat(server) as client:
        assert rest_of(client) == (["x"], 4004, "wiretape: the recording was cut here")


def test_client_may_leave_after_the_end_of_a_turn():
    longer = TURN + '< {"event":"titleUpdate"}\n> close 1000'
    with playing(socket("/chat", longer)) as server, chat(server) as client:
        client.send('{"event":"send","conversationId":"A","content":[{"type":"text","text":"Hi"}]}')
        while client.recv(timeout=5) != '{"event":"done"}':
            pass
    assert server.player.report().ok


def test_client_that_leaves_early_is_reported():
    with playing(socket("/chat", TURN)) as server, chat(server) as client:
        client.recv(timeout=5)
    [problem] = server.player.report().problems
    assert problem.summary == (
        "exchange 1: socket /chat: 2 of the server's lines not sent, 1 of the client's messages did not come, "
        "from send, text, 77 bytes"
    )


def test_refused_upgrade_is_refused_again():
    refused = SocketExchange(target="/chat", response=ResponsePart(status=401, body=Body(data=b"no")))
    with playing(refused) as server:
        with pytest.raises(InvalidStatus) as caught, chat(server):
            pass
        assert (caught.value.response.status_code, caught.value.response.body) == (401, b"no")


def test_upgrade_that_was_not_recorded_is_501():
    with playing(call("GET /a")) as server:
        with pytest.raises(InvalidStatus) as caught, chat(server):
            pass
        assert caught.value.response.status_code == 501


def test_binary_json_matches_text():
    with playing(socket("/chat", "> {}\n< x\n< close 1000")) as server, chat(server) as client:
        client.send(b"{}")
        assert rest_of(client)[1] == 1000


def test_fragmented_message_of_the_client_matches():
    with playing(socket("/chat", '> {"a":"xyz"}\n< close 1000')) as server, chat(server) as client:
        client.send(iter(['{"a":', '"xyz"}']))
        assert rest_of(client)[1] == 1000


def test_client_that_does_not_read_is_hung():
    big = tuple(Line("<", n, "text", b"x" * 1_000_000) for n in range(40))
    flood = SocketExchange(target="/chat", response=ResponsePart(status=101), messages=big)
    with playing(flood, deadline=0.2) as server:
        raw = raw_upgrade(server)
        wait_for(lambda: "client-hung" in server.player.report().text())
        raw.close()
    [problem] = server.player.report().problems
    assert problem.summary == "exchange 1: socket /chat: waited 0.2 s for the client to read"


def raw_upgrade(server) -> socketlib.socket:
    raw = socketlib.create_connection((server.host, server.port), timeout=5)
    head = f"GET /chat HTTP/1.1\r\nHost: {server.host}:{server.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    raw.sendall(f"{head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode())
    return raw


def wait_for(condition, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
