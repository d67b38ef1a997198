"""What a server can do to a socket, on both transports: nothing received is lost, and the end is told as it was."""

import asyncio

import pytest

from provider.transport.errors import DeadlineError, ProtocolError, SocketEndedError, TooLargeError
from provider.websocket import Ended, Message, Opcode
from tests.support.servers.raw_server import BINARY, CLOSE, PING, PONG, TEXT, frame, serve_raw

END = frame(TEXT, b"END")
TEN = b"".join(frame(TEXT, b"message %d" % n) for n in range(10))
TEN_MESSAGES = [Message(Opcode.TEXT, b"message %d" % n) for n in range(10)]
THOUSAND = b"".join(frame(TEXT, b"%d" % n) for n in range(1000))
THOUSAND_MESSAGES = [Message(Opcode.TEXT, b"%d" % n) for n in range(1000)]
HALF = frame(TEXT, b"x" * 100)[:40]
BIG = b"a" * 300_000
HUGE = b"h" * 20 * 1024 * 1024
BYE = frame(CLOSE, b"\x03\xe8bye")


def text(payload, *frames):
    return Message(Opcode.TEXT, payload, frames)


def closes(payload):
    return [frame(CLOSE, payload), "close"]


FRAGMENTS = [frame(TEXT, b"aaa", fin=False), frame(0, b"bbb", fin=False), frame(0, b"ccc")]
WHOLE = [
    ("three fragments apart", [FRAGMENTS[0], 0.05, FRAGMENTS[1], 0.05, FRAGMENTS[2]], [text(b"aaabbbccc", 3, 3, 3)]),
    ("three fragments in one segment", [b"".join(FRAGMENTS)], [text(b"aaabbbccc", 3, 3, 3)]),
    (
        "three large fragments",
        [frame(TEXT, BIG, fin=False) + frame(0, BIG, fin=False) + frame(0, BIG)],
        [text(BIG * 3, 300_000, 300_000, 300_000)],
    ),
    (
        "empty first and last fragment",
        [frame(TEXT, b"", fin=False) + frame(0, b"mid", fin=False) + frame(0, b"")],
        [text(b"mid", 0, 3, 0)],
    ),
    (
        "ping between fragments",
        [FRAGMENTS[0] + frame(PING, b"p") + frame(0, b"ccc")],
        [Message(Opcode.PING, b"p"), text(b"aaaccc", 3, 3)],
    ),
    (
        "binary fragments",
        [frame(BINARY, b"\0", fin=False) + frame(0, b"\xff")],
        [Message(Opcode.BINARY, b"\0\xff", (1, 1))],
    ),
    ("an empty message", [frame(TEXT, b"")], [text(b"")]),
    ("an empty binary message", [frame(BINARY, b"")], [Message(Opcode.BINARY, b"")]),
    ("empty fragments only", [frame(TEXT, b"", fin=False) + frame(0, b"")], [text(b"", 0, 0)]),
    ("1 MiB", [frame(TEXT, b"m" * 1024 * 1024)], [text(b"m" * 1024 * 1024)]),
    ("20 MiB", [frame(TEXT, HUGE)], [text(HUGE)]),
    ("invalid UTF-8", [frame(TEXT, b"\xff\xfe")], [text(b"\xff\xfe")]),
    ("an unasked pong", [frame(PONG, b"beat")], [Message(Opcode.PONG, b"beat")]),
    ("one byte at a time", [bytes([byte]) for byte in frame(TEXT, b"slow")], [text(b"slow")]),
]


def plays(steps):
    """A script: the upgrade, then bytes; a number waits so many seconds, a word ends the connection."""

    async def script(connection):
        await connection.read_request()
        await connection.upgrade()
        for step in steps:
            if isinstance(step, float):
                await asyncio.sleep(step)
            elif step == "fin":
                connection.fin()
            elif step == "reset":
                connection.reset()
            elif step == "close":
                connection.tell(await connection.read_frame())
            else:
                await connection.send(step)
        connection.tell("played")
        if steps[-1] != "fin" and steps[-1] != "reset":
            await connection.until_gone()

    return script


@pytest.mark.parametrize(("steps", "messages"), [row[1:] for row in WHOLE], ids=[row[0] for row in WHOLE])
def test_messages_arrive_whole_whatever_their_frames(connect, steps, messages):
    with serve_raw(plays([*steps, END])) as server:
        socket = connect(server.ws_url)
        assert [socket.receive(5) for _ in (*messages, END)] == [*messages, text(b"END")]


ENDINGS = [
    ("half a frame then reset", [TEN + HALF, 0.2, "reset"], TEN_MESSAGES, Ended("reset")),
    ("reset at once", [TEN, "reset"], TEN_MESSAGES, Ended("reset")),
    ("half a frame then FIN", [TEN + HALF, "fin"], TEN_MESSAGES, Ended("eof")),
    ("FIN without close frame", [TEN, "fin"], TEN_MESSAGES, Ended("eof")),
    ("close 1011", [TEN, *closes(b"\x03\xf3server exploded")], TEN_MESSAGES, Ended("close", 1011, "server exploded")),
    ("close without code", [TEN, *closes(b"")], TEN_MESSAGES, Ended("close")),
    ("1000 messages and close", [THOUSAND, *closes(b"\x03\xe8bye")], THOUSAND_MESSAGES, Ended("close", 1000, "bye")),
    ("close reason that is not UTF-8", [TEN, *closes(b"\x03\xe8\xff")], TEN_MESSAGES, Ended("close", 1000, "\ufffd")),
    ("1000 messages then reset", [THOUSAND, 0.2, "reset"], THOUSAND_MESSAGES, Ended("reset")),
]


