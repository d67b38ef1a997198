"""Collects the head of an answer, and its trailers, from the lines that libcurl hands over."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from provider.websocket import Headers

OnInterim: TypeAlias = Callable[[int, Headers], None]
"""Told of an interim answer: its status, 100 to 199 but not 101, and its headers."""


class Head:
    """Status, reason and headers of the last answer; those of interim ones and of proxies are forgotten.

    Attributes:
        complete: Whether the empty line after a final answer's headers has come.

    Args:
        on_interim: Told of each interim answer as it comes.
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
        """In order, names in lower case, repeats kept."""
        return tuple(self._headers)

    @property
    def trailers(self) -> Headers:
        """The fields that came behind the body, likewise."""
        return tuple(self._trailers)

    def add(self, raw: bytes) -> int:
        """Take one line, as a callback of libcurl: the number of bytes taken."""
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
                fields.append((name.strip().lower(), value.strip()))
        return len(raw)
