"""Runs flows with the blocking transport."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, TypeVar

from provider import clock
from provider.credentials import Credentials
from provider.drivers.due import is_due
from provider.effects import Call, CloseSocket, Effect, OpenSocket, Receive, Renew, Send, Solve, StopRequestedError
from provider.transport.errors import DeadlineError, SocketEndedError, TransportError
from provider.transport.sync_transport import BlockingSocket, BlockingTransport
from provider.transport.types import Request, Response
from provider.websocket import Ended, Headers, Opcode

Yielded = TypeVar("Yielded")


class BlockingDriver:
    """Performs effects over one transport, and keeps its socket between flows.

    Not for several threads at once; `stop` alone may be called from another one.
    """

    def __init__(
        self,
        transport: BlockingTransport,
        *,
        connect_timeout: float,
        renew: Callable[[Renew], Credentials | None] | None = None,
        solve: Callable[[Solve], str | None] | None = None,
    ) -> None:
        """``renew`` and ``solve`` do what the effects of these names want; without them nobody does."""
        self._transport = transport
        self._renew_by = renew
        self._solve_by = solve
        self._connect_timeout = connect_timeout
        self._socket: BlockingSocket | None = None
        self._stopping = False
        self._performers: Mapping[type, Callable[[Any, float], object]] = {
            Receive: self._receive,
            Send: self._send,
            Call: self._call,
            OpenSocket: self._open,
            CloseSocket: self._close,
            Renew: self._renew,
            Solve: self._solve,
        }

    def run(self, flow: Generator[Effect | Yielded, Any, None], timeout: float) -> Iterator[Yielded]:
        """The flow's items, as they come.

        Args:
            flow: A fresh flow; closed when this iterator ends, in whatever way.
            timeout: Seconds for the whole of it.
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
                answer = error = None
                perform = perform_for(type(wanted))
                if perform is None:
                    yield wanted  # pyright: ignore[reportReturnType]  # what is no effect is an item
                    continue
                try:
                    answer = perform(wanted, deadline)
                except (TransportError, StopRequestedError) as raised:
                    error = raised
        finally:
            flow.close()
            if not finished:
                self._abandon()

    def stop(self) -> None:
        """End the running turn at the next message."""
        self._stopping = True

    def close(self) -> None:
        """Close socket and transport; may be called twice."""
        try:
            self._close(None, clock.monotonic() + 1.0)
        except TransportError:
            pass
        finally:
            self._abandon()
            self._transport.close()

    def _abandon(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.abort()

    def _kept(self) -> BlockingSocket:
        """The open socket.

        Raises:
            SocketEndedError: There is none any more: a failure closed it.
        """
        if self._socket is None:
            raise SocketEndedError(Ended("eof"))
        return self._socket

    def _receive(self, effect: Receive, deadline: float) -> bytes | None:
        socket = self._kept()
        if self._stopping:
            self._stopping = False
            raise StopRequestedError
        now = clock.monotonic()
        if now >= deadline:
            raise DeadlineError("The deadline has passed")
        until = deadline if effect.within is None else min(now + effect.within, deadline)
        try:
            while True:
                message = socket.receive(max(until - now, 0.0))
                if message.opcode <= Opcode.BINARY:
                    return message.data
                # Pings win no time, and a flood of them does not keep the clock from being looked at.
                now = clock.monotonic()
                if now > until:
                    raise DeadlineError("Nothing but pings came in time")
        except DeadlineError:
            if until < deadline:
                return None
            raise

    def _send(self, effect: Send, deadline: float) -> None:
        self._kept().send_text(effect.text, timeout=_left(deadline))

    def _call(self, effect: Call, deadline: float) -> Response:
        request = Request(method=effect.method, url=effect.url, headers=effect.headers, body=effect.body)
        return self._transport.request(request, timeout=_left(deadline))

    def _open(self, effect: OpenSocket, deadline: float) -> Headers:
        self._abandon()
        timeout = min(_left(deadline), self._connect_timeout)
        self._socket = self._transport.connect(effect.url, headers=effect.headers, timeout=timeout)
        return self._socket.headers

    def _renew(self, effect: Renew, _: float) -> Credentials | None:
        if self._renew_by is None or not is_due(effect):
            return None
        return self._renew_by(effect)

    def _solve(self, effect: Solve, _: float) -> str | None:
        return None if self._solve_by is None else self._solve_by(effect)

    def _close(self, _: CloseSocket | None, deadline: float) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.close(timeout=min(_left(deadline), 1.0))


def _left(deadline: float) -> float:
    left = deadline - clock.monotonic()
    if left <= 0:
        raise DeadlineError("The deadline has passed")
    return left
