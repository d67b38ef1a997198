"""The parts by themselves: heads, cookies, outgoing frames, errors; and that no cut of a stream changes a message."""

import copy
import pickle
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provider.transport.cookies import CookieStore
from provider.transport.errors import (
    BrokenConnectionError,
    ConnectError,
    DeadlineError,
    MissingCurlError,
    ProtocolError,
    SocketEndedError,
    TooLargeError,
    TransportError,
    UpgradeRefusedError,
    place_of,
    translate,
)
from provider.transport.frames import PONG, FrameWriter, MessageReader
from provider.transport.response import Head
from provider.transport.sync_transport import SyncTransport
from provider.transport.types import Settings
from provider.websocket import Ended, Message, Opcode
from tests.support.servers.raw_server import BINARY, PING, TEXT, frame, serve_raw


class Narrow:
    """What `FrameWriter` needs of a curl handle: takes as many bytes as the next number says, or none at all."""

    def __init__(self, room):
        self._room = iter(room)
        self.frames = []
        self._left = None

    def ws_send(self, payload, flags):
        room = next(self._room, len(payload))
        if room == 0 and len(payload):
            raise OSError_with_code(81)
        if self._left is None:
            self.frames.append((flags, b""))
            self._left = len(payload)
        assert self._left == len(payload), "a frame was begun inside another"
        taken = min(room, len(payload))
        self.frames[-1] = (flags, self.frames[-1][1] + bytes(payload[:taken]))
        self._left = self._left - taken or None
        return taken


class Flooded:
    """What `MessageReader` needs of a curl handle: there is always one more pong, and each read takes its time."""

    def __init__(self):
        self.seconds = 0.0

    def ws_recv(self):
        self.seconds += 0.005
        return b"x", SimpleNamespace(flags=PONG, bytesleft=0)


def test_reader_looks_at_its_deadline_often_though_another_thread_holds_up_each_read():
    curl = Flooded()
    assert MessageReader(curl, max_message_bytes=1000).drain()
    assert curl.seconds < 0.5


def OSError_with_code(code):  # noqa: N802
    error = OSError("curl")
    error.code = code
    return error


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=20)), st.lists(st.integers(0, 7)))
def test_frames_go_out_whole_and_in_order_whatever_the_room(payloads, room):
    narrow = Narrow(room)
    outgoing = FrameWriter(narrow)
    for payload in payloads:
        outgoing.put(payload, TEXT)
        outgoing.flush()
    while not outgoing.flush():
        pass
    assert narrow.frames == [(TEXT, payload) for payload in payloads]


def test_only_the_newest_of_the_pongs_that_wait_goes_out():
    narrow = Narrow([2, 0, 0, 0, 0])
    outgoing = FrameWriter(narrow)
    outgoing.put(b"message", TEXT)
    for payload in (b"1", b"2", b"3"):
        outgoing.flush()
        outgoing.put_pong(payload)
    while not outgoing.flush():
        pass
    assert narrow.frames == [(TEXT, b"message"), (64, b"3")]


def test_a_pong_that_has_begun_is_finished():
    narrow = Narrow([1, 0])
    outgoing = FrameWriter(narrow)
    outgoing.put_pong(b"first")
    outgoing.flush()
    outgoing.put_pong(b"second")
    outgoing.flush()
    assert narrow.frames == [(64, b"first"), (64, b"second")]


def test_a_send_that_fails_says_that_the_socket_ended():
    class Broken:
        def ws_send(self, payload, flags):
            raise OSError_with_code(55)

    outgoing = FrameWriter(Broken())
    outgoing.put(b"x", TEXT)
    with pytest.raises(SocketEndedError):
        outgoing.flush()


SMALL = st.binary(max_size=300)
STREAM = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([TEXT, BINARY, PING]), st.lists(st.binary(max_size=100), min_size=1, max_size=1)),
        st.tuples(st.sampled_from([TEXT, BINARY]), st.lists(SMALL, min_size=2, max_size=4)),
    ),
    min_size=1,
    max_size=12,
)


def _frames(opcode, parts):
    last = len(parts) - 1
    return b"".join(frame(opcode if n == 0 else 0, part, fin=n == last) for n, part in enumerate(parts))


def _message(opcode, parts):
    sizes = tuple(len(part) for part in parts) if len(parts) > 1 else ()
    return Message(Opcode(opcode), b"".join(parts), sizes)


