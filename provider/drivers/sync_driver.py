"""Runs flows over the blocking transport."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final, TypeVar

from provider import clock
from provider.challenges import ChallengeAsked
from provider.credentials import Credentials
from provider.drivers.backing_off import plan
from provider.drivers.deadlines import Deadlines
from provider.drivers.hooks import run_hook
from provider.drivers.refresh import should_refresh
from provider.effects import (
    CLOSE_SOCKET,
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
from provider.transport.errors import DeadlineError, SocketEndedError, TransportError
from provider.transport.sync_transport import SyncSocket, SyncTransport
from provider.transport.types import Request, Response
from provider.websocket import BINARY, Ended, Headers

Yielded = TypeVar("Yielded")
_CLOSING: Final = Timeout(total=1.0)


class SyncDriver:
    """Performs effects over one transport, and keeps its socket between flows.

    One thread at a time may use it; any thread may call `stop`.
    """

    def __init__(
        self,
        transport: SyncTransport,
        *,
        refresh: Callable[[Credentials, float], Credentials | None] | None = None,
        answer: Callable[[ChallengeAsked, float], str | None] | None = None,
    ) -> None:
        """Make a driver.

        Args:
            transport: Closed by the driver's `close`.
            refresh: Performs `RefreshCredentials`; its second argument is the seconds left for the call.
            answer: Performs `AnswerChallenge`, likewise.
        """
        self._transport = transport
        self._get_refreshed = refresh
        self._get_answer = answer
        self._socket: SyncSocket | None = None
        self._control = RunControl()
        self._performers: Mapping[type, Callable[[Any, Deadlines], object]] = {
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
    ) -> Generator[Yielded, None, None]:
        """Run a flow, and yield its items as they come.

        Args:
            flow: A new flow. It is closed when this iterator ends, in whatever way.
            timeout: The flow's deadlines.
            control: Stops the flow at its next effect that waits for the service, and lists its retries.
        """
        deadlines = Deadlines(timeout)
        self._control = control or RunControl()
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
                answer = error = None
                perform = perform_for(type(wanted))
                if perform is None:
                    yield wanted  # pyright: ignore[reportReturnType]  # anything but an effect is an item
                    continue
                try:
                    answer = perform(wanted, deadlines)
                except DeadlineError as raised:
                    error = deadlines.explain(raised)
                except (TransportError, StopRequestedError) as raised:
                    error = raised
        finally:
            flow.close()
            if not finished:
                self._abandon()

    def close(self) -> None:
        """Close the socket and the transport; more than one call does no harm."""
        try:
            self._close(CLOSE_SOCKET, Deadlines(_CLOSING))
        except TransportError:
            pass
        finally:
            self._abandon()
            self._transport.close()

    def _abandon(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.abort()

    def _check_stop(self) -> None:
        if self._control.stop_requested:
            raise StopRequestedError

    def _open_socket(self) -> SyncSocket:
        """Return the open socket.

        Raises:
            SocketEndedError: A failure has closed it.
        """
        if self._socket is None:
            raise SocketEndedError(Ended("eof"))
        return self._socket

    def _receive(self, effect: Receive, deadlines: Deadlines) -> bytes | None:
        socket = self._open_socket()
        self._check_stop()
        now = clock.monotonic()
        until = deadlines.end if effect is deadlines.unbounded and now < deadlines.end else deadlines.until(effect, now)
        try:
            while True:
                message = socket.receive(max(until - now, 0.0))
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

    def _send(self, effect: SendText, deadlines: Deadlines) -> None:
        self._open_socket().send_text(effect.text, timeout=deadlines.left())

    def _request(self, request: Request, deadlines: Deadlines) -> Response:
        self._check_stop()
        return self._transport.request(request, timeout=deadlines.left(), connect_timeout=deadlines.left_to_connect())

    def _open(self, effect: OpenSocket, deadlines: Deadlines) -> Headers:
        self._check_stop()
        self._abandon()
        timeout = deadlines.left_to_connect()
        self._socket = self._transport.connect(effect.url, headers=effect.headers, timeout=timeout)
        return self._socket.headers

    def _refresh(self, effect: RefreshCredentials, deadlines: Deadlines) -> Credentials | None:
        if self._get_refreshed is None or not should_refresh(effect):
            return None
        return self._get_refreshed(effect.credentials, deadlines.left())

    def _answer(self, effect: AnswerChallenge, deadlines: Deadlines) -> str | None:
        return None if self._get_answer is None else self._get_answer(effect.challenge, deadlines.left())

    def _read_clock(self, _: ReadClock, __: Deadlines) -> float:
        return clock.time()

    def _back_off(self, effect: BackOff, deadlines: Deadlines) -> bool:
        attempt = plan(effect, deadlines)
        if attempt is None:
            return False
        self._control.attempts.append(attempt)
        woken = threading.Event()
        self._control.on_stop_request(woken.set)
        try:
            woken.wait(attempt.seconds)
        finally:
            self._control.on_stop_request(None)
        self._check_stop()
        return True

    def _run_hook(self, effect: RunHook, _: Deadlines) -> None:
        run_hook(effect)

    def _close(self, effect: CloseSocket, deadlines: Deadlines) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            left = max(deadlines.end - clock.monotonic(), 0.0)
            socket.close(effect.code, timeout=min(left, 1.0))
