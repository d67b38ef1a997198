"""A turn of our own clients behind a fault: which there are, and what comes of each.

A cell is a fault, one of both clients, and what answers behind the fault: a cassette or the fake's script.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from fake_server import Server, serve
from fake_server.script import Config, Script
from fake_server.stage import Accept, Answer, Request, Socket, Stage
from harness.cassette.store import load
from harness.faults import Faults, parse_rule
from harness.faults.kinds import FaultKind
from harness.faults.table import FAULTS
from harness.replay.player import Player
from harness.replay.rules import PlayRules
from harness.services.copilot import COPILOT
from provider import AsyncCopilotClient, CopilotClient
from provider.errors import CopilotError
from provider.websocket import Ended, Message
from tests.support.leaks import nothing_left
from tests.support.project.tree import ROOT

CASSETTE = ROOT / "cassettes" / "text-2026.yaml"
BEFORE = "You said: “Hel"
"""The text of the message before the one at which faults strike."""
AT, AFTER = 6, 5
_VALUES = {
    "delay": "1ms", "offline": "for=1ms", "slow-close": "1ms", "status": "503", "slow": "rate=100000", "dribble": "every=0",
    "change": "event to=other", "remove": "event", "subprotocol": "other", "comments": "every=1ms",
    "stray": "{}",
}  # fmt: skip
_VARIED = ("frame", "bad-close", "certificate")
"""Faults of which each kind is a case."""
TOTAL = 2.0
"""Seconds that a turn may take; a fault that goes on without end meets this deadline."""
_MORE = 5.0
_TOKEN = "wiretape-token-1"
_PLACES = {"connection": "connection 1", "request": "request 1", "upgrade": "upgrade 1", "message": f"message {AT}"}

Backing = Literal["cassette", "script"]
Client = Literal["sync", "async"]
BACKINGS: tuple[Backing, ...] = ("cassette", "script")
CLIENTS: tuple[Client, ...] = ("sync", "async")


def _kinds(fault: FaultKind) -> tuple[str, ...]:
    """The values of a fault's first parameter that are cases."""
    if fault.name not in _VARIED:
        return (_VALUES.get(fault.name, ""),)
    parameter = fault.parameters[0]
    try:
        parameter.parse("?")
    except ValueError as error:
        return tuple(str(error).removeprefix("expected ").replace(" or ", ", ").split(", "))
    raise AssertionError(f"{fault.name} takes any value")


def _lines() -> Iterator[str]:
    for fault in FAULTS.values():
        if fault.name == "no-trailers":
            continue  # Copilot sends none
        for unit in fault.units:
            if unit == "event":
                continue  # Copilot streams on its socket
            for value in _kinds(fault):
                words = f"{fault.name} {value}".strip()
                yield f"{words} at {_PLACES[unit]}"
                if unit == "message" and fault.between:
                    yield f"{words} after {AFTER} messages"


LINES = tuple(dict.fromkeys(_lines()))


@dataclass(frozen=True)
class Turn:
    """What came of a turn: its items, its error if it has one, and how long it took."""

    items: list[Any]
    error: CopilotError | None
    seconds: float

    @property
    def outcome(self) -> str:
        """``text``, or the name of the error's class."""
        return "text" if self.error is None else type(self.error).__name__


class Counting:
    """Counts the requests and the socket's messages that reach a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.seen: Counter[str] = Counter()

    async def handle(self, request: Request) -> Answer:
        self.seen[f"{request.method} {request.path}"] += 1
        answer = await self._stage.handle(request)
        if not isinstance(answer, Accept):
            return answer
        run = answer.run
        return replace(answer, run=lambda socket: run(_Counted(socket, self.seen)))  # pyright: ignore[reportArgumentType]

    async def close(self) -> None:
        await self._stage.close()


class _Counted:
    """A socket whose received messages are counted."""

    def __init__(self, socket: Socket, seen: Counter[str]) -> None:
        self._socket, self._seen = socket, seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    async def receive(self, *arguments: Any, **keywords: Any) -> Message | Ended:
        return self._count(await self._socket.receive(*arguments, **keywords))

    async def poll(self, *arguments: Any, **keywords: Any) -> Message | Ended | None:
        return self._count(await self._socket.poll(*arguments, **keywords))

    def _count(self, got: Any) -> Any:
        if isinstance(got, Message) and b'"send"' in got.data:
            self._seen["send"] += 1
        return got


def _backing(kind: Backing) -> Stage:
    if kind == "script":
        return Script(Config())
    return Player(load(CASSETTE), COPILOT, rules=PlayRules(repeats=True), deadline=None)


def _sync(server: Server, verify: bool | str) -> tuple[list[Any], CopilotError | None]:
    items: list[Any] = []
    options = {"base_url": server.url, "api_key": _TOKEN, "timeout": TOTAL, "max_retries": 0, "verify": verify}
    with CopilotClient(**options) as client:
        try:
            items.extend(client.chat("Hello"))
        except CopilotError as error:
            return items, error
    return items, None


async def _async(server: Server, verify: bool | str) -> tuple[list[Any], CopilotError | None]:
    items: list[Any] = []
    error = None
    options = {"base_url": server.url, "api_key": _TOKEN, "timeout": TOTAL, "max_retries": 0, "verify": verify}
    async with AsyncCopilotClient(**options) as client:
        try:
            async for item in client.chat("Hello"):
                items.append(item)  # what came before an error counts
        except CopilotError as raised:
            error = raised
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return items, error


@contextmanager
def _served(stage: Stage, line: str, folder: Path) -> Iterator[tuple[Server, bool | str]]:
    encrypted = " at connection " in line
    with serve(stage, own_origins=COPILOT.origins, tls=encrypted) as server:
        yield server, str(server.write_authority(folder / "authority.pem")) if encrypted else True


def run_cell(line: str, backing: Backing, client: Client, folder: Path) -> Turn:
    """Run a turn behind a fault, and check all that must hold for each.

    It ends in time, its error is typed and has a text, the text before the fault is delivered, nothing is sent twice,
    and no thread, task or descriptor is left.

    Raises:
        AssertionError: One of these does not hold, or the fault did not strike.
    """
    with nothing_left():
        inner = _backing(backing)
        counting = Counting(inner)
        stage = Faults(counting, [parse_rule(line)])
        with _served(stage, line, folder) as (server, verify):
            began = time.monotonic()
            items, error = _sync(server, verify) if client == "sync" else asyncio.run(_async(server, verify))
            turn = Turn(items, error, time.monotonic() - began)
            struck = stage.rules.has_struck
            report = inner.report().after_faults() if isinstance(inner, Player) else None
    assert struck, "the session never came to the place"
    assert report is None or report.ok, report.text()
    assert turn.seconds < TOTAL + _MORE
    assert error is None or (str(error) and type(error).__module__.startswith("provider"))
    text = "".join(item for item in items if isinstance(item, str))
    assert error is not None or text
    assert " message" not in line or text.startswith(BEFORE), "the text before the fault is missing"
    twice = {what: count for what, count in counting.seen.items() if count > 1}
    assert not twice, f"sent more than once: {twice}"
    return turn