@settings(max_examples=40, deadline=None)
@given(STREAM, st.lists(st.integers(1, 50), max_size=30))
def test_any_cut_of_the_stream_gives_the_same_messages(messages, cuts):
    stream = b"".join(_frames(*message) for message in messages)

    async def script(connection):
        await connection.read_request()
        await connection.upgrade()
        start = 0
        for size in cuts:
            await connection.send(stream[start : start + size])
            start += size
        await connection.send(stream[start:])
        await connection.until_gone()

    with serve_raw(script) as server, SyncTransport(Settings(impersonate=None, trust_environment=False)) as client:
        socket = client.connect(server.ws_url, timeout=5)
        try:
            assert [socket.receive(5) for _ in messages] == [_message(*message) for message in messages]
        finally:
            socket.abort()


@given(st.lists(st.binary(max_size=60)))
def test_a_head_takes_any_line(lines):
    head = Head()
    for line in lines:
        assert head.add(line) == len(line)
    assert all(name == name.lower() for name, _ in head.headers)


@pytest.mark.parametrize("line", [b"HTTP/1.1 \xb2\xb2\xb2 x", b"HTTP/1.1", b"HTTP/1.1 abc", b"HTTP/1.1  "])
def test_a_status_that_is_no_number_is_none(line):
    head = Head()
    head.add(line)
    head.add(b"\r\n")
    assert (head.status, head.complete) == (0, False)


def test_a_cookie_that_nobody_changed_does_not_undo_a_newer_one():
    store = CookieStore()
    store.add("http://a.example", {"x": "1"})
    early = list(store.lines())
    store.learn(early, [b"a.example\tFALSE\t/\tFALSE\t0\tx\t2"])
    store.learn(early, early)
    assert list(store.lines()) == [b"a.example\tFALSE\t/\tFALSE\t0\tx\t2"]


def test_a_cookie_that_is_gone_after_an_answer_is_forgotten():
    store = CookieStore()
    store.add("http://a.example", {"x": "1", "y": "2"})
    given_lines = list(store.lines())
    store.learn(given_lines, given_lines[:1])
    assert list(store.lines()) == given_lines[:1]


@pytest.mark.parametrize(
    ("code", "kind"),
    [(6, ConnectError), (7, ConnectError), (28, DeadlineError), (18, BrokenConnectionError), (8, ProtocolError)],
)
def test_each_kind_of_curl_error_is_one_of_ours(code, kind):
    error = OSError(f"Failed to perform, curl: ({code}) it broke at https://x/?q=1. See https://curl.se/ for more")
    error.code = code
    ours = translate(error, "https://user:secret@host.example/path?q=1")
    assert type(ours) is kind
    assert str(ours) == "host.example:443: it broke at .."


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (56, "Too many response headers, 5000 is max", TooLargeError),
        (56, "Too large response headers: 307204 > 307200", TooLargeError),
        (100, "", TooLargeError),
        (43, "pause buffer not large enough -> CURLE_TOO_LARGE", TooLargeError),
        (1, "Received HTTP/0.9 when not allowed", ProtocolError),
        (1, "Unsupported HTTP version in response", ProtocolError),
        (1, "Unsupported response code in HTTP response", ProtocolError),
        (56, "chunk hex-length longer than 16", ProtocolError),
    ],
)
def test_response_that_curl_refuses_is_no_broken_connection(code, text, kind):
    error = OSError(f"Failed to perform, curl: ({code}) {text}. See https://curl.se/ for more")
    error.code = code
    ours = translate(error, "https://host.example/path?q=1")
    assert type(ours) is kind
    assert str(ours).removeprefix("host.example:443: ") == (
        text or "the response has a header that is larger than libcurl accepts"
    )


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("wss://h.example/x?token=1", "h.example:443"),
        ("ws://u:p@h.example:81/", "h.example:81"),
        ("http://h:99999/?secret", "a URL without a proper host and port"),
        ("http://[::1/?secret", "a URL without a proper host and port"),
    ],
)
def test_a_place_is_host_and_port_and_nothing_else(url, place):
    assert place_of(url) == place


@pytest.mark.parametrize(
    "error",
    [
        TransportError("x"),
        MissingCurlError("x"),
        ConnectError("x", tls=True),
        DeadlineError("x"),
        BrokenConnectionError("x"),
        ProtocolError("x"),
        TooLargeError("x"),
        UpgradeRefusedError(429, (("retry-after", "7"),)),
        SocketEndedError(Ended("close", 1011, "why")),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_survives_copy_and_pickle(error):
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (type(twin), str(twin), vars(twin)) == (type(error), str(error), vars(error))
