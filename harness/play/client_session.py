"""`ClientSession`: one run of a cassette's client against a live service.

One driver takes the client's actions in the order of the recording. Before each it waits until the service has sent
what the client had received at that point. Receivers, one an exchange, read what the service sends meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from harness.cassette.model import Line
from harness.play.client_values import ClientValues
from harness.play.connection import ClientConnections, Receiver
from harness.play.observed import ObservedExchange
from harness.play.outgoing import outgoing_request
from harness.play.progress import ExchangeProgress
from harness.play.script import ClientAction, ClientScript
from harness.play.session_values import SessionValues
from harness.play.targets import Targets
from harness.profile import ServiceProfile
from harness.replay.pace import Pace
from provider.clock import monotonic
from provider.transport.errors import TransportError

_CLOSING: Final = 2.0
"""Seconds for the service's close frame."""
_SETTLING: Final = 0.25
"""Most seconds of a recorded pause between two connections that are kept at any pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayOptions:
    """How a client is played.

    Attributes:
        pace: How long the client waits between two actions.
        deadline: Longest silence of the service, in seconds, while the client waits for it; the time that the service
            took in the recording is added.
        limit: Longest time of the whole session, in seconds.
        secrets: Name of a placeholder -> the secret that the client sends in its place.
        renewed: UUIDs of the client, each of which becomes a new one in each session.
        verify: As `provider.transport.types.Settings.verify`.
    """

    pace: Pace = field(default_factory=Pace)
    deadline: float = 10.0
    limit: float = 600.0
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    renewed: frozenset[str] = frozenset()
    verify: bool | str = True


@dataclass(frozen=True, slots=True)
class MissedEvent:
    """An event that the service sent in the recording, but not in time in this session.

    Attributes:
        exchange: Number of the exchange, from 0.
        name: Of the event.
        seconds: How long the client waited in vain.
    """

    exchange: int
    name: str
    seconds: float


class ClientSession:
    """One run of a cassette's client against a live service. `run` may be called once.

    Args:
        script: What the client does.
        client: The values that it sends.
        targets: Where it sends them.
        profile: Of the service.
        options: How it is played.

    Attributes:
        exchanges: What was observed, in the order of the cassette.
        missed: The events that did not come.
        is_cut: Whether the session took longer than its limit.
    """

    def __init__(
        self,
        script: ClientScript,
        client: ClientValues,
        targets: Targets,
        profile: ServiceProfile,
        options: PlayOptions,
    ) -> None:
        self._script = script
        self._targets = targets
        self._options = options
        self._values = SessionValues(client, targets.outward, options.secrets, options.renewed)
        self._connections = ClientConnections(options.verify, options.limit, is_local=targets.are_local)
        self._changed = asyncio.Event()
        self._began = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self.exchanges = tuple(ObservedExchange(each, ExchangeProgress(each.expected)) for each in script.exchanges)
        self._receivers = [
            Receiver(each, client, self._values, profile, self._now, self._changed) for each in self.exchanges
        ]
        self.missed: list[MissedEvent] = []
        self.is_cut = False

    async def run(self) -> None:
        """Play the client to its end. Failures of the service raise nothing: they go to `exchanges` and `missed`."""
        self._began = monotonic()
        try:
            async with asyncio.timeout(self._options.limit):
                await self._play()
        except TimeoutError:
            self.is_cut = True
        finally:
            for receiver in self._receivers:
                receiver.abort()
            for task in self._tasks:
                task.cancel()
            ended = await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._connections.close()
        for error in ended:
            if isinstance(error, Exception):
                raise error  # a fault of ours, which no finding may hide

    async def _play(self) -> None:
        before, exchange_before = 0, 0
        for action in self._script.actions:
            if action.is_beat and self._options.pace.factor is None:
                continue
            for exchange, count in action.waits:
                await self._wait(exchange, count, action.since - before)
            pause = self._options.pace.seconds(action.at - action.since)
            if not action.waits and action.exchange != exchange_before:
                # Time alone orders what a client sends by two connections: one subscribes, then another publishes.
                pause = max(pause, min(_SETTLING, (action.at - action.since) / 1_000_000))
            if pause:
                await asyncio.sleep(pause)
            before, exchange_before = action.at, action.exchange
            await self._do(action)
        for number, observed in enumerate(self.exchanges):
            expected = observed.scripted.expected
            if observed.at is not None and expected:
                await self._wait(number, len(expected), expected[-1].at - before)
        await self._close_all()

    async def _wait(self, exchange: int, count: int, recorded: int) -> None:
        """Wait until the service has sent ``count`` events of an exchange, or was silent for too long."""
        observed = self.exchanges[exchange]
        seconds = self._options.deadline + max(0, recorded) / 1_000_000
        while not observed.progress.has_reached(count) and observed.at is not None:
            self._changed.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._changed.wait()
            except TimeoutError:
                self.missed.append(MissedEvent(exchange, observed.progress.missing(count), seconds))
                observed.progress.give_up(count)

    async def _do(self, action: ClientAction) -> None:
        observed, receiver = self.exchanges[action.exchange], self._receivers[action.exchange]
        if action.what == "request":
            self._begin(observed, receiver)
        elif action.what == "message" and action.line is not None:
            await self._send(observed, receiver, action.line)
        elif action.what == "close" and action.line is not None:
            await receiver.close(action.line)
        else:
            receiver.abort()

    def _begin(self, observed: ObservedExchange, receiver: Receiver) -> None:
        if self._is_merged(observed):
            observed.is_merged = observed.progress.ended = True
            return
        found = self._targets.of(observed.scripted.exchange.target)
        if found is None:
            observed.progress.ended = True
            return
        upstream, target = found
        request = outgoing_request(observed.scripted.exchange, self._values, target, upstream)
        observed.at = self._now()
        observed.target = target if upstream is self._targets.main else observed.scripted.exchange.target
        observed.request = request.as_part()
        self._tasks.add(asyncio.ensure_future(receiver.run(request, self._connections)))

    def _is_merged(self, observed: ObservedExchange) -> bool:
        """Whether this poll is not sent, as an earlier one is still open: services refuse two polls at once.

        It happens where the service put the events of two recorded responses into one.
        """
        late = {each.exchange for each in self.missed}
        for number in late:
            if self.exchanges[number].is_open_poll_like(observed):
                self.missed = [each for each in self.missed if each.exchange != number]
                return True
        return False

    async def _send(self, observed: ObservedExchange, receiver: Receiver, line: Line) -> None:
        data = self._values.payload(line.kind, line.data)
        observed.sent += 1
        if observed.begins_turn:
            observed.progress.sent(observed.limit)
        with contextlib.suppress(TransportError):  # the receiver notes the end of the socket
            await receiver.send(line, data)

    async def _close_all(self) -> None:
        for receiver in self._receivers:
            await receiver.close(Line(">", 0, "close", code=1000))
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSING)

    def _now(self) -> int:
        return int((monotonic() - self._began) * 1_000_000)
