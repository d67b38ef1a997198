"""The opening handshake of a WebSocket (RFC 6455 §4): its key, the check of the accept value, a refused upgrade."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Final

from provider.transport.errors import (
    REFUSED_UPGRADE,
    ProtocolError,
    TransportError,
    UpgradeRefusedError,
    code_of,
    translate,
)
from provider.transport.response import Head
from provider.websocket import header

_KEY_SALT: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 §1.3


def make_key() -> str:
    """Return a new Sec-WebSocket-Key."""
    return base64.b64encode(secrets.token_bytes(16)).decode()


def accept_for(key: str) -> str:
    """Return the Sec-WebSocket-Accept of a key."""
    return base64.b64encode(hashlib.sha1((key + _KEY_SALT).encode()).digest()).decode()  # noqa: S324  # RFC 6455


def check_accept(head: Head, key: str, place: str) -> None:
    """Check the accept value of a 101, which libcurl does not.

    Raises:
        ProtocolError: It does not belong to the key.
    """
    if header(head.headers, "sec-websocket-accept") != accept_for(key):
        raise ProtocolError(f"{place}: the service's 101 response has a wrong Sec-WebSocket-Accept header")


def upgrade_error(error: Exception, head: Head, url: str) -> TransportError:
    """Return the error for a failed upgrade."""
    if code_of(error) == REFUSED_UPGRADE and head.complete:
        return UpgradeRefusedError(head.status, head.headers)
    return translate(error, url, connecting=True)
