"""The answers to connections above the limit of open ones."""

from __future__ import annotations

import asyncio
from typing import Final

from fake_server.host.tcp import TcpConnection

_TOO_MANY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\ncontent-length: 25\r\nretry-after: 1\r\n"
    b"connection: close\r\n\r\ntoo many open connections"
)
_LASTS: Final = 0.5
"""Seconds that a refused client has to read its answer."""
_MOST: Final = 50
"""Refused connections that wait for that at once."""


class Refusals:
    """Connections that were answered with 503, and are kept open for a moment so that the client can read that."""

    def __init__(self) -> None:
        self._refused: set[TcpConnection] = set()

    def refuse(self, tcp: TcpConnection, *, can_answer: bool) -> None:
        """Answer with 503, and end soon; over TLS (``can_answer`` is False), or in a flood, end at once."""
        if not can_answer or len(self._refused) >= _MOST:
            tcp.abort()
            return
        # The request is read and discarded: closing with unread input sends RST, which discards the answer.
        tcp.ignore()
        tcp.write(_TOO_MANY)
        tcp.send_fin()
        self._refused.add(tcp)
        asyncio.get_running_loop().call_later(_LASTS, self._forget, tcp)

    def end(self) -> None:
        """End the refused connections now, whether their clients have read the refusal or not."""
        for tcp in tuple(self._refused):
            self._forget(tcp)

    def _forget(self, tcp: TcpConnection) -> None:
        self._refused.discard(tcp)
        tcp.abort()
