"""Collects the head of an answer from the lines that libcurl hands over."""

from __future__ import annotations

from provider.wire.message import Headers


class Head:
    """Status, reason and headers of the last answer; those of interim ones and of proxies are forgotten.

    Attributes:
        complete: Whether the empty line after a final answer's headers has come.
    """

    def __init__(self) -> None:
        self.status = 0
        self.reason = ""
        self.complete = False
        self._headers: list[tuple[str, str]] = []

    @property
    def headers(self) -> Headers:
        """In order, names in lower case, repeats kept."""
        return tuple(self._headers)

    def add(self, raw: bytes) -> int:
        """Take one line, as a callback of libcurl: the number of bytes taken. Trailers, after the body, are added."""
        line = raw.decode("latin-1").rstrip("\r\n")
        if line.startswith("HTTP/"):
            _, _, rest = line.partition(" ")
            status, _, self.reason = rest.partition(" ")
            self.status = int(status) if status.isascii() and status.isdecimal() else 0
            self._headers.clear()
            self.complete = False
        elif not line:
            self.complete = self.status >= 200 or self.status == 101
        else:
            name, colon, value = line.partition(":")
            if colon:
                self._headers.append((name.strip().lower(), value.strip()))
        return len(raw)
