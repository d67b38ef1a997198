"""The client of a plan: runs all its tasks at once, over real sockets, and notes all that it sees."""

from __future__ import annotations

import asyncio
import gzip
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import aiohttp

from tests.identity import framing
from tests.identity.feeding import feed
from tests.identity.plan import Burst, Call, Channel, Feed, Field, Plan, Step, Task, Turn, Value, Visit
from tests.identity.values import Memory, Session, letters

PATIENCE = 20.0
"""Seconds until a client gives up to wait for anything."""
_BEAT = 0.004
"""Seconds between two heartbeats that show by their look what they are; others are told by their even intervals."""
_SLOW_BEAT = 0.04
_UNSEEN = frozenset({"date", "expires", "content-length", "transfer-encoding", "connection", "server", "keep-alive"})
"""Headers that are no part of what is compared: times that move, and framing."""
_COOKIE_TIME = re.compile(r"; Expires=[^;]*", re.IGNORECASE)
_ENDS = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


@dataclass(frozen=True)
class Way:
    """How a client gets to its service: through which proxy, and whom it trusts."""

    proxy: str | None = None
    trusted: ssl.SSLContext | None = None


STRAIGHT = Way()


async def run(plan: Plan, url: str, session: Session, way: Way = STRAIGHT) -> list[list[str]]:
    """Run all tasks at once, begun in an order that chance decides.

    Returns:
        What each task saw, with names in the places of this run's values.
    """
    memories = [Memory(session, number) for number in range(len(plan.tasks))]
    tasks = [Runner(plan, url, memory, way).run(task) for memory, task in zip(memories, plan.tasks, strict=True)]
    session.chance.shuffle(tasks)
    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(task)
    return [memory.log() for memory in memories]


