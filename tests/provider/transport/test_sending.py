"""What a socket sends, on both transports: messages, pongs, and the closing handshake."""

import time

import pytest

from provider.transport.errors import DeadlineError, SocketEndedError
from provider.websocket import Ended, Message, Opcode
from tests.support.servers.raw_server import BINARY, CLOSE, PING, PONG, TEXT, frame, serve_raw


async def listening(connection):
    """Tells every frame it gets; answers a close frame."""
    await connection.read_request()
    await connection.upgrade()
    while True:
        got = await connection.read_frame()
        connection.tell(got)
        if got[0] == CLOSE:
            await connection.send(frame(CLOSE, got[1]))
            await connection.until_gone()
            return


@pytest.mark.parametrize(
    ("message", "got"),
    [
        (Message(Opcode.TEXT, "Grüße 🌍".encode()), (TEXT, "Grüße 🌍".encode())),
        (Message(Opcode.TEXT, b""), (TEXT, b"")),
        (Message(Opcode.BINARY, b"\0\xff"), (BINARY, b"\0\xff")),
        (Message(Opcode.PING, b"there?"), (PING, b"there?")),
        (Message(Opcode.PONG, b""), (PONG, b"")),
        (Message(Opcode.CLOSE, b"\x0f\xa4gone"), (CLOSE, b"\x0f\xa4gone")),
    ],
)
def test_a_message_goes_out_as_it_is(connect, message, got):
    with serve_raw(listening) as server:
        connect(server.ws_url).send(message, timeout=5)
        assert server.hears() == got


def test_text_goes_out_as_utf_8(connect):
    with serve_raw(listening) as server:
        connect(server.ws_url).send_text("שלום", timeout=5)
        assert server.hears() == (TEXT, "שלום".encode())


def test_many_messages_keep_their_order(connect):
    with serve_raw(listening) as server:
        socket = connect(server.ws_url)
        for number in range(200):
            socket.send_text(str(number), timeout=5)
        assert [server.hears()[1] for _ in range(200)] == [b"%d" % number for number in range(200)]


def test_a_large_message_goes_out_in_as_many_pieces_as_it_takes(connect):
    payload = bytes(range(256)) * 32 * 1024
    with serve_raw(listening) as server:
        socket = connect(server.ws_url)
        socket.send(Message(Opcode.BINARY, payload), timeout=10)
        assert server.hears(10) == (BINARY, payload)


def test_a_message_that_nobody_takes_ends_at_the_deadline_and_the_stream_stays_whole(connect):
    payload = b"x" * 32 * 1024 * 1024

    async def script(connection):
        await connection.read_request()
        await connection.upgrade()
        connection.reader._transport.pause_reading()
        await connection.wait(connection.server.go)
        connection.reader._transport.resume_reading()
        while True:
            connection.tell(await connection.read_frame())

    with serve_raw(script) as server:
        socket = connect(server.ws_url)
        with pytest.raises(DeadlineError):
            socket.send(Message(Opcode.BINARY, payload), timeout=0.3)
        server.go.set()
        socket.send_text("after", timeout=20)
        assert server.hears(10) == (BINARY, payload)
        assert server.hears() == (TEXT, b"after")


def test_pings_are_answered_in_order_and_delivered(connect):
    async def script(connection):
        await connection.read_request()
        await connection.upgrade(frame(PING, b"one") + frame(PING, b"") + frame(PING, b"x" * 125))
        for _ in range(3):
            connection.tell(await connection.read_frame())

    with serve_raw(script) as server:
        socket = connect(server.ws_url)
        payloads = [b"one", b"", b"x" * 125]
        assert [socket.receive(5) for _ in range(3)] == [Message(Opcode.PING, payload) for payload in payloads]
        assert [server.hears() for _ in range(3)] == [(PONG, payload) for payload in payloads]


def test_closing_is_a_handshake(connect):
    with serve_raw(listening) as server:
        connect(server.ws_url).close(4000, "done", timeout=5)
        assert server.hears() == (CLOSE, b"\x0f\xa0done")
        assert server.gone.wait(5)


def test_closing_with_no_code_sends_an_empty_frame(connect):
    with serve_raw(listening) as server:
        connect(server.ws_url).close(None, timeout=5)
        assert server.hears() == (CLOSE, b"")


def test_closing_twice_sends_one_close_frame(connect):
    with serve_raw(listening) as server:
        socket = connect(server.ws_url)
        socket.close(timeout=5)
        socket.close(timeout=5)
        assert server.gone.wait(5)
        assert (server.hears(), server.told.empty()) == ((CLOSE, b"\x03\xe8"), True)


def test_closing_is_bounded_when_the_other_side_is_silent(connect):
    async def script(connection):
        await connection.read_request()
        await connection.upgrade()
        await connection.until_gone()

    with serve_raw(script) as server:
        socket = connect(server.ws_url)
        started = time.monotonic()
        socket.close(timeout=0.2)
        assert 0.15 < time.monotonic() - started < 6
        assert server.gone.wait(5)


def test_closing_is_bounded_when_the_other_side_keeps_talking(connect):
    async def script(connection):
        await connection.read_request()
        await connection.upgrade()
        while True:
            await connection.send(frame(TEXT, b"blah") * 100)

    with serve_raw(script) as server:
        socket = connect(server.ws_url)
        started = time.monotonic()
        socket.close(timeout=0.2)
        assert time.monotonic() - started < 6
        assert server.gone.wait(5)


def test_closing_is_bounded_when_the_other_side_does_not_read(connect):
    async def script(connection):
        await connection.read_request()
        await connection.upgrade()
        connection.reader._transport.pause_reading()
        await connection.wait(connection.server.go)

    with serve_raw(script) as server:
        socket = connect(server.ws_url)
        with pytest.raises(DeadlineError):
            socket.send(Message(Opcode.BINARY, b"x" * 32 * 1024 * 1024), timeout=0.1)
        started = time.monotonic()
        socket.close(timeout=0.2)
        assert time.monotonic() - started < 6


def test_an_aborted_socket_has_ended(connect):
    with serve_raw(listening) as server:
        socket = connect(server.ws_url)
        socket.abort()
        socket.abort()
        for use in (lambda: socket.receive(1), lambda: socket.send_text("?", timeout=1)):
            with pytest.raises(SocketEndedError) as caught:
                use()
            assert caught.value.ended == Ended("eof")
        assert server.gone.wait(5)


def test_sending_on_a_broken_connection_says_that_it_ended(connect):
    async def script(connection):
        await connection.read_request()
        await connection.upgrade()
        connection.reset()

    with serve_raw(script) as server:
        socket = connect(server.ws_url)
        assert server.gone.wait(5)
        with pytest.raises(SocketEndedError):  # noqa: PT012  # the kernel takes the first ones
            for _ in range(100):
                socket.send(Message(Opcode.BINARY, b"x" * 100_000), timeout=1)


def test_a_flood_of_pings_by_one_who_does_not_read_blocks_nothing(connect):
    async def script(connection):
        await connection.read_request()
        await connection.upgrade()
        connection.reader._transport.pause_reading()
        for _ in range(20):
            await connection.send(frame(PING, b"p" * 125) * 1000)
        await connection.send(frame(TEXT, b"END"))
        await connection.wait(connection.server.go)

    with serve_raw(script) as server:
        socket = connect(server.ws_url)
        started = time.monotonic()
        while socket.receive(10).data != b"END":
            pass
        assert time.monotonic() - started < 45
        server.go.set()
