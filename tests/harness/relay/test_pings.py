"""A ping is answered once, by the other end; and whatever else a socket says passes as it was."""

import asyncio

import pytest

from fake_server.stage import Accept
from harness.relay.frames import FrameReader, masked
from provider.transport.errors import ProtocolError, TooLargeError
from provider.websocket import Ended, Message, Opcode
from tests.support.servers.raw_server import CLOSE, PING, PONG, TEXT, frame, serve_raw

UPGRADE = (
    "GET /s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n"
)
MASK = b"\x01\x02\x03\x04"


async def opened(port, fields=""):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(UPGRADE.format(fields).encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    return reader, writer, head


async def frames_until_close(reader):
    """(opcode, final, payload), the close frame included."""
    found = []
    while not found or found[-1][0] != CLOSE:
        first, size = await reader.readexactly(2)
        assert size < 126, "short frames only"
        found.append((first & 15, bool(first & 128), await reader.readexactly(size)))
    return found


async def listen(socket):
    while not isinstance(await socket.receive(), Ended):
        pass


@pytest.mark.parametrize("look", [None, "chrome"])
async def test_ping_of_the_client_has_one_answer(relay, look):
    relayed = await relay(lambda _: Accept(run=listen), impersonate=look)
    async with asyncio.timeout(60):
        reader, writer, _ = await opened(relayed.port)
        for payload in (b"one", b"", b"three"):
            writer.write(frame(PING, payload, mask=MASK))
        await asyncio.sleep(0.2)  # what would be a second answer has its time
        writer.write(frame(CLOSE, b"\x03\xe8", mask=MASK))
        said = await frames_until_close(reader)
    writer.close()
    assert said == [(PONG, True, b"one"), (PONG, True, b""), (PONG, True, b"three"), (CLOSE, True, b"\x03\xe8")]
    (socket,) = await relayed.exchanges()
    controls = [(line.direction, line.kind, line.data) for line in socket.messages if line.kind in {"ping", "pong"}]
    assert sorted(controls) == sorted(
        [(side, kind, data) for side, kind in ((">", "ping"), ("<", "pong")) for data in (b"one", b"", b"three")]
    )


@pytest.mark.parametrize("look", [None, "chrome"])
async def test_ping_of_the_service_has_one_answer_and_it_is_the_clients(relay, look):
    async def script(connection):
        await connection.read_request()
        await connection.upgrade(frame(PING, b"hi"))
        connection.tell(await connection.read_frame())
        connection.tell(await connection.read_frame())
        await connection.until_gone()

    with serve_raw(script) as service:
        relayed = await relay(url=service.url, impersonate=look)
        async with asyncio.timeout(60):
            reader, writer, _ = await opened(relayed.port)
            first, size = await reader.readexactly(2)
            assert (first & 15, await reader.readexactly(size)) == (PING, b"hi")
            writer.write(frame(PONG, b"hi", mask=MASK) + frame(TEXT, b"next", mask=MASK))
            assert await asyncio.to_thread(service.hears) == (PONG, b"hi")
            assert await asyncio.to_thread(service.hears) == (TEXT, b"next")
        writer.close()


@pytest.mark.parametrize("look", [None, "chrome"])
async def test_fragments_subprotocol_and_odd_close_codes_pass_as_they_were(relay, look):
    async def script(connection):
        asked = await connection.read_request()
        connection.tell((asked.get("sec-websocket-protocol"), asked.get("sec-websocket-extensions")))
        await connection.upgrade(
            frame(TEXT, b"ab", fin=False) + frame(PING, b"between") + frame(0, b"", fin=False) + frame(0, b"c\xff"),
            fields="Sec-WebSocket-Protocol: chat.v2\r\n",
        )
        for _ in range(3):
            connection.tell(await connection.read_frame())
        await connection.send(frame(CLOSE, b"\x11\x94bye"))
        await connection.until_gone()

    with serve_raw(script) as service:
        relayed = await relay(url=service.url, impersonate=look)
        async with asyncio.timeout(60):
            fields = "Sec-WebSocket-Protocol: chat.v1, chat.v2\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
            reader, writer, head = await opened(relayed.port, fields)
            sent = [frame(TEXT, b"x", fin=False, mask=MASK), frame(0, b"\xfe", fin=False, mask=MASK)]
            writer.write(b"".join([*sent, frame(0, b"z", mask=MASK)]))
            said = await frames_until_close(reader)
        writer.close()
        assert service.hears() == ("chat.v1, chat.v2", None)
        assert [service.hears() for _ in range(3)] == [(TEXT, b"x"), (0, b"\xfe"), (0, b"z")]
    assert b"sec-websocket-protocol: chat.v2\r\n" in head.lower()
    assert said == [
        (PING, True, b"between"),
        (TEXT, False, b"ab"),
        (0, False, b""),
        (0, True, b"c\xff"),
        (CLOSE, True, b"\x11\x94bye"),
    ]
    (socket,) = await relayed.exchanges()
    texts = [(line.direction, line.data, line.frames) for line in socket.messages if line.kind == "text"]
    assert sorted(texts) == [("<", b"abc\xff", (2, 0, 2)), (">", b"x\xfez", (1, 1, 1))]


async def test_service_that_breaks_the_protocol_ends_the_socket(relay):
    async def script(connection):
        await connection.read_request()
        await connection.upgrade(frame(TEXT, b"fine") + frame(3, b"no such kind"))
        await connection.until_gone()

    with serve_raw(script) as service:
        relayed = await relay(url=service.url)
        async with asyncio.timeout(60):
            reader, writer, _ = await opened(relayed.port)
            said = await frames_until_close(reader)
        writer.close()
    assert said[0] == (TEXT, True, b"fine")
    assert said[1][2].startswith(b"\x03\xea")  # 1002


@pytest.mark.parametrize(
    "data",
    [
        frame(TEXT, b"a", rsv=4),
        frame(TEXT, b"a", mask=MASK),
        frame(0, b"a"),
        frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"),
        frame(PING, b"a", fin=False),
        frame(PING, b"a" * 126),
        frame(3, b"a"),
        frame(11, b"a"),
    ],
)
def test_what_is_no_frame_of_a_server_is_refused(data):
    with pytest.raises(ProtocolError):
        list(FrameReader(1000).feed(data))


@pytest.mark.parametrize("data", [frame(TEXT, b"a" * 1001), frame(TEXT, b"a" * 600, fin=False) + frame(0, b"a" * 600)])
def test_message_that_is_too_long_is_refused_by_its_head(data):
    with pytest.raises(TooLargeError):
        list(FrameReader(1000).feed(data))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 100_000])
def test_frames_are_read_whatever_pieces_they_come_in(size):
    data = frame(TEXT, b"x" * size) + frame(PING, b"p") + frame(2, b"ab", fin=False) + frame(0, b"c")
    expected = [
        Message(Opcode.TEXT, b"x" * size),
        Message(Opcode.PING, b"p"),
        Message(Opcode.BINARY, b"abc", (2, 1)),
    ]
    for step in (1, 3, 4096, len(data)) if size < 1000 else (1000, len(data)):
        reader = FrameReader(1 << 20)
        found = [one for at in range(0, len(data), step) for one in reader.feed(data[at : at + step])]
        assert found == expected


@pytest.mark.parametrize("size", [0, 125, 126, 65536])
def test_masked_frames_say_what_they_should(size):
    raw = masked(Message(Opcode.BINARY, b"y" * size))
    head = 2 + {126: 2, 127: 8}.get(raw[1] & 127, 0)
    key = raw[head : head + 4]
    assert raw[1] & 128
    assert bytes(byte ^ key[at % 4] for at, byte in enumerate(raw[head + 4 :])) == b"y" * size
