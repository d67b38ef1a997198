"""What sloppy clients send, and the host takes all the same."""

import json
import struct

import pytest

from fake_server import Accept, Response, serve
from fake_server.script import Script
from provider.websocket import Ended, Opcode
from tests.support.clients.raw_client import KEY, MASK, dial, exchange, masked, read_all, read_until, upgraded
from tests.support.servers.stages import answering, conversing, echoing, text

CHAT = "/c/api/chat?api-version=2"
SEND = json.dumps({"event": "send", "conversationId": "c" * 21, "content": [{"type": "text", "text": "hi"}]}).encode()


def upgrade(*fields: str, target="/", version="1.1", host="localhost") -> bytes:
    """An upgrade that says no more than it must, and these fields; those that are named here give way to them."""
    usual = {"upgrade": "websocket", "connection": "Upgrade", "sec-websocket-key": KEY, "sec-websocket-version": "13"}
    for line in fields:
        usual.pop(line.partition(":")[0].lower(), None)
    lines = [f"GET {target} HTTP/{version}", f"Host: {host}", *(f"{name}: {value}" for name, value in usual.items())]
    return "".join(f"{line}\r\n" for line in [*lines, *fields, ""]).encode("latin-1")


def answer_to(request: bytes, stage=None) -> bytes:
    """The head of the answer."""
    with serve(stage or echoing()) as server, dial(server) as client:
        client.sendall(request)
        return read_until(client, b"\r\n\r\n")


def read_frame(client) -> tuple[int, bytes]:
    """One frame of the server: its first byte and its payload."""
    first, size = read_exactly(client, 2)
    if size > 125:
        size = int.from_bytes(read_exactly(client, 2 if size == 126 else 8), "big")
    return first, read_exactly(client, size)


