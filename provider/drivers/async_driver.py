"""Runs flows over the asyncio transport."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Any, Final, Generic, Self, TypeAlias, TypeVar

from provider import clock
from provider.challenges import ChallengeAsked
from provider.credentials import Credentials
from provider.drivers.backing_off import plan
from provider.drivers.deadlines import Deadlines
from provider.drivers.hooks import run_hook_async
from provider.drivers.refresh import should_refresh
from provider.effects import (
    CLOSE_SOCKET,
    RECEIVE,
    AnswerChallenge,
    BackOff,
    CloseSocket,
    Effect,
    OpenSocket,
    ReadClock,
    Receive,
    RefreshCredentials,
    RunHook,
    SendText,
    StopRequestedError,
    StopToken,
)
from provider.timeout import Timeout
from provider.transport.async_transport import AsyncSocket, AsyncTransport
from provider.transport.errors import DeadlineError, SocketEndedError, TransportError
from provider.transport.types import Request, Response
from provider.websocket import Ended, Headers, Opcode

Yielded = TypeVar("Yielded")
_CLOSING: Final = Timeout(total=1.0)
Performers: TypeAlias = Mapping[type, Callable[[Any, Deadlines], Awaitable[object]]]


class AsyncDriver:
    """Performs effects over one transport, and keeps its socket between flows. One task at a time may use it."""

    def __init__(
        self,
        transport: AsyncTransport,
        *,
        refresh: Callable[[Credentials, float], Awaitable[Credentials | None]] | None = None,
        answer: Callable[[ChallengeAsked, float], Awaitable[str | None]] | None = None,
    ) -> None:
        """Make a driver. Arguments as for `provider.drivers.sync_driver.SyncDriver`."""
        self._transport = transport
        self._get_refreshed = refresh
        self._get_answer = answer
        self._socket: AsyncSocket | None = None
        self._stop = StopToken()
        self._performers: Performers = {
            Receive: self._receive,
            SendText: self._send,
            Request: self._request,
            OpenSocket: self._open,
            CloseSocket: self._close,
            RefreshCredentials: self._refresh,
            AnswerChallenge: self._answer,
            ReadClock: self._read_clock,
            BackOff: self._back_off,
            RunHook: self._run_hook,
        }

    def run(
        self, flow: Generator[Effect | Yielded, Any, None], timeout: Timeout, stop: StopToken | None = None
    ) -> AsyncRun[Yielded]:
        """Run a flow. Arguments as for `provider.drivers.sync_driver.SyncDriver.run`."""
        self._stop = stop or StopToken()
        return AsyncRun(self, self._performers, flow, Deadlines(timeout))

    async def close(self) -> None:
        """Close the socket and the transport; more than one call does no harm."""
        try:
            await self._close(CLOSE_SOCKET, Deadlines(_CLOSING))
        except TransportError:
            pass
        finally:
            self.abandon()
            await self._transport.close()

    def abandon(self) -> None:
        """Close the socket at once. Nothing is awaited, because the task may be being cancelled."""
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.abort()

    def take(self) -> bytes | None:
        """The next data message that has arrived; None if there is none, or if the turn is to stop."""
        if self._stop.requested:
            return None
        message = None if self._socket is None else self._socket.take()
        while message is not None and message.opcode > Opcode.BINARY:
            message = self._socket.take() if self._socket is not None else None
        return None if message is None else message.data

    def _check_stop(self) -> None:
        if self._stop.requested:
            raise StopRequestedError

    def _open_socket(self) -> AsyncSocket:
        """Return the open socket.

        Raises:
            SocketEndedError: There is none any more: a failure closed it, or it belongs to another event loop.
        """
        if self._socket is not None and not self._socket.is_here:
            self.abandon()
        if self._socket is None:
            raise SocketEndedError(Ended("eof"))
        return self._socket

    async def _receive(self, effect: Receive, deadlines: Deadlines) -> bytes | None:
        socket = self._open_socket()
        self._check_stop()
        now = clock.monotonic()
        until = deadlines.end if effect is deadlines.unbounded and now < deadlines.end else deadlines.until(effect, now)
        try:
            while True:
                message = await socket.receive(max(until - now, 0.0))
                if message.opcode <= Opcode.BINARY:
                    return message.data
                # Pings do not extend the deadline, and a flood of them does not keep it from being checked.
                now = clock.monotonic()
                if now > until:
                    raise DeadlineError("Only pings came in time")
        except DeadlineError as error:
            silence = deadlines.silence(effect, until)
            if silence is None:
                return None
            raise silence from error

    async def _send(self, effect: SendText, deadlines: Deadlines) -> None:
        await self._open_socket().send_text(effect.text, timeout=deadlines.left())

    async def _request(self, request: Request, deadlines: Deadlines) -> Response:
        self._check_stop()
        return await self._transport.request(
            request, timeout=deadlines.left(), connect_timeout=deadlines.left_to_connect()
        )

    async def _open(self, effect: OpenSocket, deadlines: Deadlines) -> Headers:
        self._check_stop()
        self.abandon()
        timeout = deadlines.left_to_connect()
        self._socket = await self._transport.connect(effect.url, headers=effect.headers, timeout=timeout)
        return self._socket.headers

    async def _refresh(self, effect: RefreshCredentials, deadlines: Deadlines) -> Credentials | None:
        if self._get_refreshed is None or not should_refresh(effect):
            return None
        return await self._get_refreshed(effect.credentials, deadlines.left())

    async def _answer(self, effect: AnswerChallenge, deadlines: Deadlines) -> str | None:
        return None if self._get_answer is None else await self._get_answer(effect.challenge, deadlines.left())

    async def _read_clock(self, _: ReadClock, __: Deadlines) -> float:
        return clock.time()

    async def _back_off(self, effect: BackOff, deadlines: Deadlines) -> bool:
        attempt = plan(effect, deadlines)
        if attempt is None:
            return False
        self._stop.attempts.append(attempt)
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()
        timer = clock.RealTimer(loop, attempt.seconds, woken.set)

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(woken.set)

        self._stop.on_request(wake)
        try:
            await woken.wait()
        finally:
            self._stop.on_request(None)
            timer.cancel()
        self._check_stop()
        return True

    async def _run_hook(self, effect: RunHook, deadlines: Deadlines) -> None:
        await run_hook_async(effect, deadlines.left())

    async def _close(self, effect: CloseSocket, deadlines: Deadlines) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            left = max(deadlines.end - clock.monotonic(), 0.0)
            await socket.close(effect.code, timeout=min(left, 1.0))


class AsyncRun(Generic[Yielded]):
    """A flow under way, as an async iterator of its items.

    It is no async generator, because those can only be closed by awaiting: the app's ``break`` must free the driver at
    once.
    """

    __slots__ = ("_deadlines", "_driver", "_flow", "_performers")

    def __init__(
        self,
        driver: AsyncDriver,
        performers: Performers,
        flow: Generator[Effect | Yielded, Any, None],
        deadlines: Deadlines,
    ) -> None:
        self._driver = driver
        self._performers = performers
        self._flow: Generator[Effect | Yielded, Any, None] | None = flow
        self._deadlines = deadlines

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Yielded:
        answer: object = None
        error: Exception | None = None
        take, perform_for, deadlines = self._driver.take, self._performers.get, self._deadlines
        try:
            while (flow := self._flow) is not None:  # None, too, if it was closed while an effect was performed
                try:
                    wanted = flow.send(answer) if error is None else flow.throw(error)
                except StopIteration:
                    self._flow = None
                    break
                error = None
                if wanted is RECEIVE and (answer := take()) is not None:
                    deadlines.part = None  # the next wait begins anew
                    continue
                answer = None
                perform = perform_for(type(wanted))
                if perform is None:
                    return wanted  # pyright: ignore[reportReturnType]  # anything but an effect is an item
                try:
                    answer = await perform(wanted, deadlines)
                except DeadlineError as raised:
                    error = deadlines.explain(raised)
                except (TransportError, StopRequestedError) as raised:
                    error = raised
            raise StopAsyncIteration
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the flow, and its socket if it was not over; more than one call does no harm. Nothing is awaited."""
        flow, self._flow = self._flow, None
        if flow is not None:
            flow.close()
            self._driver.abandon()

    async def aclose(self) -> None:
        """`close`, for `contextlib.aclosing`."""
        self.close()
