"""The spellings of an origin, as patterns over bytes; see `harness.origins` for the list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

_Options: TypeAlias = tuple[bytes, ...]
# All patterns are for data in lower case.
_COLON: Final[_Options] = (b":", b"%3a", b"%253a", b"%25253a", b"\\u003a", b"\\\\u003a", b"&#58;", b"&#x3a;")
_SLASH: Final[_Options] = (
    *(b"/", b"\\/", b"\\\\/", b"\\\\\\/", b"%2f", b"%252f", b"%25252f"),
    *(b"\\u002f", b"\\\\u002f", b"&#47;", b"&#x2f;"),
)
_OPEN: Final[_Options] = (b"[", b"%5b", b"%255b", b"%25255b")
_CLOSE: Final[_Options] = (b"]", b"%5d", b"%255d", b"%25255d")
_AT: Final[_Options] = (b"@", b"%40", b"%2540", b"%252540")
_SPECIAL: Final = {":": _COLON, "[": _OPEN, "]": _CLOSE}
_DEFAULT_PORTS: Final = {"https": "443", "http": "80"}
SOCKET_SCHEMES: Final = {"http": "ws", "https": "wss"}
"""Scheme of HTTP -> that of WebSocket."""
_NAME: Final = re.compile("[a-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Origin:
    """An origin in its parts, without a default port."""

    scheme: str
    authority: str

    @classmethod
    def parse(cls, origin: str) -> Origin:
        """Split ``scheme://authority``."""
        scheme, _, authority = origin.lower().partition("://")
        return cls(scheme, authority.removesuffix(f":{_DEFAULT_PORTS.get(scheme, '')}"))

    @property
    def needle(self) -> bytes:
        """Bytes that occur in every spelling of this origin, for a quick search."""
        return max(_NAME.findall(self.authority), key=len, default="").encode()


def _any(options: Iterable[bytes]) -> bytes:
    return b"(?:" + b"|".join(re.escape(one) for one in sorted(set(options), key=len, reverse=True)) + b")"


def _beginnings(options: Iterable[bytes]) -> bytes:
    return _any(one[:size] for one in options for size in range(1, len(one)))


def _authority(authority: str) -> list[_Options]:
    return [_SPECIAL.get(each, (each.encode(),)) for each in authority]


def _joined(tokens: Iterable[_Options]) -> bytes:
    return b"".join(map(_any, tokens))


# The host name continues, or the text is no origin at all (user information before an @).
_END: Final = rb"(?![a-z0-9_@-]|\.[a-z0-9]|" + _any(_COLON) + rb"[a-z0-9]|" + _any(_AT) + b")"
_MAYBE_MORE: Final = rb"(?:\.|" + b"|".join((_any(_COLON), _beginnings(_COLON), _beginnings(_AT))) + b")?"


class OriginPatterns:
    """Patterns for the origins of one scheme, HTTP or HTTPS.

    Attributes:
        whole: Matches a whole origin, in any spelling.
        network_path: Matches ``//host`` at the beginning of a reference without a scheme (RFC 3986 §4.2).
        begun: Matches the beginning of an origin at the end of the data.
        bytes: The bytes that an origin may hold.
    """

    def __init__(self, scheme: str, authorities: Sequence[str]) -> None:
        port = _DEFAULT_PORTS[scheme].encode()
        schemes = (scheme.encode(), SOCKET_SCHEMES[scheme].encode())
        longest_first = sorted(authorities, key=len, reverse=True)
        hosts = b"|".join(_joined(_authority(each)) for each in longest_first)
        slash, colon = _any(_SLASH), _any(_COLON)
        self.whole = re.compile(
            b"(?P<scheme>" + b"|".join(schemes) + b")(?P<colon>" + colon + b")(?P<slashes>" + slash + slash + b")"
            b"(?:" + hosts + b")(?:" + colon + port + b")?" + _END
        )
        self.network_path = re.compile(rb"(?:^|(?<=[\s<=,;'\"]))//(?:" + hosts + b")(?:" + colon + port + b")?" + _END)
        spelled = b"".join((*schemes, *_COLON, *_SLASH, *_OPEN, *_CLOSE, *_AT, port, b"."))
        self.bytes = frozenset(spelled + "".join(authorities).encode())
        starts = [self._begun([schemes, _COLON, _SLASH, _SLASH, *_authority(each)], port) for each in authorities]
        self.begun = re.compile(b"(?:" + b"|".join(starts) + rb")\Z")

    @staticmethod
    def _begun(tokens: Sequence[_Options], port: bytes) -> bytes:
        """A pattern that matches the beginning of an origin: some of its tokens, of which the last may be cut."""
        digits = b""
        for digit in reversed(range(len(port))):
            more = digits or _MAYBE_MORE
            digits = port[digit : digit + 1] + b"(?:" + more + b")?"
        pattern = b"(?:" + _any(_COLON) + digits + b"|" + _MAYBE_MORE + b")"
        for token in reversed(tokens):
            part = b"|" + _beginnings(token) if any(len(one) > 1 for one in token) else b""
            pattern = b"(?:" + _any(token) + pattern + part + b")?"
        return pattern.removesuffix(b"?")
