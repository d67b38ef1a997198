"""From curl's errors to ours: the one place that names them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from provider.transport.errors import (
    BrokenConnectionError,
    ConnectError,
    DeadlineError,
    ProtocolError,
    TransportError,
)

AGAIN: Final = 81
"""Nothing to read or no room to write just now."""
REFUSED_UPGRADE: Final = 22
WRITE_ABORTED: Final = 23
GOT_NOTHING: Final = 52
"""The other side ended the connection in silence."""

_TLS_CODES: Final = (35, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91, 98)
_CONNECT_CODES: Final = (1, 3, 4, 5, 6, 7, 45, 96, 97)
_BROKEN_CODES: Final = (16, 18, 52, 55, 56, 92, 95)
_PROTOCOL_CODES: Final = (8, 61, 63)
_TEXT: Final = re.compile(r"curl: \(\d+\) (.*?)\.? See https?://", re.DOTALL)
_URL_IN_TEXT: Final = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


def place_of(url: str) -> str:
    """``host:port`` of a URL, for messages: no path, no query, no user."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "wss": 443}.get(parts.scheme, 80)
    except ValueError:
        return "a URL without a proper host and port"
    return f"{parts.hostname}:{port}"


def code_of(error: Exception) -> int:
    """The number that curl gave an error; 0 for one that is not from curl."""
    return int(getattr(error, "code", 0) or 0)


def detail_of(error: Exception) -> str:
    """What libcurl says, without its advice and without URLs."""
    found = _TEXT.search(str(error))
    return _URL_IN_TEXT.sub("..", found.group(1)) if found else type(error).__name__


def _connect(what: str) -> TransportError:
    return ConnectError(what)


def _tls(what: str) -> TransportError:
    return ConnectError(what, tls=True)


_KINDS: Final[Mapping[int, Callable[[str], TransportError]]] = MappingProxyType(
    {
        **dict.fromkeys(_CONNECT_CODES, _connect),
        **dict.fromkeys(_TLS_CODES, _tls),
        **dict.fromkeys(_BROKEN_CODES, BrokenConnectionError),
        **dict.fromkeys(_PROTOCOL_CODES, ProtocolError),
        28: DeadlineError,
    }
)


def translate(error: Exception, url: str) -> TransportError:
    """Our error for one of curl's, to be raised ``from`` it.

    Raises:
        Exception: ``error`` itself, if it is none of curl's: whoever watches over curl_cffi (a blocker of networks, a
            profiler) is to be heard by the caller.
    """
    if not hasattr(error, "code"):
        raise error
    code = code_of(error)
    detail = detail_of(error)
    # A proxy's refusal comes as a receive error (56), before there is any connection.
    if "CONNECT tunnel failed" in detail or "proxy" in detail.lower():
        return ConnectError(f"{place_of(url)}: {detail}")
    return _KINDS.get(code, TransportError)(f"{place_of(url)}: {detail or f'curl error {code}'}")


def translate_option(error: Exception, url: str) -> TransportError:
    """Our error for an option that libcurl did not take.

    To be raised ``from None``: curl_cffi's text quotes the option's value.
    """
    return TransportError(f"{place_of(url)}: the request cannot be set up ({type(error).__name__} {code_of(error)})")


_WS_COMPLAINTS: Final = ("opcode", "reserved bit", "masked", "compressed frame", "[WS]", "WS:", "control frame")


def is_protocol_complaint(error: Exception) -> bool:
    """Whether libcurl ended a socket because of what it received, not because the connection broke."""
    return any(word in str(error) for word in _WS_COMPLAINTS)
