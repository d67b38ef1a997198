"""Runs flows over the asyncio transport."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
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
    RunControl,
    RunHook,
    SendText,
    StopRequestedError,
)
from provider.timeout import Timeout
from provider.transport.async_transport import AsyncSocket, AsyncTransport
from provider.transport.errors import DeadlineError, SocketEndedError, TransportError
from provider.transport.types import Request, Response
from provider.websocket import BINARY, Ended, Headers

Yielded = TypeVar("Yielded")
_CLOSING: Final = Timeout(total=1.0)
_NOTHING: Final = (None, None)
"""The result of no effect: neither an answer nor an error."""
Performers: TypeAlias = Mapping[type, Callable[[Any, Deadlines], Awaitable[object]]]


class AsyncDriver:
    """Performs effects over one transport, and keeps its socket between flows. One task at a time may use it.

    Attributes:
        socket: The open socket, or None.
        control: The `RunControl` of the flow that runs.
    """

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
        self.socket: AsyncSocket | None = None
        self.control = RunControl()
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
        self, flow: Generator[Effect | Yielded, Any, None], timeout: Timeout, control: RunControl | None = None
    ) -> AsyncRun[Yielded]:
        """Run a flow. Arguments as for `provider.drivers.sync_driver.SyncDriver.run`."""
        self.control = control or RunControl()
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
        """Close the socket at once, without awaiting: the task may be in the middle of a cancellation."""
        socket, self.socket = self.socket, None
        if socket is not None:
            socket.abort()

    def _check_stop(self) -> None:
        if self.control.stop_requested:
            raise StopRequestedError

    def _open_socket(self) -> AsyncSocket:
        """Return the open socket.

        Raises:
            SocketEndedError: No socket is open: a failure closed it, or it belongs to another event loop.
        """
        if self.socket is not None and not self.socket.is_here:
            self.abandon()
        if self.socket is None:
            raise SocketEndedError(Ended("eof"))
        return self.socket

    async def _receive(self, effect: Receive, deadlines: Deadlines) -> bytes | None:
        socket = self._open_socket()
        self._check_stop()
        now = clock.monotonic()
        until = deadlines.end if effect is deadlines.unbounded and now < deadlines.end else deadlines.until(effect, now)
        try:
            while True:
                message = await socket.receive(max(until - now, 0.0))
                if message.opcode <= BINARY:
                    return message.data
                # Pings do not extend the deadline, and a flood of them does not keep it from being checked.
                now = clock.monotonic()
                if now > until:
                    raise DeadlineError("No message but pings came from the service before the deadline")
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
        self.socket = await self._transport.connect(effect.url, headers=effect.headers, timeout=timeout)
        return self.socket.headers

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
        self.control.attempts.append(attempt)
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()
        timer = clock.RealTimer(loop, attempt.seconds, woken.set)

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(woken.set)

        self.control.on_stop_request(wake)
        try:
            await woken.wait()
        finally:
            self.control.on_stop_request(None)
            timer.cancel()
        self._check_stop()
        return True

    async def _run_hook(self, effect: RunHook, deadlines: Deadlines) -> None:
        await run_hook_async(effect, deadlines.left())

    async def _close(self, effect: CloseSocket, deadlines: Deadlines) -> None:
        socket, self.socket = self.socket, None
        if socket is not None:
            left = max(deadlines.end - clock.monotonic(), 0.0)
            await socket.close(effect.code, timeout=min(left, 1.0))


class AsyncRun(Generic[Yielded]):
    """A flow under way, as an async iterator of its items.

    It is no async generator, because those can only be closed by awaiting: the app's ``break`` must free the driver at
    once.
    """

    __slots__ = ("_answered", "_deadlines", "_driver", "_flow", "_performers", "_wanted")

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
        self._wanted: object = None
        self._answered: tuple[object, Exception | None] = _NOTHING

    def __aiter__(self) -> Self:
        return self

    def ready(self) -> Iterator[Yielded]:
        """Yield the items that come without a wait; at its end, `__anext__` waits for the next one, or ends.

        It is one generator for all of them, because a call or a coroutine for each item costs as much as its decoding.
        """
        flow, driver, deadlines = self._flow, self._driver, self._deadlines
        if flow is None or self._wanted is not None:
            return
        performers, control = self._performers, driver.control
        (answer, error), self._answered = self._answered, _NOTHING
        try:
            wanted = flow.send(answer) if error is None else flow.throw(error)
            while True:
                # Inline, because this runs for each message: what has arrived is read without a coroutine.
                while wanted is RECEIVE and (socket := driver.socket) is not None and not control.stop_requested:
                    message = socket.take()
                    if message is None:
                        break
                    if message.opcode <= BINARY:
                        deadlines.part = None  # the next wait begins anew
                        wanted = flow.send(message.data)
                if type(wanted) is not str and type(wanted) in performers:
                    break
                yield wanted  # pyright: ignore[reportReturnType]  # anything but an effect is an item
                wanted = flow.send(None)
        except StopIteration:
            self._flow = None
            return
        except GeneratorExit:  # this iterator was left, not the turn
            raise
        except BaseException:
            self.close()
            raise
        self._wanted = wanted

    async def __anext__(self) -> Yielded:
        while True:
            for item in self.ready():
                return item
            wanted, self._wanted = self._wanted, None
            if wanted is None or self._flow is None:
                raise StopAsyncIteration
            self._answered = await self._perform(wanted)

    async def _perform(self, wanted: object) -> tuple[object, Exception | None]:
        """Perform an effect. Returns its answer, or the error for the flow."""
        try:
            return await self._performers[type(wanted)](wanted, self._deadlines), None
        except DeadlineError as raised:
            return None, self._deadlines.explain(raised)
        except (TransportError, StopRequestedError) as raised:
            return None, raised
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
        """Call `close`; it has this name so that `contextlib.aclosing` can be used."""
        self.close()
