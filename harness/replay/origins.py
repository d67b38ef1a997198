"""Origins: URLs of the recorded service on one side, of the local server on the other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

_SOCKET_SCHEMES: Final = {"http": "ws", "https": "wss"}
_END: Final = r"(?![\w:@-]|\.\w)"


def _pattern(origins: Iterable[str]) -> re.Pattern[str] | None:
    alternatives: list[str] = []
    for origin in origins:
        scheme, _, host = origin.partition("://")
        alternatives.append(rf"(?:{scheme}|{_SOCKET_SCHEMES[scheme]}):(?:\\?/){{2}}{re.escape(host)}")
    return re.compile(f"(?:{'|'.join(alternatives)}){_END}", re.IGNORECASE) if alternatives else None


def as_origin(text: str) -> str | None:
    """``scheme://host[:port]`` of an HTTP URL; None for anything else, such as ``fake:2026``."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.scheme not in _SOCKET_SCHEMES or not parts.netloc or "@" in parts.netloc:
        return None
    return f"{parts.scheme}://{parts.netloc.lower()}"


class Origins:
    """The origins that stand for the local server's own. They are only ever read: nothing is called there.

    Args:
        recorded: Origin of the recording; counts only if it is a URL.
        others: Further origins of the service.
    """

    def __init__(self, recorded: str, others: Iterable[str] = ()) -> None:
        found = dict.fromkeys(origin for origin in map(as_origin, (recorded, *others)) if origin is not None)
        self.foreign = tuple(found)
        self._pattern = _pattern(self.foreign)
        self._plain = tuple(origin.partition("://")[2].encode() for origin in self.foreign)

    def held(self, payload: bytes) -> bool:
        """Whether a payload holds a URL of the service."""
        if self._pattern is None or not any(host in payload for host in self._plain):
            return False
        return self._pattern.search(payload.decode("latin-1")) is not None

    def to_local(self, text: str, local: str) -> str:
        """A text with the service's origins replaced by the local server's."""
        return self._replaced(text, self._pattern, local)

    def to_home(self, text: str, local: str) -> str:
        """A text with the local server's origin, and all of the service's, replaced by the service's first one."""
        if not self.foreign:
            return text
        text = self._replaced(text, self._pattern, self.foreign[0])
        origin = as_origin(local)
        return text if origin is None else self._replaced(text, _pattern((origin,)), self.foreign[0])

    @staticmethod
    def _replaced(text: str, pattern: re.Pattern[str] | None, origin: str) -> str:
        if pattern is None or not origin:
            return text
        scheme, _, host = origin.partition("://")

        def replacement(found: re.Match[str]) -> str:
            spelling = found[0]
            name = _SOCKET_SCHEMES.get(scheme, scheme) if spelling[:2].lower() == "ws" else scheme
            return f"{name}:\\/\\/{host}" if "\\/" in spelling else f"{name}://{host}"

        return pattern.sub(replacement, text)
