"""The host's WebSockets, seen by clients that share nothing with it: `websockets`, and raw bytes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from fake_server import Accept, Response, serve
from fake_server.host.frames import encode_frame
from provider.websocket import Ended, Message, Opcode
from tests.support.clients.raw_client import (
    ACCEPT,
    masked,
    read_all,
    read_until,
    send_in_pieces,
    upgrade_request,
    upgraded,
)
from tests.support.clients.raw_client import dial as dial_raw
from tests.support.clients.websocket_dial import dial, greeted
from tests.support.servers.stages import StageOf, answering, conversing, echoing, text


def test_messages_go_both_ways():
    with serve(echoing()) as server, dial(server) as client:
        for message in ["hello", b"\x00\xff", "", "💬" * 1000]:
            client.send(message)
            assert client.recv(5) == message


def test_messages_of_several_frames_arrive_whole_and_say_so():
    got = []

    async def run(wire):
        got.append(await wire.receive())
        await wire.send(Message(Opcode.TEXT, b"abcdef", (1, 0, 5)))

    with serve(conversing(run)) as server, dial(server) as client:
        client.send(["ab", "", "cd"])
        assert list(client.recv_streaming()) == ["a", "", "bcdef"]
    assert got == [Message(Opcode.TEXT, b"abcd", (2, 0, 2, 0))]


def test_ping_is_answered_while_the_stage_is_busy():
    async def run(wire):
        await wire.sleep(60)

    with serve(conversing(run)) as server, dial(server) as client:
        assert client.ping(b"x").wait(5)


def test_ping_and_pong_reach_the_stage():
    got = []

    async def run(wire):
        await wire.send(Message(Opcode.PING, b"p"))
        got.extend([await wire.receive(), await wire.receive()])

    with serve(conversing(run)) as server, dial(server) as client:
        client.ping(b"q")
        with pytest.raises(ConnectionClosed):
            client.recv(5)
    assert {message.opcode for message in got} == {Opcode.PING, Opcode.PONG}


@pytest.mark.parametrize("connection", ["Upgrade", "keep-alive, Upgrade", "keep-alive"])
def test_upgrade_is_taken_whatever_the_connection_header_says(connection):
    with serve(echoing()) as server, dial_raw(server) as client:
        client.sendall(upgrade_request(connection))
        answer = read_until(client, b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert f"Sec-WebSocket-Accept: {ACCEPT}\r\n".encode() in answer


def test_names_of_an_upgrade_s_response_are_spelled_as_in_the_standard():
    """Clients that look for them by this spelling only, as gql's does, chose another subprotocol than the service."""

    async def run(socket):
        await socket.receive()

    accept = Accept(run=run, headers=(("sec-websocket-protocol", "graphql-transport-ws"), ("server", "oak")))
    with serve(answering(accept)) as server, dial_raw(server) as client:
        client.sendall(upgrade_request("Upgrade"))
        head = read_until(client, b"\r\n\r\n").split(b"\r\n")
    assert {b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Protocol: graphql-transport-ws"} <= {*head}
    assert b"server: oak" in head


def test_upgrade_can_be_refused_with_headers_and_body():
    refusal = Response(status=429, headers=(("retry-after", "7"),), body=b"slow down")
    with serve(answering(refusal)) as server, pytest.raises(InvalidStatus) as caught, dial(server):
        pass
    response = caught.value.response
    assert (response.status_code, response.headers["retry-after"], response.body) == (429, "7", b"slow down")


def test_wrong_accept_key_can_be_had():
    async def run(_):
        pass

    with serve(answering(Accept(run=run, valid_key=False))) as server, pytest.raises(InvalidHandshake), dial(server):
        pass


def test_plain_request_to_a_socket_is_426():
    async def run(_):
        pass

    with serve(conversing(run)) as server, dial_raw(server) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 426 " in client.recv(4096)


def test_messages_that_are_sent_together_leave_in_their_order():
    sent = [text(f"{number}") for number in range(300)]

    async def run(wire):
        await wire.send(text("before"))
        await wire.send_all([*sent, Message(Opcode.PING, b"p"), Message(Opcode.TEXT, b"abc", (1, 2))])
        await wire.send(text("after"))

    with serve(conversing(run)) as server, dial(server) as client:
        assert [client.recv(5) for _ in range(303)] == ["before", *map(str, range(300)), "abc", "after"]


def test_messages_after_the_end_go_nowhere():
    got = []

    async def run(wire):
        got.append(await wire.receive())
        await wire.send_all([text("late")] * 3)

    with serve(conversing(run)) as server, dial(server) as client:
        client.close()
    assert [ended.how for ended in got] == ["close"]


def test_encoded_frames_leave_as_they_are():
    frames = b"".join(encode_frame(1, b'{"n":%d}' % number) for number in range(20_000))

    async def run(wire):
        await wire.send_encoded(frames)

    with serve(conversing(run)) as server, dial(server) as client:
        assert [client.recv(5) for _ in range(20_000)][-1] == '{"n":19999}'


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(max_size=70), min_size=1, max_size=5), st.lists(st.integers(1, 300), max_size=6))
def test_any_split_of_the_bytes_gives_the_same_messages(payloads, cuts):
    got = []

    async def run(wire):
        while not isinstance(message := await wire.receive(), Ended):
            got.append(message.data)

    data = b"".join(masked(2, payload) for payload in payloads)

    async def greet(wire):
        await wire.send(text("hi"))
        await run(wire)

    with serve(conversing(greet)) as server:
        client = greeted(server)
        send_in_pieces(client, data, cuts)
        client.sendall(masked(8))
        client.recv(100)
        client.close()
    assert got == payloads


def test_stage_of_one_function_is_asked_for_the_upgrade():
    stage = echoing()
    with serve(stage) as server, dial(server, additional_headers={"X-A": "1"}):
        pass
    assert isinstance(stage, StageOf)
    assert [(request.upgrade, request.path, request.header("x-a")) for request in stage.requests] == [
        (True, "/chat", "1")
    ]


def test_ping_between_fragments_is_answered_at_once_and_does_not_split_the_message():
    with serve(echoing()) as server, upgraded(server) as client:
        client.sendall(masked(1, b"ab", fin=False) + masked(9, b"p") + masked(0, b"c"))
        assert read_until(client, b"c") == b"\x8a\x01p" + b"\x01\x02ab" + b"\x80\x01c"


def test_poll_gives_what_is_there_and_none_when_nothing_comes():
    seen = []

    async def run(wire):
        seen.extend([await wire.poll(0), await wire.poll(0.01)])
        await wire.send(text("go"))
        seen.extend([await wire.poll(5), await wire.poll(5)])
        seen.append(await wire.poll(0))

    with serve(conversing(run)) as server, upgraded(server) as client:
        read_until(client, b"go")
        client.sendall(masked(1, b"a") + masked(8))
        read_all(client)
    assert seen == [None, None, text("a"), Ended("close"), Ended("close")]
