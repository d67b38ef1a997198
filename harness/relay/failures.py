"""Failures to reach the service: how a cassette shows them, and the responses that the client gets instead."""

from __future__ import annotations

import errno
import json
import os
import socket
from typing import Literal

from fake_server.stage import Response
from provider.transport.errors import BrokenConnectionError, ConnectError, DeadlineError, TransportError

_RECEIVE_ERROR = 56  # CURLE_RECV_ERROR: the connection was reset
_UNREACHED = {
    5: "its proxy's name was not found (DNS)",
    6: "its name was not found (DNS)",
    7: "the connection was refused, or there is no way to it",
    97: "the proxy refused the way to it",
}
"""Curl's error code -> reason."""


def how_lost(error: TransportError) -> Literal["eof", "reset"]:
    """How the connection to the service broke, by the error: ``eof`` (closed midway) or ``reset``."""
    cause = error.__cause__
    reset = isinstance(cause, ConnectionResetError) or getattr(cause, "code", None) == _RECEIVE_ERROR
    return "reset" if reset else "eof"


def how_failed(error: TransportError) -> Literal["eof", "reset", "timeout"]:
    """How an exchange without a response ended, in a cassette's words."""
    if isinstance(error, DeadlineError):
        return "timeout"
    return how_lost(error) if isinstance(error, BrokenConnectionError) else "eof"


def is_out_of_descriptors() -> bool:
    """Whether this process or machine cannot open more files: then a failed connection is not the service's fault."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in {errno.EMFILE, errno.ENFILE}
    return False


def why_unreached(error: TransportError) -> str:
    """Why no connection to the service could be made; empty if there was one."""
    if not isinstance(error, ConnectError):
        return ""
    if error.tls:
        return "its certificate or TLS was refused (TLS)"
    cause = error.__cause__
    code = 6 if isinstance(cause, socket.gaierror) else 7 if isinstance(cause, ConnectionRefusedError) else None
    return _UNREACHED.get(code or getattr(cause, "code", 0), "no connection could be made")


def own_answer(status: int, problem: str, detail: str, reason: str = "") -> Response:
    """A response from the relay itself, not from the service; its JSON body says so.

    Args:
        status: HTTP status.
        problem: Its stable code.
        detail: What happened, for people.
        reason: Why the service could not be reached; empty if it was.
    """
    body_fields = {"error": problem, "detail": detail} | ({"reason": reason} if reason else {})
    body = json.dumps({"wiretape": body_fields}).encode()
    return Response(
        status=status, headers=(("content-type", "application/json"), ("x-wiretape-error", problem)), body=body
    )


def failure_answer(error: TransportError, detail: str) -> Response:
    """The response to a request to which the service did not respond."""
    if isinstance(error, DeadlineError):
        return own_answer(504, "upstream-timeout", detail)
    reason = why_unreached(error)
    return own_answer(502, "upstream-unreachable" if reason else "upstream-failed", detail, reason)
