"""The end of a chat in which the service sends a message that is not UTF-8: libcurl does not check it."""

from __future__ import annotations

from typing import Final, Never

from provider.effects import CloseSocket, Steps
from provider.errors import MalformedEventError

CLOSE_NOT_UTF8: Final = CloseSocket(1007)
"""RFC 6455 §7.4.1: the bytes of a message are not of its type."""


def reject_message() -> Steps[Never]:
    """Close the socket.

    Raises:
        MalformedEventError: Always.
    """
    yield CLOSE_NOT_UTF8
    raise MalformedEventError("A message of the service is not UTF-8", path="")
