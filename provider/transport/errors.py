"""What can go wrong beneath HTTP and WebSocket. Every curl error becomes one of these, with the cause chained."""

from __future__ import annotations

from provider.websocket import Ended, Headers


class TransportError(Exception):
    """Root of the transport's errors. Texts name host and cause, and never a query, a header or a credential."""


class MissingCurlError(TransportError):
    """curl_cffi is not installed, or cannot be loaded."""


class ConnectError(TransportError):
    """No connection: name not found, refused, proxy trouble, or TLS failed (then ``tls`` is True)."""

    def __init__(self, what: str, *, tls: bool = False) -> None:
        super().__init__(what)
        self.tls = tls

    def __reduce__(self) -> tuple[object, ...]:
        return ConnectError, self.args, {"tls": self.tls}


class DeadlineError(TransportError, TimeoutError):
    """A wait had a deadline, and it passed. What was received before stays readable."""


class BrokenConnectionError(TransportError):
    """The connection broke in the middle of a response."""


class ProtocolError(TransportError):
    """The other side does not speak HTTP or WebSocket properly: wrong accept key, bad frame, invalid close code..."""


class TooLargeError(TransportError):
    """A message or body is larger than `Settings` allow."""


class UpgradeRefusedError(TransportError):
    """The server answered the WebSocket upgrade with something else than 101.

    Attributes:
        status: The answer's status code.
        headers: The answer's headers. (libcurl shows no body here.)
    """

    def __init__(self, status: int, headers: Headers = ()) -> None:
        super().__init__(f"The upgrade was refused with status {status}")
        self.status = status
        self.headers = headers

    def __reduce__(self) -> tuple[object, ...]:
        return UpgradeRefusedError, (self.status, self.headers)


class SocketEndedError(TransportError):
    """The WebSocket has ended; every message that came before was delivered first.

    Attributes:
        ended: How: a close frame with its code and reason, EOF, or a reset.
    """

    def __init__(self, ended: Ended) -> None:
        code = "" if ended.code is None else f" {ended.code}"
        super().__init__(f"The socket ended ({ended.how}{code})")
        self.ended = ended

    def __reduce__(self) -> tuple[object, ...]:
        return SocketEndedError, (self.ended,)
