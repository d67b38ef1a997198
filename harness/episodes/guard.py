"""Conversations that are only in the cassette: the service is never asked for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from fake_server.stage import How, Socket
from harness.cassette.model import Call, Cassette, Exchange
from harness.match.asked import Said
from harness.match.places import Places
from harness.profile import ServiceProfile
from harness.record.recording import Recording
from harness.replay.refusal import CLOSE_CODE
from provider.websocket import Ended, Message

_REASON: Final = "wiretape: a conversation out of the cassette cannot go on live"
_SHORTEST: Final = 4
"""Characters; a shorter id may stand anywhere."""


class RecordedConversations:
    """The ids that the service gave in a cassette, and did not give live as well.

    Args:
        cassette: What is played.
        profile: Which fields hold such ids.
        recording: What went live so far.
    """

    def __init__(self, cassette: Cassette, profile: ServiceProfile, recording: Recording) -> None:
        self._places = Places(profile)
        self._recording = recording
        self._ids = frozenset(given_ids(cassette.exchanges, self._places))
        self._live: set[str] = set()
        self._looked_at = 0

    def named_in(self, *texts: bytes) -> bool:
        """Whether one of them names such a conversation."""
        found = {each for each in self._ids if any(each.encode() in text for text in texts)}
        if found - self._live and self._looked_at != self._recording.event_count:
            # Asked only then: it is the session so far, assembled.
            self._looked_at = self._recording.event_count
            self._live.update(given_ids(self._recording.cassette().exchanges, self._places))
        return bool(found - self._live)


def given_ids(exchanges: Iterable[Exchange], places: Places) -> Iterable[str]:
    """The values at volatile places of what the service said."""
    for exchange in exchanges:
        for payload in _said(exchange):
            for place, value in Said("text", payload).placed(places):
                if not place.secret and len(value) >= _SHORTEST:
                    yield value


def _said(exchange: Exchange) -> Iterable[bytes]:
    if exchange.response is not None:
        yield exchange.response.body.data
        yield from (line.data for line in exchange.response.stream or ())
    if not isinstance(exchange, Call):
        yield from (line.data for line in exchange.messages if line.direction == "<" and line.kind == "text")


class GuardedSocket:
    """A socket on which no message passes that names a recorded conversation: it is closed instead.

    Args:
        socket: The host's.
        recorded: The conversations.
        on_named: Called when it happens.
    """

    def __init__(self, socket: Socket, recorded: RecordedConversations, on_named: Callable[[], object]) -> None:
        self._socket = socket
        self._recorded = recorded
        self._on_named = on_named
        self._ended: Ended | None = None

    async def receive(self) -> Message | Ended:
        """See `Socket.receive`."""
        return self._ended or await self._checked(await self._socket.receive())

    async def poll(self, within: float) -> Message | Ended | None:
        """See `Socket.poll`."""
        if self._ended is not None:
            return self._ended
        message = await self._socket.poll(within)
        return None if message is None else await self._checked(message)

    async def send(self, message: Message) -> None:
        """See `Socket.send`."""
        await self._socket.send(message)

    async def send_encoded(self, frames: bytes | memoryview) -> None:
        """See `Socket.send_encoded`."""
        await self._socket.send_encoded(frames)

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        """See `Socket.close`."""
        return await self._socket.close(code, reason)

    async def abort(self, how: How = "eof") -> None:
        """See `Socket.abort`."""
        await self._socket.abort(how)

    async def sleep(self, seconds: float) -> None:
        """See `Socket.sleep`."""
        await self._socket.sleep(seconds)

    def now(self) -> float:
        """See `Socket.now`."""
        return self._socket.now()

    async def _checked(self, message: Message | Ended) -> Message | Ended:
        if isinstance(message, Ended) or not self._recorded.named_in(message.data):
            return message
        self._on_named()
        self._ended = await self._socket.close(CLOSE_CODE, _REASON)
        return self._ended
