"""Records and replays plans, on servers that stay: one service, one relay's port, one player's port."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from fake_server import Server, serve
from fake_server.host.limits import Limits
from fake_server.stage import Answer, Drop, Request
from harness.cassette.model import Cassette
from harness.cassette.store import load
from harness.proxy.gate import ProxyGate
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.relay.relay import Relay
from harness.replay.player import Player
from harness.replay.report import Report
from harness.services.copilot import COPILOT
from provider.transport.types import Settings
from tests.identity import client
from tests.identity.plan import Plan
from tests.identity.service import Service
from tests.identity.values import Session

AGO = timedelta(days=3)
"""The recording is that old: whatever a client takes from its clock is another value when it is replayed."""
DEADLINE = 20.0
"""Seconds that a player waits for a client; what is right never waits, and what hangs fails the sooner."""
_SHORT = 0.3
"""The same, where something is missing on purpose."""
SERVED = COPILOT.origins[0]
"""Where clients go that have a proxy."""
_HURRIED = Limits(close_timeout=2.0)


@dataclass(frozen=True)
class Seen:
    """What came of a run: what each task saw, what the player says of it, and what it raised."""

    logs: list[list[str]]
    report: Report
    errors: list[str]


@dataclass(frozen=True)
class Take:
    """A recording: what each task saw, and the cassette as it lies on the disk."""

    logs: list[list[str]]
    cassette: Cassette
    path: Path


class Idle:
    """Serves nobody, between two runs."""

    async def handle(self, request: Request) -> Answer:
        return Drop()

    async def close(self) -> None:
        """Holds nothing."""


class Bench:
    """The loop and the servers of all examples; a context manager.

    Args:
        folder: Of the cassettes.
        door: Makes forward proxies of the relay's and the player's server; clients then go through them to `SERVED`.
    """

    def __init__(self, folder: Path, door: ProxyGate | None = None) -> None:
        self._folder = folder
        self._door = door
        self._trusted = None if door is None else ssl.create_default_context(cadata=door.authority.pem.decode())
        self._runner = asyncio.Runner()
        self._service = serve(Idle(), limits=_HURRIED)
        self._relay, self._player = (serve(Idle(), limits=_HURRIED, gate=door) for _ in range(2))

    def __enter__(self) -> Self:
        for server in (self._service, self._relay, self._player):
            self._runner.run(server.start())
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._player, self._relay, self._service):
            self._runner.run(server.aclose())
        self._runner.close()

    def record(self, plan: Plan) -> Take:
        """Run a plan through the relay."""
        return self._runner.run(self._record(plan))

    def replay(self, plan: Plan, cassette: Cassette, run: object = 1, *, deadline: float = DEADLINE) -> Seen:
        """Run a plan anew against a player; each ``run`` has values of its own."""
        return self._runner.run(self._replay(plan, Player(cassette, COPILOT, deadline=deadline), run))

    def replay_changed(self, plan: Plan, cassette: Cassette) -> Seen:
        """`replay` to a client that does something else: it is not waited for long."""
        return self.replay(plan, cassette, 2, deadline=_SHORT)

    def live(self, plan: Plan, run: object) -> list[list[str]]:
        """Run a plan against the service itself: what each task saw."""
        return self._runner.run(self._live(plan, Session((plan.seed, run))))

    async def _run(self, plan: Plan, server: Server, session: Session) -> list[list[str]]:
        if self._door is None:
            return await client.run(plan, server.url, session)
        return await client.run(plan, SERVED, session, client.Way(self._door.url(server.port), self._trusted))

    async def _live(self, plan: Plan, session: Session) -> list[list[str]]:
        await self._service.swap_async(Service(plan, session))
        try:
            return await client.run(plan, self._service.url, session)
        finally:
            await _end(self._service)

    async def _record(self, plan: Plan) -> Take:
        session = Session((plan.seed, "record"), AGO)
        path = self._folder / "session.yaml"
        chosen = RecordingOptions(journal=False, state_directory=self._folder, started=session.now())
        with Recording(path, COPILOT, options=chosen) as take:
            relay = Relay(self._service.url, COPILOT, take, settings=Settings(trust_environment=False))
            await self._service.swap_async(Service(plan, session))
            await self._relay.swap_async(relay)
            try:
                logs = await self._run(plan, self._relay, session)
                await asyncio.to_thread(relay.settle)
            finally:
                await _end(self._relay)
                await _end(self._service)
            take.finish()
        return Take(logs, load(path), path)

    async def _replay(self, plan: Plan, player: Player, run: object) -> Seen:
        await self._player.swap_async(player)
        try:
            logs = await self._run(plan, self._player, Session((plan.seed, run)))
            await _until_idle(self._player)
            return Seen(logs, player.report(), [repr(error) for error in self._player.errors])
        finally:
            self._player.errors.clear()
            await _end(self._player)


async def _end(server: Server) -> None:
    await server.swap_async(Idle())


async def _until_idle(server: Server) -> None:
    """What the clients have ended, the player has to see: until it holds no connection."""
    async with asyncio.timeout(5):
        while server.connections:  # noqa: ASYNC110  # the host tells nobody of it
            await asyncio.sleep(0.001)


def problems(take: Take, seen: Seen) -> list[str]:
    """What differs between a recording and its replay; empty if nothing does."""
    found = [*seen.errors] if seen.report.ok else [*seen.errors, seen.report.text()]
    for number, (was, now) in enumerate(zip(take.logs, seen.logs, strict=True)):
        if was == now:
            continue
        found += [
            f"task {number}: recorded {a!r}\n        replayed {b!r}" for a, b in zip(was, now, strict=False) if a != b
        ]
        if len(was) != len(now):
            found.append(f"task {number}: {len(was)} things seen when recorded, {len(now)} when replayed")
    return found


def check_same(take: Take, seen: Seen) -> None:
    """Assert that a replay shows no difference, and reports no problem."""
    found = problems(take, seen)
    assert not found, "\n".join([*found, "the cassette:", take.path.read_text()])


def check_caught(take: Take, seen: Seen, what: str) -> None:
    """Assert that a replay to another client is reported, and that nothing was raised."""
    assert not seen.errors, "\n".join([*seen.errors, what, take.path.read_text()])
    assert not seen.report.ok, f"not caught: {what}\n{seen.logs}\nthe cassette:\n{take.path.read_text()}"
