import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fake_server.stage import Accept, Response
from harness.cassette.model import Line
from harness.relay.limits import RelayLimits
from provider.websocket import Ended, Message, Opcode


def talking(run, **options):
    return lambda _: Accept(run=run, **options)


def text(data, frames=()):
    return Message(Opcode.TEXT, data, frames)


async def echo(socket):
    while not isinstance(got := await socket.receive(), Ended):
        if got.opcode in (Opcode.TEXT, Opcode.BINARY):
            await socket.send(got)


def told(socket, *, controls=False):
    """A transcript without its times."""
    return [
        (line.direction, line.kind, line.data)
        for line in socket.messages
        if controls or line.kind not in {"ping", "pong"}
    ]


async def test_messages_pass_both_ways_and_are_recorded(relay):
    relayed = await relay(talking(echo))
    async with connect(f"{relayed.ws_url}/chat?api-version=2") as client:
        await client.send('{"event":"send"}')
        assert await client.recv() == '{"event":"send"}'
        await client.send(b"\x00\xff")
        assert await client.recv() == b"\x00\xff"
    (socket,) = await relayed.exchanges()
    assert (socket.target, socket.response.status) == ("/chat?api-version=2", 101)
    assert told(socket)[:5] == [
        (">", "text", b'{"event":"send"}'),
        ("<", "text", b'{"event":"send"}'),
        (">", "binary", b"\x00\xff"),
        ("<", "binary", b"\x00\xff"),
        (">", "close", b""),
    ]


async def test_service_may_speak_first(relay):
    async def greet(socket):
        await socket.send(text(b'{"event":"connected"}'))
        await socket.receive()

    relayed = await relay(talking(greet))
    async with connect(relayed.ws_url) as client:
        assert await client.recv() == '{"event":"connected"}'


async def test_fragments_keep_their_sizes(relay):
    async def run(socket):
        await socket.send(text(b"abcdefg", (3, 4)))
        await socket.receive()

    relayed = await relay(talking(run))
    async with connect(relayed.ws_url) as client:
        assert [piece async for piece in client.recv_streaming()] == ["abc", "defg"]
        await client.send(["xy", "z"])
    (socket,) = await relayed.exchanges()
    frames = {line.data: line.frames for line in socket.messages}
    assert frames[b"abcdefg"] == (3, 4)
    assert frames[b"xyz"][:2] == (2, 1)


async def test_ping_of_the_service_is_seen_and_answered(relay):
    answered = asyncio.Event()

    async def run(socket):
        await socket.send(Message(Opcode.PING, b"hi"))
        while not isinstance(got := await socket.receive(), Ended):
            if got == Message(Opcode.PONG, b"hi"):
                answered.set()

    relayed = await relay(talking(run))
    async with asyncio.timeout(60), connect(relayed.ws_url):
        await answered.wait()
    (socket,) = await relayed.exchanges()
    assert ("<", "ping", b"hi") in told(socket, controls=True)


async def test_ping_of_the_client_is_passed_on(relay):
    seen = asyncio.Queue()

    async def run(socket):
        await seen.put(await socket.receive())

    relayed = await relay(talking(run))
    async with asyncio.timeout(60), connect(relayed.ws_url, ping_interval=None) as client:
        await (await client.ping(b"ho"))
        assert await seen.get() == Message(Opcode.PING, b"ho")


@pytest.mark.parametrize(("code", "reason"), [(1000, "bye"), (1011, "server exploded"), (4004, "")])
async def test_close_of_the_service_reaches_the_client(relay, code, reason):
    async def run(socket):
        await socket.send(text(b"last"))
        await socket.close(code, reason)

    relayed = await relay(talking(run))
    async with connect(relayed.ws_url) as client:
        assert await client.recv() == "last"
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (code, reason)
    (socket,) = await relayed.exchanges()
    ends = [line for line in socket.messages if line.kind == "close"]
    assert (ends[0].direction, ends[0].code, ends[0].data) == ("<", code, reason.encode())
    assert (ends[1].direction, ends[1].code) == (">", code)


async def test_close_of_the_client_reaches_the_service(relay):
    ended = asyncio.Queue()

    async def run(socket):
        await ended.put(await socket.receive())

    relayed = await relay(talking(run))
    async with asyncio.timeout(60):
        async with connect(relayed.ws_url) as client:
            await client.close(4001, "enough")
        assert await ended.get() == Ended("close", 4001, "enough")
    (socket,) = await relayed.exchanges()
    assert [(line.direction, line.kind, line.code) for line in socket.messages] == [
        (">", "close", 4001),
        ("<", "close", 4001),
    ]


@pytest.mark.parametrize("how", ["eof", "reset"])
async def test_end_of_the_service_without_a_close_frame_is_an_end_for_the_client(relay, how):
    async def run(socket):
        await socket.send(text(b"last"))
        await socket.receive()
        await socket.abort(how)

    relayed = await relay(talking(run))
    async with connect(relayed.ws_url) as client:
        assert await client.recv() == "last"
        await client.send("go")
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
    assert closed.value.rcvd is None
    (socket,) = await relayed.exchanges()
    assert told(socket) == [("<", "text", b"last"), (">", "text", b"go"), ("<", how, b"")]


