"""What both transports make of an answer: a body up to a limit, a checked upgrade, a refused one."""

from __future__ import annotations

from typing import Final

from provider.transport.errors import ProtocolError, TooLargeError, TransportError, UpgradeRefusedError
from provider.transport.handle import accept_for
from provider.transport.heads import Head
from provider.transport.translate import REFUSED_UPGRADE, code_of, place_of, translate
from provider.transport.types import Response
from provider.websocket import header

ABORT_WRITE: Final = 0xFFFFFFFF
"""What a body callback returns to fail the transfer (CURL_WRITEFUNC_ERROR)."""


class BodyCollector:
    """Takes a body up to a limit.

    Attributes:
        too_large: Whether the limit was passed.
    """

    def __init__(self, limit: int) -> None:
        self.too_large = False
        self._chunks: list[bytes] = []
        self._limit = limit
        self._room = limit

    def take(self, chunk: bytes) -> int:
        """Take a chunk, as a callback of libcurl: the number of bytes taken."""
        self._room -= len(chunk)
        if self._room < 0:
            self.too_large = True
            return ABORT_WRITE
        self._chunks.append(chunk)
        return len(chunk)

    def failure(self, url: str) -> TooLargeError:
        """The error for a body that was too large."""
        return TooLargeError(f"{place_of(url)}: the answer is larger than {self._limit} bytes")

    def response(self, head: Head) -> Response:
        """The whole answer."""
        headers = (*head.headers, *head.trailers)
        return Response(status=head.status, reason=head.reason, headers=headers, body=b"".join(self._chunks))


def check_accept(head: Head, key: str, place: str) -> None:
    """Refuse a 101 that does not answer our key: libcurl does not look.

    Raises:
        ProtocolError: It does not.
    """
    if header(head.headers, "sec-websocket-accept") != accept_for(key):
        raise ProtocolError(f"{place}: the upgrade was answered with a wrong Sec-WebSocket-Accept")


def connect_error(error: Exception, head: Head, url: str) -> TransportError:
    """Our error for an upgrade that failed."""
    if code_of(error) == REFUSED_UPGRADE and head.complete:
        return UpgradeRefusedError(head.status, head.headers)
    return translate(error, url)