class Runner:
    """One task."""

    def __init__(self, plan: Plan, url: str, memory: Memory, way: Way) -> None:
        self._plan = plan
        self._url = url
        self._memory = memory
        self._way = way

    async def run(self, task: Task) -> None:
        """Do its steps, with its own connections and cookies."""
        patience = aiohttp.ClientTimeout(total=PATIENCE)
        jar = aiohttp.CookieJar(unsafe=True)
        connector = aiohttp.TCPConnector(ssl=self._way.trusted or True)
        async with aiohttp.ClientSession(
            connector=connector, proxy=self._way.proxy, cookie_jar=jar, timeout=patience, auto_decompress=True
        ) as session:
            for step in task:
                await self._linger()
                try:
                    await self._do(session, step)
                except (aiohttp.ClientError, TimeoutError) as error:
                    self._memory.saw(f"failed: {type(error).__name__}")

    async def _linger(self) -> None:
        if len(self._plan.tasks) > 1:
            await asyncio.sleep(self._memory.chance.choice((0, 0, 0.001, 0.003)))

    async def _do(self, session: aiohttp.ClientSession, step: Step) -> None:
        match step:
            case Call():
                await self._call(session, step)
            case Visit():
                await self._visit(session, step)
            case Feed():
                await feed(session, self._url, step, self._memory)

    def _target(self, start: str, path: tuple[Value, ...], query: tuple[Field, ...]) -> str:
        parts = [start, *(quote(self._memory.text(part), safe="") for part in path)]
        asked = urlencode(self._memory.fields(query))
        return f"{self._url}/{'/'.join(parts)}" + (f"?{asked}" if asked else "")

    # ------------------------------------------------------------ calls

    async def _call(self, session: aiohttp.ClientSession, call: Call) -> None:
        endpoint = self._plan.endpoints[call.endpoint]
        headers = dict(self._memory.fields(call.headers))
        body: bytes | None = None
        if call.body is not None:
            boundary = letters(self._memory.chance, 24)
            body, headers["content-type"] = framing.body_of(call.body, self._memory.fields(call.fields), boundary)
            if call.packed:
                # Its head has the time of packing: other bytes in each run.
                packed = gzip.compress(body, mtime=self._memory.chance.randrange(2**31))
                body, headers["content-encoding"] = packed, "gzip"
        target = self._target(f"e{call.endpoint}", call.path, call.query)
        for _ in range(1 + endpoint.flaky + endpoint.pending):
            status, text = await self._ask(session, call.method, target, headers, body)
            if status != 503 and "pending" not in text:
                return

    async def _ask(
        self, session: aiohttp.ClientSession, method: str, url: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, str]:
        asked = session.request(method, aiohttp.client.URL(url, encoded=True), headers=headers, data=body)
        async with asked as answer:
            data = await answer.read()
            fields = sorted(
                (name.lower(), value) for name, value in answer.headers.items() if name.lower() not in _UNSEEN
            )
            for name, value in fields:
                # A cookie's value is the service's; it shows in what its owner may do, which is not compared.
                shown = _COOKIE_TIME.sub("", value) if name == "set-cookie" else value
                self._memory.saw(f"{name}: {re.sub(r'visit=[^;]*', 'visit=..', shown)}")
            self._memory.saw(f"{answer.status}", data)
            return answer.status, data.decode("latin-1")

    # ------------------------------------------------------------ sockets

    async def _visit(self, session: aiohttp.ClientSession, visit: Visit) -> None:
        channel = self._plan.channels[visit.channel]
        url = self._target(f"c{visit.channel}", visit.path, visit.query)
        opening = session.ws_connect(
            aiohttp.client.URL(url, encoded=True), headers=dict(self._memory.fields(visit.headers))
        )
        async with opening as socket, self._beating(socket, channel, visit):
            talk = Talk(socket, channel, self._memory)
            if channel.greets and not await talk.hear(1):
                return
            for turn in visit.turns:
                if visit.beats:
                    shown = channel.framing in framing.BEATS_SHOW
                    beats = self._memory.chance.uniform(0, 4) if shown else self._memory.chance.uniform(4, 5)
                    await asyncio.sleep(beats * (_BEAT if shown else _SLOW_BEAT))
                if not await talk.take(turn):
                    return
            if visit.quits:
                await talk.say("quit", [])
                await talk.hear(1)

    @asynccontextmanager
    async def _beating(
        self, socket: aiohttp.ClientWebSocketResponse, channel: Channel, visit: Visit
    ) -> AsyncIterator[None]:
        async def beat() -> None:
            while not socket.closed:
                await asyncio.sleep(_BEAT if channel.framing in framing.BEATS_SHOW else _SLOW_BEAT)
                await _send(socket, framing.beat(channel.framing))

        if not visit.beats:
            yield
            return
        beating = asyncio.create_task(beat())
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)


class Talk:
    """What is said and heard on one socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, channel: Channel, memory: Memory) -> None:
        self._socket = socket
        self._channel = channel
        self._memory = memory

    async def take(self, turn: Turn | Burst) -> bool:
        """Say it, and hear what comes; False when the socket has ended."""
        if isinstance(turn, Turn):
            await self.say(turn.verb, self._memory.fields(turn.fields))
            return await self.hear(self._channel.parts)
        topics = list(turn.topics)
        self._memory.chance.shuffle(topics)
        for topic in topics:
            await self.say("subscribe", [("topic", topic), ("of", str(len(topics)))])
        return await self.hear(1)

    async def say(self, verb: str, fields: framing.Pairs) -> None:
        numbered = self._channel.framing in ("rpc", "signalr")
        await _send(
            self._socket,
            framing.write(self._channel.framing, verb, fields, self._memory.count() if numbered else 0),
        )

    async def hear(self, count: int) -> bool:
        """Hear so many messages, heartbeats' answers aside; False when the socket has ended."""
        async with asyncio.timeout(PATIENCE):  # for all of them: what answers heartbeats renews nothing
            while count:
                message = await self._socket.receive()
                if message.type in _ENDS:
                    self._memory.saw(f"closed {self._socket.close_code}")
                    return False
                if framing.is_pong(message.data):
                    continue
                self._memory.saw("message", message.data)
                count -= 1
        return True


async def _send(socket: aiohttp.ClientWebSocketResponse, said: str | bytes) -> None:
    try:
        await (socket.send_bytes(said) if isinstance(said, bytes) else socket.send_str(said))
    except (aiohttp.ClientError, ConnectionError):
        pass  # the next receive tells how it ended