async def test_client_that_vanishes_is_recorded_and_the_service_told(relay):
    ended = asyncio.Queue()

    async def run(socket):
        await socket.send(text(b"hello"))
        await ended.put(await socket.receive())

    relayed = await relay(talking(run))
    async with asyncio.timeout(60):
        client = await connect(relayed.ws_url)
        await client.recv()
        client.transport.abort()
        assert (await ended.get()).how in {"eof", "reset"}
        await client.wait_closed()
    (socket,) = await relayed.exchanges()
    assert [(line.direction, line.kind) for line in socket.messages] in (
        [("<", "text"), (">", "eof")],
        [("<", "text"), (">", "reset")],
    )


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_upgrade_refused_to_a_browsers_look_passes_with_status_and_headers(relay, status):
    headers = (("retry-after", "7"), ("content-type", "application/json"))
    service = lambda _: Response(status=status, headers=headers, body=b'{"a":1}')  # noqa: E731
    relayed = await relay(service, impersonate="chrome")
    with pytest.raises(InvalidStatus) as refused:
        await connect(relayed.ws_url)
    assert refused.value.response.status_code == status
    assert refused.value.response.headers["retry-after"] == "7"
    assert refused.value.response.headers["x-wiretape-note"] == "refused-body-not-visible"
    (socket,) = await relayed.exchanges()
    assert (socket.response.status, socket.messages) == (status, ())
    assert ("retry-after", "7") in socket.response.headers


async def test_unreachable_service_refuses_the_upgrade_with_502(relay):
    relayed = await relay(talking(echo))
    await relayed.upstream.aclose()
    with pytest.raises(InvalidStatus) as refused:
        await connect(relayed.ws_url)
    assert refused.value.response.status_code == 502
    (socket,) = await relayed.exchanges()
    assert (socket.response, socket.aborted.by) == (None, "server")


async def test_two_sockets_at_once_stay_apart(relay):
    relayed = await relay(talking(echo))
    async with connect(f"{relayed.ws_url}/1") as one, connect(f"{relayed.ws_url}/2") as two:
        await two.send("two")
        await one.send("one")
        assert (await one.recv(), await two.recv()) == ("one", "two")
    first, second = await relayed.exchanges()
    assert told(first)[:2] == [(">", "text", b"one"), ("<", "text", b"one")]
    assert told(second)[:2] == [(">", "text", b"two"), ("<", "text", b"two")]


async def test_urls_in_messages_are_mapped_both_ways_and_recorded_as_the_services(relay):
    relayed = await relay(talking(echo))
    here = f"http://127.0.0.1:{relayed.port}"
    async with connect(relayed.ws_url) as client:
        await client.send(f'{{"u":"{here}/x"}}')
        assert await client.recv() == f'{{"u":"{here}/x"}}'
    (socket,) = await relayed.exchanges()
    assert told(socket)[0] == (">", "text", b'{"u":"https://service.test/x"}')
    assert told(socket)[1] == ("<", "text", b'{"u":"https://service.test/x"}')


async def test_origin_and_subprotocol_pass(relay):
    relayed = await relay(talking(echo, headers=(("sec-websocket-protocol", "chat"),)))
    origin = f"http://127.0.0.1:{relayed.port}"
    async with connect(relayed.ws_url, origin=origin, subprotocols=["chat"]) as client:
        assert client.subprotocol == "chat"
    (seen,) = relayed.service.requests
    assert (seen.header("origin"), seen.header("sec-websocket-protocol")) == (relayed.upstream.url, "chat")


async def test_secret_in_url_and_message_is_recorded_as_its_placeholder(relay):
    relayed = await relay(talking(echo))
    async with connect(f"{relayed.ws_url}/chat?access_token=q7Zk3vX9pLw2RtY8") as client:
        await client.send('{"note":"q7Zk3vX9pLw2RtY8"}')
        assert await client.recv() == '{"note":"q7Zk3vX9pLw2RtY8"}'
    (socket,) = await relayed.exchanges()
    assert socket.target == "/chat?access_token=wiretape-token-1"
    assert told(socket)[1] == ("<", "text", b'{"note":"wiretape-token-1"}')


async def test_closing_the_relay_cuts_an_open_socket(relay):
    relayed = await relay(talking(echo))
    async with connect(relayed.ws_url) as client:
        await client.send("x")
        await client.recv()
        (socket,) = await relayed.exchanges()
    assert socket.messages[-1] == Line("!", socket.messages[-1].time, "cut")


async def test_silent_service_ends_the_socket_in_time(relay):
    relayed = await relay(talking(echo), limits=RelayLimits(idle=0.2))
    async with connect(relayed.ws_url) as client:
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
    assert closed.value.rcvd.code == 1001
    (socket,) = await relayed.exchanges()
    assert ("!", "cut", b"") in told(socket)


async def test_slow_client_stops_neither_direction(relay):
    """The service floods a client that does not read, and still hears what the client says."""
    heard = asyncio.Event()

    async def flood(socket):
        async def send():
            for _ in range(400):
                await socket.send(text(b"x" * 65536))

        sending = asyncio.create_task(send())
        got = await socket.receive()
        assert got.data == b"still here"
        heard.set()
        await sending

    relayed = await relay(talking(flood))
    async with asyncio.timeout(60), connect(relayed.ws_url, max_queue=1) as client:
        await client.send("still here")
        await heard.wait()
        sizes = [len(message) async for message in client]
    assert sizes == [65536] * 400
