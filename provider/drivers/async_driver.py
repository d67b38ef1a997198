"""Runs flows over the asyncio transport."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from typing import Any, TypeVar

from provider import clock
from provider.challenges import ChallengeAsked
from provider.credentials import Credentials
from provider.drivers.refresh import should_refresh
from provider.effects import (
    RECEIVE,
    AnswerChallenge,
    CloseSocket,
    Effect,
    OpenSocket,
    Receive,
    RefreshCredentials,
    SendText,
    StopRequestedError,
)
from provider.transport.async_transport import AsyncSocket, AsyncTransport
from provider.transport.errors import DeadlineError, SocketEndedError, TransportError
from provider.transport.types import Request, Response
from provider.websocket import Ended, Headers, Opcode

Yielded = TypeVar("Yielded")


class AsyncDriver:
    """Performs effects over one transport, and keeps its socket between flows. One task at a time may use it."""

    def __init__(
        self,
        transport: AsyncTransport,
        *,
        connect_timeout: float,
        refresh: Callable[[Credentials, float], Awaitable[Credentials | None]] | None = None,
        answer: Callable[[ChallengeAsked, float], Awaitable[str | None]] | None = None,
    ) -> None:
        """Make a driver. Arguments as for `provider.drivers.sync_driver.SyncDriver`."""
        self._transport = transport
        self._get_refreshed = refresh
        self._get_answer = answer
        self._connect_timeout = connect_timeout
        self._socket: AsyncSocket | None = None
        self._stopping = False
        self._performers: Mapping[type, Callable[[Any, float], Awaitable[object]]] = {
            Receive: self._receive,
            SendText: self._send,
            Request: self._request,
            OpenSocket: self._open,
            CloseSocket: self._close,
            RefreshCredentials: self._refresh,
            AnswerChallenge: self._answer,
        }

    async def run(
        self,
        flow: Generator[Effect | Yielded, Any, None],
        timeout: float,  # noqa: ASYNC109  # one deadline for all effects
    ) -> AsyncGenerator[Yielded, None]:
        """Run a flow, and yield its items as they come.

        Args:
            flow: A new flow. It is closed when this iterator ends, in whatever way.
            timeout: Seconds for the whole flow.
        """
        deadline = clock.monotonic() + timeout
        self._stopping = False
        perform_for = self._performers.get
        answer: object = None
        error: Exception | None = None
        finished = False
        try:
            while True:
                try:
                    wanted = flow.send(answer) if error is None else flow.throw(error)
                except StopIteration:
                    finished = True
                    return
                error = None
                if wanted is RECEIVE and not self._stopping and (answer := self._take()) is not None:
                    continue
                answer = None
                perform = perform_for(type(wanted))
                if perform is None:
                    yield wanted  # pyright: ignore[reportReturnType]  # anything but an effect is an item
                    continue
                try:
                    answer = await perform(wanted, deadline)
                except (TransportError, StopRequestedError) as raised:
                    error = raised
        finally:
            flow.close()
            if not finished:
                self._abandon()

    def stop(self) -> None:
        """Stop the running turn at its next message."""
        self._stopping = True

    async def close(self) -> None:
        """Close the socket and the transport; more than one call does no harm."""
        try:
            await self._close(None, clock.monotonic() + 1.0)
        except TransportError:
            pass
        finally:
            self._abandon()
            await self._transport.close()

    def _abandon(self) -> None:
        """Close the socket at once. Nothing is awaited, because the task may be being cancelled."""
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.abort()

    def _take(self) -> bytes | None:
        """The next data message that has arrived; None if there is none."""
        message = None if self._socket is None else self._socket.take()
        while message is not None and message.opcode > Opcode.BINARY:
            message = self._socket.take() if self._socket is not None else None
        return None if message is None else message.data

    def _open_socket(self) -> AsyncSocket:
        """Return the open socket.

        Raises:
            SocketEndedError: There is none any more: a failure closed it, or it belongs to another event loop.
        """
        if self._socket is not None and not self._socket.is_here:
            self._abandon()
        if self._socket is None:
            raise SocketEndedError(Ended("eof"))
        return self._socket

    async def _receive(self, effect: Receive, deadline: float) -> bytes | None:
        socket = self._open_socket()
        if self._stopping:
            self._stopping = False
            raise StopRequestedError
        now = clock.monotonic()
        if now >= deadline:
            raise DeadlineError("The deadline has passed")
        until = deadline if effect.within is None else min(now + effect.within, deadline)
        try:
            while True:
                message = await socket.receive(max(until - now, 0.0))
                if message.opcode <= Opcode.BINARY:
                    return message.data
                # Pings do not extend the deadline, and a flood of them does not keep it from being checked.
                now = clock.monotonic()
                if now > until:
                    raise DeadlineError("Only pings came in time")
        except DeadlineError:
            if until < deadline:
                return None
            raise

    async def _send(self, effect: SendText, deadline: float) -> None:
        await self._open_socket().send_text(effect.text, timeout=_left(deadline))

    async def _request(self, request: Request, deadline: float) -> Response:
        return await self._transport.request(request, timeout=_left(deadline))

    async def _open(self, effect: OpenSocket, deadline: float) -> Headers:
        self._abandon()
        timeout = min(_left(deadline), self._connect_timeout)
        self._socket = await self._transport.connect(effect.url, headers=effect.headers, timeout=timeout)
        return self._socket.headers

    async def _refresh(self, effect: RefreshCredentials, deadline: float) -> Credentials | None:
        if self._get_refreshed is None or not should_refresh(effect):
            return None
        return await self._get_refreshed(effect.credentials, _left(deadline))

    async def _answer(self, effect: AnswerChallenge, deadline: float) -> str | None:
        return None if self._get_answer is None else await self._get_answer(effect.challenge, _left(deadline))

    async def _close(self, _: CloseSocket | None, deadline: float) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close(timeout=min(_left(deadline), 1.0))


def _left(deadline: float) -> float:
    left = deadline - clock.monotonic()
    if left <= 0:
        raise DeadlineError("The deadline has passed")
    return left
