"""Collects the head and the body of a response from libcurl's callbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from provider.transport.errors import (
    TooLargeError,
    place_of,
)
from provider.transport.types import Response
from provider.websocket import Headers

ABORT_WRITE: Final = 0xFFFFFFFF
"""A body callback returns this to abort the transfer (CURL_WRITEFUNC_ERROR)."""
_BLANK: Final = " \t"
"""What may surround a header's value (RFC 9110 §5.5). `str.strip` would take bytes of UTF-8 text, such as 0xA0, too."""
OnInterim: TypeAlias = Callable[[int, Headers], None]
"""Called with the status (100 to 199 without 101) and headers of an interim response."""


class Head:
    """Status, reason and headers of the final response; those of interim responses and of proxies are dropped.

    Attributes:
        complete: Whether the empty line after the headers of the final response has come.

    Args:
        on_interim: Called with each interim response.
    """

    def __init__(self, on_interim: OnInterim | None = None) -> None:
        self._on_interim = on_interim
        self._trailers: list[tuple[str, str]] = []
        self.status = 0
        self.reason = ""
        self.complete = False
        self._headers: list[tuple[str, str]] = []

    @property
    def headers(self) -> Headers:
        """The header fields in order, with lower-case names, repeated fields kept."""
        return tuple(self._headers)

    @property
    def trailers(self) -> Headers:
        """The trailer fields after the body, in order, with lower-case names, repeated fields kept."""
        return tuple(self._trailers)

    def add(self, raw: bytes) -> int:
        """Add one line. This is a callback of libcurl, and returns the number of bytes."""
        line = raw.decode("latin-1").rstrip("\r\n")
        if line.startswith("HTTP/"):
            _, _, rest = line.partition(" ")
            status, _, self.reason = rest.partition(" ")
            self.status = int(status) if status.isascii() and status.isdecimal() else 0
            self._headers.clear()
            self.complete = False
        elif not line:
            self.complete = self.status >= 200 or self.status == 101
            if not self.complete and self._on_interim is not None:
                self._on_interim(self.status, self.headers)
        else:
            name, colon, value = line.partition(":")
            if colon:
                fields = self._trailers if self.complete else self._headers
                fields.append((name.strip().lower(), value.strip(_BLANK)))
        return len(raw)


class BodyCollector:
    """Collects a body up to a limit.

    Attributes:
        too_large: Whether the body exceeds the limit.
    """

    def __init__(self, limit: int) -> None:
        self.too_large = False
        self._chunks: list[bytes] = []
        self._limit = limit
        self._room = limit

    def take(self, chunk: bytes) -> int:
        """Add a chunk. This is a callback of libcurl, and returns the number of bytes, or `ABORT_WRITE`."""
        self._room -= len(chunk)
        if self._room < 0:
            self.too_large = True
            return ABORT_WRITE
        self._chunks.append(chunk)
        return len(chunk)

    def failure(self, url: str) -> TooLargeError:
        """Return the error for a body that exceeds the limit."""
        return TooLargeError(f"{place_of(url)}: the response's body is larger than {self._limit} bytes")

    def response(self, head: Head) -> Response:
        """Return the whole response."""
        headers = (*head.headers, *head.trailers)
        return Response(status=head.status, reason=head.reason, headers=headers, body=b"".join(self._chunks))
