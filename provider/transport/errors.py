"""The errors of a transport. Every error of curl becomes one of these, and is its cause."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from provider.websocket import Ended, Headers


class TransportError(Exception):
    """Root of the transport's errors. Texts name host and cause, never a query, a header or a credential."""


class MissingCurlError(TransportError):
    """curl_cffi is not installed, or cannot be loaded."""


class ConnectError(TransportError):
    """No connection: the name was not found, the host or the proxy refused, or TLS failed.

    Attributes:
        tls: Whether TLS failed.
        transient: Whether another attempt may succeed: not after a wrong URL, a bad certificate, a proxy's 407.
    """

    def __init__(self, what: str, *, tls: bool = False, transient: bool = False) -> None:
        super().__init__(what)
        self.tls = tls
        self.transient = transient

    def __reduce__(self) -> tuple[object, ...]:
        return ConnectError, self.args, {"tls": self.tls, "transient": self.transient}


class DeadlineError(TransportError, TimeoutError):
    """A deadline has passed. Messages that came before stay readable.

    Attributes:
        connecting: Whether there was no connection yet.
    """

    def __init__(self, what: str, *, connecting: bool = False) -> None:
        super().__init__(what)
        self.connecting = connecting

    def __reduce__(self) -> tuple[object, ...]:
        return DeadlineError, self.args, {"connecting": self.connecting}


class BrokenConnectionError(TransportError):
    """The connection broke within a response."""


class ProtocolError(TransportError):
    """The peer broke HTTP or WebSocket: a wrong accept value, a bad frame, an invalid close code."""


class TooLargeError(TransportError):
    """A message or body is larger than the `Settings` allow."""


class UpgradeRefusedError(TransportError):
    """The server did not answer the WebSocket upgrade with a 101.

    Attributes:
        status: The status code.
        headers: The headers. libcurl gives no access to the body.
    """

    def __init__(self, status: int, headers: Headers = ()) -> None:
        super().__init__(f"The upgrade was refused with status {status}")
        self.status = status
        self.headers = headers

    def __reduce__(self) -> tuple[object, ...]:
        return UpgradeRefusedError, (self.status, self.headers)


class SocketEndedError(TransportError):
    """The WebSocket has ended. All messages before the end were returned first.

    Attributes:
        ended: A close frame with its code and reason, EOF, or a reset.
    """

    def __init__(self, ended: Ended) -> None:
        code = "" if ended.code is None else f" {ended.code}"
        super().__init__(f"The socket ended ({ended.how}{code})")
        self.ended = ended

    def __reduce__(self) -> tuple[object, ...]:
        return SocketEndedError, (self.ended,)


# -------------------------------------------------------------------- from curl's errors to these
AGAIN: Final = 81
"""CURLE_AGAIN: nothing to read, or no room to write."""
REFUSED_UPGRADE: Final = 22
WRITE_ABORTED: Final = 23
GOT_NOTHING: Final = 52
"""The peer closed the connection without a response."""

_TLS_CODES: Final = (35, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91, 98)
_CONNECT_CODES: Final = (1, 3, 4, 5, 6, 7, 45, 96, 97)
_BROKEN_CODES: Final = (16, 18, 52, 55, 56, 92, 95)
_PROTOCOL_CODES: Final = (8, 61, 63)
_TEXT: Final = re.compile(r"curl: \(\d+\) (.*?)\.? See https?://", re.DOTALL)
_URL_IN_TEXT: Final = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


def place_of(url: str) -> str:
    """Return ``host:port`` of a URL for messages: without path, query and user."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "wss": 443}.get(parts.scheme, 80)
    except ValueError:
        return "a URL without a proper host and port"
    return f"{parts.hostname}:{port}"


def code_of(error: Exception) -> int:
    """Return curl's number of an error; 0 for an error that is not curl's."""
    return int(getattr(error, "code", 0) or 0)


def detail_of(error: Exception) -> str:
    """Return libcurl's text of an error without its advice and without URLs."""
    found = _TEXT.search(str(error))
    return _URL_IN_TEXT.sub("..", found.group(1)) if found else type(error).__name__