def read_exactly(client, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        chunk = client.recv(size - len(received))
        assert chunk, received[:100]
        received += chunk
    return bytes(received)


@pytest.mark.parametrize(
    "field",
    [
        "Connection: keep-alive",
        "Connection: keep-alive, Upgrade",
        "Connection: KEEP-ALIVE, uPgRaDe",
        "connection: upgrade",
        "Upgrade: WebSocket",
        "Upgrade: WEBSOCKET",
        "Upgrade: h2c, websocket",
        "User-Agent:",
        "User-Agent: \x7f\x01 ;;; (",
        "Content-Length: 0",
        "Sec-WebSocket-Version: 8",
        "Sec-WebSocket-Key: no base64",
        "Cookie: a=\x01; __Host-copilot-anon=b=c==",
        "X-Empty:",
    ],
)
def test_sloppy_upgrade_is_taken(field):
    assert answer_to(upgrade(field)).startswith(b"HTTP/1.1 101 ")


def test_upgrade_without_connection_header_is_taken():
    assert answer_to(upgrade().replace(b"connection: Upgrade\r\n", b"")).startswith(b"HTTP/1.1 101 ")


def test_upgrade_without_version_is_taken():
    assert answer_to(upgrade().replace(b"sec-websocket-version: 13\r\n", b"")).startswith(b"HTTP/1.1 101 ")


def test_upgrade_by_http_1_0_as_old_reverse_proxies_send_it_is_taken():
    assert answer_to(upgrade(version="1.0")).startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize("field", ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits", "A: b"])
def test_compression_is_declined_and_messages_go_plain(field):
    with serve(echoing()) as server, dial(server) as client:
        client.sendall(upgrade(field))
        assert b"extensions" not in read_until(client, b"\r\n\r\n").lower()
        client.sendall(masked(1, b"hello"))
        assert read_frame(client) == (0x81, b"hello")


def test_offered_subprotocol_is_not_chosen():
    assert b"protocol:" not in answer_to(upgrade("Sec-WebSocket-Protocol: chat, superchat")).lower()


def test_stage_can_choose_a_subprotocol():
    async def run(_):
        pass

    stage = answering(Accept(run=run, headers=(("sec-websocket-protocol", "chat"),)))
    assert b"Sec-WebSocket-Protocol: chat\r\n" in answer_to(upgrade("Sec-WebSocket-Protocol: chat"), stage)


def test_frames_sent_right_behind_the_request_are_not_lost():
    with serve(echoing()) as server, dial(server) as client:
        client.sendall(upgrade() + masked(1, b"one") + masked(9, b"p") + masked(2, b"two")[:3])
        read_until(client, b"\r\n\r\n")
        frames = [read_frame(client) for _ in range(2)]
        client.sendall(masked(2, b"two")[3:])
        frames.append(read_frame(client))
    assert sorted(frames) == [(0x81, b"one"), (0x82, b"two"), (0x8A, b"p")]


def test_frames_sent_before_a_late_101_are_not_lost():
    async def run(socket):
        await socket.send(await socket.receive())

    with serve(answering(Accept(run=run, after=0.05))) as server, dial(server) as client:
        client.sendall(upgrade())
        client.sendall(masked(1, b"early"))
        read_until(client, b"\r\n\r\n")
        assert read_frame(client) == (0x81, b"early")


def test_frames_behind_an_upgrade_that_is_refused_are_no_second_request():
    refused = Response(status=429, headers=(("retry-after", "7"),), body=b"slow down")
    with serve(answering(refused)) as server:
        received = exchange(server, upgrade() + masked(1, SEND))
    assert received.startswith(b"HTTP/1.1 429 ")
    assert received.endswith(b"\r\n\r\nslow down")


def test_connection_is_kept_after_an_upgrade_that_is_refused():
    with serve(answering(Response(status=401))) as server, dial(server) as client:
        for _ in range(2):
            client.sendall(upgrade())
            assert read_until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 401 ")


def test_get_by_http_1_0_without_a_host_is_answered_with_the_address_it_came_to():
    with serve(echoing()) as server:
        received = exchange(server, b"GET /a HTTP/1.0\r\n\r\n")
        told = json.loads(received.partition(b"\r\n\r\n")[2])
        assert received.startswith(b"HTTP/1.1 200 ")
        assert told["origin"] == server.url


@pytest.mark.parametrize("lines", [b"\r\n", b"\n", b"\r\n\r\n"])
def test_empty_lines_before_a_request_are_passed_over(lines):
    with serve(echoing()) as server, dial(server) as client:
        client.sendall(lines + b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}" + lines)
        read_until(client, b"}")
        client.sendall(b"GET /b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b'"target": "/b"' in read_all(client)


def test_upgrade_to_http_2_is_passed_over_as_curl_offers_it():
    head = b"POST /a HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    with serve(answering(Response(body=b"taken"))) as server, dial(server) as client:
        for _ in range(2):
            client.sendall(head + b"HTTP2-Settings: AAEAAQ\r\nContent-Length: 2\r\n\r\n{}")
            assert read_until(client, b"taken").startswith(b"HTTP/1.1 200 ")


# ---------------------------------------------------------------- frames
@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_commands_are_taken_from_text_and_binary_frames_in_any_pieces(opcode, pieces):
    step = -(-len(SEND) // pieces)
    parts = [SEND[start : start + step] for start in range(0, len(SEND), step)]
    frames = [masked(opcode if not index else 0, part, fin=index == pieces - 1) for index, part in enumerate(parts)]
    with serve(Script()) as server, dial(server) as client:
        client.sendall(upgrade(target=CHAT) + b"".join(frames))
        read_until(client, b"\r\n\r\n")
        heard = []
        while "startMessage" not in heard:
            heard.append(json.loads(read_frame(client)[1])["event"])
    assert heard[-2:] == ["received", "startMessage"]


def test_text_that_is_no_utf_8_reaches_the_stage():
    with serve(echoing()) as server, upgraded(server) as client:
        client.sendall(masked(1, b"\xff"))
        assert read_frame(client) == (0x81, b"\xff")


def test_what_came_before_a_fin_is_taken_and_what_was_sent_before_the_end_can_be_read():
    got = []

    async def run(socket):
        await socket.send(text("hello"))
        while not isinstance(heard := await socket.receive(), Ended):
            got.append(heard.data)
        got.append(heard)

    with serve(conversing(run)) as server, upgraded(server) as client:
        read_frame(client)
        client.sendall(masked(1, b"a") + masked(1, b"b"))
        client.shutdown(1)
        assert read_all(client) == b""
    assert got == [b"a", b"b", Ended("eof")]


# ---------------------------------------------------------------- control frames in the middle of an answer
@pytest.mark.parametrize("payload", [b"", b"x", bytes(range(125))])
def test_ping_is_answered_with_its_payload_in_the_middle_of_an_answer(payload):
    async def run(socket):
        await socket.send(text("begin"))
        while True:
            heard = await socket.poll(0.01)
            if heard is not None:
                break
        await socket.send(text("end"))

    with serve(conversing(run)) as server, upgraded(server) as client:
        read_frame(client)
        client.sendall(masked(9, payload))
        assert read_frame(client) == (0x8A, payload)
        assert read_frame(client) == (0x81, b"end")


SMALL = 64 * 1024
"""Bytes; by default the kernel may take in the whole frame before the client says anything."""


@pytest.mark.parametrize("step", [2**30, 256 * 1024, 1_000_003])
def test_ping_during_a_large_frame_is_answered_behind_it(step):
    size = 24 * 2**20
    frame = memoryview(b"\x82\x7f" + struct.pack("!Q", size) + bytes(size))

    async def run(socket):
        for start in range(0, len(frame), step):
            await socket.send_encoded(frame[start : start + step])
        await socket.send(text("end"))

    with serve(conversing(run)) as server, upgraded(server, buffer=SMALL) as client:
        assert read_exactly(client, 10) == bytes(frame[:10])
        client.sendall(masked(9, b"ping"))
        assert not any(read_exactly(client, size))
        assert sorted([read_frame(client), read_frame(client)]) == [(0x81, b"end"), (0x8A, b"ping")]


def test_close_during_a_large_frame_is_answered_behind_it():
    size = 24 * 2**20

    async def run(socket):
        await socket.send_encoded(b"\x82\x7f" + struct.pack("!Q", size) + bytes(size))

    with serve(conversing(run)) as server, upgraded(server, buffer=SMALL) as client:
        read_exactly(client, 10)
        client.sendall(masked(8, b"\x0f\xa1"))
        assert not any(read_exactly(client, size))
        assert read_all(client) == b"\x88\x02\x0f\xa1"


@pytest.mark.parametrize("payload", [b"", b"\x03\xe8", b"\x0f\xa1bye"])
def test_close_is_answered_with_its_code(payload):
    with serve(echoing()) as server, upgraded(server) as client:
        client.sendall(masked(8, payload))
        assert read_all(client) == bytes((0x88, len(payload[:2]))) + payload[:2]


def test_mask_of_zeros_is_a_mask():
    with serve(echoing()) as server, upgraded(server) as client:
        client.sendall(b"\x81\x82\x00\x00\x00\x00hi")
        assert read_frame(client) == (0x81, b"hi")
    assert bytes(4) != MASK