@pytest.mark.parametrize("late", [False, True], ids=["eager", "late"])
@pytest.mark.parametrize(("steps", "messages", "ended"), [row[1:] for row in ENDINGS], ids=[row[0] for row in ENDINGS])
def test_messages_before_an_end_are_delivered_first(connect, receive_all, steps, messages, ended, late):
    with serve_raw(plays(steps)) as server:
        socket = connect(server.ws_url)
        if late and "close" not in steps:
            assert server.hears() == "played"
        received, error = receive_all(socket)
        assert received == messages
        assert isinstance(error, SocketEndedError)
        assert error.ended == ended


BREACHES = [
    ("close code 999", closes(b"\x03\xe7")),
    ("close code 1005", closes(b"\x03\xed")),
    ("opcode 3", [frame(3, b"?")]),
    ("reserved bit", [frame(TEXT, b"?", rsv=4)]),
    ("masked frame", [frame(TEXT, b"?", mask=b"abcd")]),
    ("close payload of one byte", [frame(CLOSE, b"\x03")]),
    ("ping of 126 bytes", [frame(PING, b"p" * 126)]),
    ("fragmented ping", [frame(PING, b"p", fin=False)]),
    ("continuation of nothing", [frame(0, b"?")]),
    ("new message inside another", [frame(TEXT, b"a", fin=False) + frame(TEXT, b"b")]),
]


@pytest.mark.parametrize("steps", [row[1] for row in BREACHES], ids=[row[0] for row in BREACHES])
def test_messages_before_a_breach_of_protocol_are_delivered_first(connect, receive_all, steps):
    with serve_raw(plays([TEN, *[step for step in steps if step != "close"]])) as server:
        received, error = receive_all(connect(server.ws_url))
        assert received[:10] == TEN_MESSAGES
        assert [message for message in received[10:] if message.opcode <= Opcode.BINARY] == []
        assert isinstance(error, ProtocolError)


def test_silence_ends_a_receive_at_its_deadline_and_leaves_the_socket_usable(connect):
    async def script(connection):
        await connection.read_request()
        await connection.upgrade(TEN)
        await connection.wait(connection.server.go)
        await connection.send(END)
        await connection.until_gone()

    with serve_raw(script) as server:
        socket = connect(server.ws_url)
        assert [socket.receive(5) for _ in range(10)] == TEN_MESSAGES
        with pytest.raises(DeadlineError):
            socket.receive(0.2)
        server.go.set()
        assert socket.receive(5).data == b"END"


def test_the_connect_timeout_does_not_end_an_open_socket(connect):
    with serve_raw(plays([1.5, END])) as server:
        assert connect(server.ws_url, timeout=0.5).receive(5).data == b"END"


def test_an_end_is_told_again_at_every_later_call(connect, receive_all):
    with serve_raw(plays([BYE, "close"])) as server:
        socket = connect(server.ws_url)
        first, second = receive_all(socket)[1], receive_all(socket)[1]
        assert (first.ended, second.ended) == (Ended("close", 1000, "bye"),) * 2


def test_sending_after_the_end_says_that_it_ended(connect, receive_all):
    with serve_raw(plays([BYE, "close"])) as server:
        socket = connect(server.ws_url)
        receive_all(socket)
        with pytest.raises(SocketEndedError):
            socket.send_text("too late", timeout=1)


@pytest.mark.parametrize(("payload", "code"), [(b"\x03\xf3why", b"\x03\xf3"), (b"", b"")])
def test_a_close_frame_is_answered_with_its_code(connect, receive_all, payload, code):
    with serve_raw(plays(closes(payload))) as server:
        receive_all(connect(server.ws_url))
        assert server.hears() == (CLOSE, code)


@pytest.mark.parametrize("payload", [b"\x03\xe7", b"\x03"])
def test_an_invalid_close_frame_is_answered_with_1002(connect, receive_all, payload):
    with serve_raw(plays(closes(payload))) as server:
        receive_all(connect(server.ws_url))
        assert server.hears() == (CLOSE, b"\x03\xea")


@pytest.mark.parametrize(
    "frames",
    [
        [frame(TEXT, b"x" * 2000)],
        [frame(TEXT, b"x" * 900, fin=False) + frame(0, b"x" * 900)],
        [frame(TEXT, b"x" * 500_000)],
        [b"\x81\x7f" + (1 << 40).to_bytes(8, "big") + b"x"],
        [frame(TEXT, fin=False) + frame(0, fin=False) * 250_000],
    ],
    ids=["one frame", "fragments", "large", "announced only", "empty fragments without end"],
)
def test_a_message_over_the_limit_fails_the_socket_after_those_before_it(connect, receive_all, frames):
    with serve_raw(plays([TEN, *frames, "close"])) as server:
        received, error = receive_all(connect(server.ws_url, max_message_bytes=1000))
        assert received == TEN_MESSAGES
        assert isinstance(error, TooLargeError)
        opcode, payload = server.hears()
        assert (opcode, payload[:2]) == (CLOSE, b"\x03\xf1")


def test_a_message_at_the_limit_is_taken(connect):
    with serve_raw(plays([frame(TEXT, b"x" * 500, fin=False) + frame(0, b"x" * 500)])) as server:
        assert len(connect(server.ws_url, max_message_bytes=1000).receive(5).data) == 1000
