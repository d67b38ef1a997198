"""New episodes: `Episodes` replays the recorded requests, sends all others to the service, and records those.

It cannot continue a replayed conversation live, because the service does not know the recorded conversation. So it
decides between cassette and service at each request and each upgrade, never within a socket. A message that differs
from the recorded one fails, and so does a live request that names a conversation of the cassette.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from fake_server.stage import Accept, Answer, Request, Socket, SocketWrapper
from harness.cassette.model import Call, Cassette, Exchange
from harness.content_coding import content_of
from harness.match.places import Places
from harness.match.request import ParsedMessage
from harness.profile import ServiceProfile
from harness.record.recording import Recording
from harness.relay.relay import Relay
from harness.relay.several import SeveralRelays
from harness.replay.player import Player
from harness.replay.problems import MessageMismatch, NoMatch, Problem
from harness.replay.report import Report
from harness.replay.responses import CLOSE_CODE, refusal
from provider.websocket import Ended, Message

_CLOSE_REASON: Final = "wiretape: a replayed conversation cannot continue live"
_HINT: Final = (
    "A replayed conversation cannot continue live: the service does not know it. "
    "Record the whole session again (record mode `all` or `rewrite`)."
)
_SHORTEST_ID: Final = 4
"""Characters. A shorter id may appear in any text by chance."""


class Episodes:
    """A stage that replays matching requests, and sends the others to the service and records them.

    Args:
        cassette: The cassette.
        player: Replays the cassette.
        relay: Sends the other requests to the service; its recording has the same cassette.
        profile: The service.

    Attributes:
        missed: How many requests had no recorded answer and went to the service.
    """

    def __init__(
        self, cassette: Cassette, player: Player, relay: Relay | SeveralRelays, profile: ServiceProfile
    ) -> None:
        self._player = player
        self._relay = relay
        self._recorded = RecordedConversations(cassette, profile, relay.recording)
        self._problems: list[Problem] = []
        self.missed = 0

    async def handle(self, request: Request) -> Answer:
        """Answer a request from the cassette if it matches a recorded one, else through the relay from the service."""
        answer = await self._player.try_handle(request)
        if answer is not None:
            return answer
        if self._recorded.named_in(request.target.encode(), content_of(request.headers, request.body).data):
            return refusal(self._note_problem(f"{request.method} {request.path}"))
        self.missed += 1
        answer = await self._relay.handle(request)
        return self._guarded(request, answer) if isinstance(answer, Accept) else answer

    async def close(self) -> None:
        """Close the player and the relay."""
        try:
            await self._player.close()
        finally:
            await self._relay.close()

    def report(self) -> Report:
        """Return the player's report, with a problem for each request or socket that `Episodes` did not let go live."""
        played = self._player.report()
        return replace(played, problems=(*self._problems, *map(_with_hint, played.problems)))

    def _guarded(self, request: Request, answer: Accept) -> Accept:
        async def run(socket: Socket) -> None:
            guarded = _GuardedSocket(socket, self._recorded, lambda: self._note_problem(f"socket {request.path}"))
            await answer.run(guarded)

        return replace(answer, run=run)

    def _note_problem(self, request: str) -> NoMatch:
        problem = NoMatch(request=request, hint=_HINT)
        self._problems.append(problem)
        return problem


def _with_hint(problem: Problem) -> Problem:
    if isinstance(problem, MessageMismatch) and not problem.hint:
        return replace(problem, hint=_HINT)
    return problem


class RecordedConversations:
    """The ids that the service assigned in a cassette, except those that it assigned live as well.

    Args:
        cassette: The replayed cassette.
        profile: Which fields hold such ids.
        recording: The live session so far.
    """

    def __init__(self, cassette: Cassette, profile: ServiceProfile, recording: Recording) -> None:
        self._places = Places(profile)
        self._recording = recording
        self._ids = frozenset(_assigned_ids(cassette.exchanges, self._places))
        self._live: set[str] = set()
        self._looked_at = 0

    def named_in(self, *texts: bytes) -> bool:
        """Whether one of the texts names a conversation of the cassette."""
        found = {each for each in self._ids if any(each.encode() in text for text in texts)}
        # Assembling the live session is expensive, so it is done only for a text that names a recorded id.
        if found - self._live and self._looked_at != self._recording.event_count:
            self._looked_at = self._recording.event_count
            self._live.update(_assigned_ids(self._recording.cassette().exchanges, self._places))
        return bool(found - self._live)


def _assigned_ids(exchanges: Iterable[Exchange], places: Places) -> Iterator[str]:
    """Yield the values at volatile places of the responses, and of the service's messages, in some exchanges."""
    for exchange in exchanges:
        for payload in _sent_by_service(exchange):
            for place, value in ParsedMessage("text", payload).placed(places):
                if not place.secret and len(value) >= _SHORTEST_ID:
                    yield value


def _sent_by_service(exchange: Exchange) -> Iterator[bytes]:
    if exchange.response is not None:
        yield exchange.response.body.searched
        yield from (line.data for line in exchange.response.stream or ())
    if not isinstance(exchange, Call):
        yield from (line.data for line in exchange.messages if line.direction == "<" and line.kind == "text")


class _GuardedSocket(SocketWrapper):
    """A live socket that closes instead of passing on a message that names a recorded conversation.

    Args:
        socket: The client's socket.
        recorded: The recorded conversations.
        on_named: Called before it closes.
    """

    def __init__(self, socket: Socket, recorded: RecordedConversations, on_named: Callable[[], object]) -> None:
        super().__init__(socket)
        self._recorded = recorded
        self._on_named = on_named
        self._ended: Ended | None = None

    async def receive(self) -> Message | Ended:
        """Wait for the client's next message, or for the socket's end; see `Socket.receive`."""
        return self._ended or await self._checked(await self._socket.receive())

    async def poll(self, within: float) -> Message | Ended | None:
        """Wait some seconds for the client's next message; None if nothing arrives; see `Socket.poll`."""
        if self._ended is not None:
            return self._ended
        message = await self._socket.poll(within)
        return None if message is None else await self._checked(message)

    async def _checked(self, message: Message | Ended) -> Message | Ended:
        if isinstance(message, Ended) or not self._recorded.named_in(message.data):
            return message
        self._on_named()
        self._ended = await self._socket.close(CLOSE_CODE, _CLOSE_REASON)
        return self._ended
