"""Cookies that outlive one curl handle: those of the client, and those that responses set."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

_SECURE_PREFIXES: Final = ("__Host-", "__Secure-")


class CookieLines(tuple[bytes, ...]):
    """Lines of cookies. Its repr does not show them: this keeps secrets out of traceback frames."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{len(self)} cookies>"


class CookieStore:
    """Cookies in the Netscape format, which libcurl reads and writes.

    libcurl decides which cookies a request carries. To loopback it sends ``Secure`` ones over plain http, too. Several
    transports, in several threads, may share a store.
    """

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str, str], str] = {}
        self._lock = threading.Lock()

    def add(self, url: str, cookies: Mapping[str, str]) -> None:
        """Add cookies for the host of a URL alone. Cookies that no header can carry are left out."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        for name, value in cookies.items():
            if any(ord(char) < 0x20 or char == ";" for char in name + value) or not name:
                continue
            secure = parts.scheme == "https" or name.startswith(_SECURE_PREFIXES)
            line = "\t".join((host, "FALSE", "/", "TRUE" if secure else "FALSE", "0", name, value))
            with self._lock:
                self._lines[host, "/", name] = line

    def lines(self) -> CookieLines:
        """Return the lines for a new handle. The newest comes first, because libcurl sends the last line first."""
        with self._lock:
            return CookieLines(line.encode() for line in reversed(self._lines.values()))

    def learn(self, given: Iterable[bytes], lines: Iterable[bytes]) -> None:
        """Store the cookies that a response has added, changed or deleted.

        An unchanged cookie is not stored: another response may have changed it meanwhile.

        Args:
            given: The cookie lines that the curl handle began with.
            lines: Those that it has after the response; a cookie that is missing here was deleted.
        """
        before = {_key(line): line for line in (raw.decode() for raw in given)}
        after = {_key(line): line for line in (raw.decode("utf-8", "replace") for raw in lines)}
        with self._lock:
            for key in before.keys() - after.keys():
                self._lines.pop(key, None)
            self._lines.update({key: line for key, line in after.items() if before.get(key) != line})


def _key(line: str) -> tuple[str, str, str]:
    fields = line.removeprefix("#HttpOnly_").split("\t")
    return (fields[0], fields[2], fields[5]) if len(fields) >= 6 else (line, "", "")
