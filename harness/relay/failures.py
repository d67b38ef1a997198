"""What the two kinds of relayed exchange share: their clock, deadlines, and answers of the relay's own."""

from __future__ import annotations

import errno
import json
import os
import socket
from dataclasses import dataclass
from typing import Literal

from fake_server.stage import Request, Response
from provider.clock import monotonic
from provider.transport.errors import BrokenConnectionError, ConnectError, DeadlineError, TransportError

_RECEIVE_ERROR = 56  # CURLE_RECV_ERROR: the connection was reset
_UNREACHED = {
    5: "its proxy's name was not found (DNS)",
    6: "its name was not found (DNS)",
    7: "the connection was refused, or there is no way to it",
    97: "the proxy refused the way to it",
}
"""By curl's code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayLimits:
    """How long the relay waits, in seconds, and how much it keeps.

    Attributes:
        connect: For an upgrade, TCP and TLS included.
        answer: For a whole HTTP answer.
        idle: For a socket's next message from the service.
        send: For the service to take a message.
        close: For the other side's close frame.
        kept_body: Bytes of one answer's body that are recorded. A longer one passes, but its recording is cut there: no
            cassette could hold it (`harness.cassette.model`), and it would lie in the memory.
        kept_bodies: The same of all answers' bodies together.
    """

    connect: float = 30.0
    answer: float = 600.0
    idle: float = 900.0
    send: float = 30.0
    close: float = 5.0
    kept_body: int = 48 * 1024 * 1024
    kept_bodies: int = 192 * 1024 * 1024


class Clock:
    """The host's clock, from the moment of a request on.

    Attributes:
        began: When the request's first byte came; now, if the host does not say.
    """

    def __init__(self, request: Request) -> None:
        self.began = request.at or monotonic()

    def now(self) -> float:
        """Seconds on the machine's monotonic clock, which is the host's."""
        return monotonic()


def how_lost(error: TransportError) -> Literal["eof", "reset"]:
    """How the service ended a connection that broke."""
    cause = error.__cause__
    reset = isinstance(cause, ConnectionResetError) or getattr(cause, "code", None) == _RECEIVE_ERROR
    return "reset" if reset else "eof"


def how_failed(error: TransportError) -> Literal["eof", "reset", "timeout"]:
    """How an exchange without an answer ended, as a cassette says it."""
    if isinstance(error, DeadlineError):
        return "timeout"
    return how_lost(error) if isinstance(error, BrokenConnectionError) else "eof"


def out_of_descriptors() -> bool:
    """Whether this process, or the machine, can open nothing any more: then no failure is the service's."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in {errno.EMFILE, errno.ENFILE}
    return False


def why_unreached(error: TransportError) -> str:
    """Why there was no connection to the service; empty if there was one."""
    if not isinstance(error, ConnectError):
        return ""
    if error.tls:
        return "its certificate or TLS was refused (TLS)"
    cause = error.__cause__
    code = 6 if isinstance(cause, socket.gaierror) else 7 if isinstance(cause, ConnectionRefusedError) else None
    return _UNREACHED.get(code or getattr(cause, "code", 0), "no connection could be made")


def own_answer(status: int, problem: str, detail: str, reason: str = "") -> Response:
    """An answer that does not come from the service; says so."""
    told = {"error": problem, "detail": detail} | ({"reason": reason} if reason else {})
    body = json.dumps({"wiretape": told}).encode()
    return Response(
        status=status, headers=(("content-type", "application/json"), ("x-wiretape-error", problem)), body=body
    )


def failure_answer(error: TransportError, detail: str) -> Response:
    """The answer to a request that the service did not answer."""
    if isinstance(error, DeadlineError):
        return own_answer(504, "upstream-timeout", detail)
    reason = why_unreached(error)
    return own_answer(502, "upstream-unreachable" if reason else "upstream-failed", detail, reason)