_TRANSIENT_CODES: Final = (5, 6, 7, 96, 97)
"""The proxy's or the host's name not resolved, no connection, no QUIC connection, a failed handshake with a proxy."""
_TRANSIENT_REFUSAL: Final = re.compile(r"CONNECT tunnel failed, response (?:429|50[234])")
_TIMED_OUT: Final = 28


def _connect(what: str) -> TransportError:
    return ConnectError(what)


def _transient(what: str) -> TransportError:
    return ConnectError(what, transient=True)


def _tls(what: str) -> TransportError:
    return ConnectError(what, tls=True)


_TOO_LARGE: Final = 100
_COMPLAINTS_OF_SIZE: Final = (
    "Too many response headers",
    "Too large response headers",
    "pause buffer not large enough",
)
"""Parts of libcurl's texts about headers beyond its limits, and about a body that is compressed beyond them."""
_HTTP_COMPLAINTS: Final = ("HTTP/0.9", "HTTP version in response", "code in HTTP response", "chunk hex-length")
"""Parts of libcurl's texts about a response that is no HTTP, to which it gives the code of a broken connection."""

_KINDS: Final[Mapping[int, Callable[[str], TransportError]]] = MappingProxyType(
    {
        **dict.fromkeys(_CONNECT_CODES, _connect),
        **dict.fromkeys(_TRANSIENT_CODES, _transient),
        **dict.fromkeys(_TLS_CODES, _tls),
        **dict.fromkeys(_BROKEN_CODES, BrokenConnectionError),
        **dict.fromkeys(_PROTOCOL_CODES, ProtocolError),
        _TOO_LARGE: TooLargeError,
    }
)


def translate(error: Exception, url: str, *, connecting: bool = False) -> TransportError:
    """Return the transport's error for an error of curl, to raise ``from`` it.

    Args:
        error: Of curl.
        url: Of the request.
        connecting: Whether there was no connection yet, where a deadline has passed.

    Raises:
        Exception: ``error`` itself, if it is not curl's: for example that of a network block around curl_cffi.
    """
    if not hasattr(error, "code"):
        raise error
    code = code_of(error)
    detail = detail_of(error)
    what = f"{place_of(url)}: {detail or f'curl error {code}'}"
    if code == _TIMED_OUT:
        return DeadlineError(what, connecting=connecting)
    # curl reports a proxy's refusal as a receive error (56), although there is no connection yet.
    if "CONNECT tunnel failed" in detail or "proxy" in detail.lower():
        transient = code in _TRANSIENT_CODES or _TRANSIENT_REFUSAL.search(detail) is not None
        return ConnectError(what, transient=transient)
    if code == _TOO_LARGE and not detail:
        what = f"{place_of(url)}: the response has a header that is larger than libcurl accepts"
    return _kind_of(code, detail)(what)


def _kind_of(code: int, detail: str) -> Callable[[str], TransportError]:
    if any(each in detail for each in _COMPLAINTS_OF_SIZE):
        return TooLargeError
    if any(each in detail for each in _HTTP_COMPLAINTS):
        return ProtocolError
    return _KINDS.get(code, TransportError)


def translate_option(error: Exception, url: str) -> TransportError:
    """Return the error for an option that libcurl rejects, to raise ``from None``: curl_cffi quotes the value."""
    return TransportError(f"{place_of(url)}: the request cannot be set up ({type(error).__name__} {code_of(error)})")


_WS_COMPLAINTS: Final = ("opcode", "reserved bit", "masked", "compressed frame", "[WS]", "WS:", "control frame")


def is_protocol_complaint(error: Exception) -> bool:
    """Whether libcurl ended a socket because of a bad frame, and not because the connection broke."""
    return any(word in str(error) for word in _WS_COMPLAINTS)
