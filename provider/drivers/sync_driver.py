"""Runs flows over the blocking transport."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeVar

from provider import clock
from provider.challenges import ChallengeAsked
from provider.credentials import Credentials
from provider.drivers.hooks import run_hook
from provider.drivers.refresh import should_refresh
from provider.effects import (
    CLOSE_SOCKET,
    AnswerChallenge,
    CloseSocket,
    Effect,
    OpenSocket,
    Receive,
    RefreshCredentials,
    RunHook,
    SendText,
    StopRequestedError,
    StopToken,
)
from provider.transport.errors import DeadlineError, SocketEndedError, TransportError
from provider.transport.sync_transport import SyncSocket, SyncTransport
from provider.transport.types import Request, Response
from provider.websocket import Ended, Headers, Opcode

Yielded = TypeVar("Yielded")


class SyncDriver:
    """Performs effects over one transport, and keeps its socket between flows.

    One thread at a time may use it; any thread may call `stop`.
    """

    def __init__(
        self,
        transport: SyncTransport,
        *,
        connect_timeout: float,
        refresh: Callable[[Credentials, float], Credentials | None] | None = None,
        answer: Callable[[ChallengeAsked, float], str | None] | None = None,
    ) -> None:
        """Make a driver.

        Args:
            transport: Closed by the driver's `close`.
            connect_timeout: Seconds for opening the socket.
            refresh: Performs `RefreshCredentials`; its second argument is the seconds left for the call.
            answer: Performs `AnswerChallenge`, likewise.
        """
        self._transport = transport
        self._get_refreshed = refresh
        self._get_answer = answer
        self._connect_timeout = connect_timeout
        self._socket: SyncSocket | None = None
        self._stop = StopToken()
        self._performers: Mapping[type, Callable[[Any, float], object]] = {
            Receive: self._receive,
            SendText: self._send,
            Request: self._request,
            OpenSocket: self._open,
            CloseSocket: self._close,
            RefreshCredentials: self._refresh,
            AnswerChallenge: self._answer,
            RunHook: self._run_hook,
        }

    def run(
        self, flow: Generator[Effect | Yielded, Any, None], timeout: float, stop: StopToken | None = None
    ) -> Generator[Yielded, None, None]:
        """Run a flow, and yield its items as they come.

        Args:
            flow: A new flow. It is closed when this iterator ends, in whatever way.
            timeout: Seconds for the whole flow.
            stop: Stops the flow at its next effect that waits for the service.
        """
        deadline = clock.monotonic() + timeout
        self._stop = stop or StopToken()
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
                    answer = perform(wanted, deadline)
                except (TransportError, StopRequestedError) as raised:
                    error = raised
        finally:
            flow.close()
            if not finished:
                self._abandon()

    def close(self) -> None:
        """Close the socket and the transport; more than one call does no harm."""
        try:
            self._close(CLOSE_SOCKET, clock.monotonic() + 1.0)
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
        if self._stop.requested:
            raise StopRequestedError

    def _open_socket(self) -> SyncSocket:
        """Return the open socket.

        Raises:
            SocketEndedError: A failure has closed it.
        """
        if self._socket is None:
            raise SocketEndedError(Ended("eof"))
        return self._socket

    def _receive(self, effect: Receive, deadline: float) -> bytes | None:
        socket = self._open_socket()
        self._check_stop()
        now = clock.monotonic()
        if now >= deadline:
            raise DeadlineError("The deadline has passed")
        until = deadline if effect.within is None else min(now + effect.within, deadline)
        try:
            while True:
                message = socket.receive(max(until - now, 0.0))
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

    def _send(self, effect: SendText, deadline: float) -> None:
        self._open_socket().send_text(effect.text, timeout=_left(deadline))

    def _request(self, request: Request, deadline: float) -> Response:
        self._check_stop()
        return self._transport.request(request, timeout=_left(deadline))

    def _open(self, effect: OpenSocket, deadline: float) -> Headers:
        self._check_stop()
        self._abandon()
        timeout = min(_left(deadline), self._connect_timeout)
        self._socket = self._transport.connect(effect.url, headers=effect.headers, timeout=timeout)
        return self._socket.headers

    def _refresh(self, effect: RefreshCredentials, deadline: float) -> Credentials | None:
        if self._get_refreshed is None or not should_refresh(effect):
            return None
        return self._get_refreshed(effect.credentials, _left(deadline))

    def _answer(self, effect: AnswerChallenge, deadline: float) -> str | None:
        return None if self._get_answer is None else self._get_answer(effect.challenge, _left(deadline))

    def _run_hook(self, effect: RunHook, _: float) -> None:
        run_hook(effect)

    def _close(self, effect: CloseSocket, deadline: float) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.close(effect.code, timeout=min(max(deadline - clock.monotonic(), 0.0), 1.0))


def _left(deadline: float) -> float:
    left = deadline - clock.monotonic()
    if left <= 0:
        raise DeadlineError("The deadline has passed")
    return left
