"""``wiretape record`` killed in the middle of many streams: what was recovered was sent, in order, once, and nothing is lost."""

import asyncio
import itertools
import random
import re
from collections import defaultdict

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidHandshake, InvalidMessage

from fake_server import serve
from fake_server.stage import Accept, Response
from harness.cassette.store import load
from harness.cli.main import main
from harness.record.state_dir import journals
from provider.websocket import Ended, Message, Opcode
from tests.support.clients.command_line import recorder

KILLS = 15
"""Of each kind of recorder: 30 in all."""
SOCKETS, BODIES = 6, 2
BURST = 5
"""Messages that come together."""


class Numbering:
    """A service that numbers what it sends on each path, sockets and bodies alike, and keeps what it receives."""

    def __init__(self):
        self.sent = defaultdict(int)
        self.received = defaultdict(list)

    async def handle(self, request):
        if request.upgrade:
            return Accept(run=lambda socket: self._run(socket, request.path))
        return Response(headers=(("content-type", "text/event-stream"),), body=self._body(request.path))

    async def close(self):
        pass

    def _next(self, path):
        self.sent[path] += 1
        return b'{"number":%d}' % (self.sent[path] - 1)

    async def _run(self, socket, path):
        while True:
            for _ in range(BURST):
                await socket.send(Message(Opcode.TEXT, self._next(path)))
            while (came := await socket.poll(0.001)) is not None:
                if isinstance(came, Ended):
                    return
                self.received[path].append(number_in(came.data))

    async def _body(self, path):
        while True:
            yield b"".join(b"data: %s\n\n" % self._next(path) for _ in range(BURST))
            await asyncio.sleep(0.001)


def number_in(data):
    return int(re.search(rb'"number":(\d+)', data)[1])


async def talk(address, path, seen):
    """Read a socket until it is cut, and answer each message with its number."""
    try:
        async with connect(f"ws://{address}{path}", compression=None) as client:
            async for message in client:
                seen[path].append(number_in(message.encode()))
                await client.send(message)
    except (OSError, ConnectionClosedError, InvalidHandshake, InvalidMessage):
        pass  # the recorder is dead


async def listen(address, path, seen):
    """Read an endless body until it is cut."""
    host, port = address.split(":")
    try:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"data: ") and line.endswith(b"\n"):
                seen[path].append(number_in(line))
        writer.close()
    except OSError:
        pass  # the recorder is dead


async def killed(process, address, after, moment):
    """Kill a recorder at once, or under load a moment after so many messages; what the clients had received by then."""
    seen = defaultdict(list)

    async def kill():
        while sum(map(len, seen.values())) < after:  # noqa: ASYNC110  # eight lists grow
            await asyncio.sleep(0.001)
        await asyncio.sleep(moment)
        process.kill()

    clients = [talk(address, f"/socket/{number}", seen) for number in range(SOCKETS)]
    clients += [listen(address, f"/body/{number}", seen) for number in range(BODIES)]
    async with asyncio.timeout(30):
        await asyncio.gather(kill(), *clients)
    return seen


def recovered(state, place):
    """Path -> the numbers that the journal has, from the service and from the client."""
    (left,) = journals(state)
    code = main(["recover", str(left.path)])
    assert not journals(state)
    if not place.exists():
        assert code == 0, code  # no exchange had begun
        return {}, {}
    assert code == 0
    sent, answered = {}, {}
    for each in load(place).exchanges:
        if isinstance(lines := getattr(each, "messages", None), tuple):
            answered[each.target] = [number_in(line.data) for line in lines if line.direction == ">" and line.data]
        else:
            lines = (each.response and each.response.stream) or ()
        sent[each.target] = [number_in(line.data) for line in lines if line.direction == "<" and line.data]
    return sent, answered


def is_beginning(numbers, least, most):
    """Whether numbers are 0, 1, 2 and so on, at least so many and at most so many."""
    return numbers == list(range(len(numbers))) and least <= len(numbers) <= most


@pytest.mark.long
@pytest.mark.parametrize(("durable", "latest"), [(False, 4000), (True, 1000)], ids=["plain", "durable"])
def test_recorder_killed_under_load_lost_nothing_and_made_nothing_up(tmp_path, monkeypatch, durable, latest):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    chance, messages = random.Random(f"load {durable}"), 0
    for number in range(KILLS):
        after = chance.randrange(latest) if number else 0
        place, service = tmp_path / f"{number}.yaml", Numbering()
        with serve(service) as server, recorder(place, server.url, durable=durable) as process:
            address = process.stderr.readline().split(" at http://")[1].split()[0]
            seen = asyncio.run(killed(process, address, after, chance.uniform(0, 0.02)))
        sent, answered = recovered(tmp_path / "state" / "wiretape", place)
        for path in {*service.sent, *seen, *sent}:
            assert is_beginning(sent.get(path, []), len(seen[path]), service.sent[path]), path
        for path in {*service.received, *answered}:
            assert is_beginning(answered.get(path, []), len(service.received[path]), len(seen[path])), path
        messages += sum(len(each) for each in itertools.chain(sent.values(), answered.values()))
    assert messages > KILLS * 50
