"""What browsers say of why an exchange broke: the names of their network errors, in HARs and over DevTools."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from harness.cassette.model import How

Who: TypeAlias = Literal["client", "server", "recorder"]
_ENDED: Final[dict[str, tuple[Who, How]]] = {
    "net::ERR_ABORTED": ("client", "eof"),
    "net::ERR_BLOCKED_BY_CLIENT": ("client", "eof"),
    "NS_BINDING_ABORTED": ("client", "eof"),
    "net::ERR_TIMED_OUT": ("client", "timeout"),
    "net::ERR_CONNECTION_TIMED_OUT": ("client", "timeout"),
    "net::ERR_EMPTY_RESPONSE": ("server", "eof"),
    "net::ERR_CONNECTION_CLOSED": ("server", "eof"),
    "net::ERR_INCOMPLETE_CHUNKED_ENCODING": ("server", "eof"),
    "net::ERR_CONTENT_LENGTH_MISMATCH": ("server", "eof"),
    "net::ERR_CONNECTION_RESET": ("server", "reset"),
    "NS_ERROR_NET_RESET": ("server", "reset"),
}


def ended_by(error: str) -> tuple[Who, How]:
    """Who ended an exchange, and how; the recorder, where the name says nothing of it."""
    return _ENDED.get(error, ("recorder", "eof"))
