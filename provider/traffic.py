"""Requests, responses and messages as hooks, errors and the log show them.

Plain attributes are redacted (`provider.redaction`). The values as they went over the wire are returned by the methods
``raw_..`` alone: no repr shows them, and pickling and comparing leave them out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

from provider.redaction import SLACK, Redact, redact_headers, redact_start, redact_text
from provider.websocket import Headers, header
from provider.wire.errors import UsageError

MAX_BODY: Final = 64 * 1024
"""Bytes of a response's body that a `ReceivedResponse` holds."""
REQUEST_ID_HEADERS: Final = ("x-request-id", "request-id", "x-ms-request-id", "x-correlation-id", "cf-ray")
"""Response headers that may hold the id of a request, the best first. No source names one of the service's own: these
are customary, and Cloudflare, behind which the service is, sends ``cf-ray``."""

Direction: TypeAlias = Literal["sent", "received"]
Value = TypeVar("Value")


def request_id(headers: Headers) -> str | None:
    """Return the value of the first of `REQUEST_ID_HEADERS` that a response has."""
    found = (header(headers, name) for name in REQUEST_ID_HEADERS)
    return next((value for value in found if value), None)


class Hidden(Generic[Value]):
    """Holds a value that may be secret. Its repr does not show it, and a pickled or deeply copied one is empty."""

    __slots__ = ("_value",)

    def __init__(self, value: Value | None = None) -> None:
        self._value = value

    @property
    def is_known(self) -> bool:
        """Whether the value is still there: a copy that was pickled has lost it."""
        return self._value is not None

    def get(self) -> Value:
        """Return the value.

        Raises:
            UsageError: There is none, because this was pickled.
        """
        if self._value is None:
            raise UsageError(
                "The hidden value is missing, because this object was pickled or deep-copied: use the original object"
            )
        return self._value

    def __reduce__(self) -> tuple[Any, ...]:
        return Hidden, ()

    def __repr__(self) -> str:
        return "<Hidden>"


@dataclass(frozen=True, slots=True, repr=False)
class SentRequest:
    """A request, or the upgrade to a WebSocket, that the client is about to send.

    The browser's own headers and the cookies are missing: libcurl adds them.

    Attributes:
        method: The method.
        url: The URL, redacted.
        headers: The fields in order, with lower-case names, redacted.
        body_size: Bytes of the body.
    """

    method: str
    url: str
    headers: Headers = ()
    body_size: int = 0
    _raw: Hidden[tuple[str, Headers]] = field(default_factory=Hidden[tuple[str, Headers]], compare=False)

    @classmethod
    def of(cls, method: str, url: str, headers: Headers, body_size: int, redact: Redact) -> SentRequest:
        """Make the value for a request: URL and headers are redacted; the methods ``raw_..`` return them unredacted."""
        return cls(method, redact_text(url, redact), redact_headers(headers, redact), body_size, Hidden((url, headers)))

    def raw_url(self) -> str:
        """Return the URL as it is sent, with its secrets.

        Raises:
            UsageError: This value was pickled.
        """
        return self._raw.get()[0]

    def raw_headers(self) -> Headers:
        """Return the header fields as they are sent, with their secrets; raises as `raw_url`."""
        return self._raw.get()[1]

    def __repr__(self) -> str:
        return f"<SentRequest {self.method} {self.url.partition('?')[0]}>"


@dataclass(frozen=True, slots=True, repr=False)
class ReceivedResponse:
    """A response of the service.

    Attributes:
        status: The status code; 101 for an upgrade that succeeded.
        headers: The fields in order, with lower-case names, redacted.
        body: The first 64 KiB of the body, decoded by its content coding, redacted. Empty for every upgrade: libcurl
            gives no access to the body of a refused one.
        truncated: Whether the body is longer.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    truncated: bool = False
    _raw: Hidden[tuple[Headers, bytes]] = field(default_factory=Hidden[tuple[Headers, bytes]], compare=False)

    @classmethod
    def of(
        cls, status: int, headers: Headers, body: bytes, redact: Redact, *, truncated: bool = False
    ) -> ReceivedResponse:
        """Make the value for a response, with its headers and body redacted; ``raw_..`` return them unredacted.

        Args:
            status: The status code.
            headers: As received.
            body: The whole body, or its beginning.
            redact: Replaces the client's credentials.
            truncated: Whether ``body`` is only the beginning.
        """
        # The raw body is longer than the limit: what the limit cuts can be redacted again.
        raw = Hidden((headers, body[: MAX_BODY + SLACK]))
        shown = redact_start(body, MAX_BODY, redact)
        return cls(status, redact_headers(headers, redact), shown, truncated or len(body) > MAX_BODY, raw)

    @property
    def text(self) -> str:
        """The body as text; U+FFFD replaces what is not UTF-8."""
        return self.body.decode("utf-8", "replace")

    @property
    def request_id(self) -> str | None:
        """The id by which the service may know the request: the first of `REQUEST_ID_HEADERS`, else None."""
        return request_id(self.headers)

    def raw_headers(self) -> Headers:
        """Return the header fields as they were received, with their secrets.

        Raises:
            UsageError: This value was pickled.
        """
        return self._raw.get()[0]

    def raw_body(self) -> bytes:
        """Return the first 64 KiB of the body with its secrets; raises as `raw_headers`."""
        return self._raw.get()[1][:MAX_BODY]

    def redacted(self, redact: Redact) -> ReceivedResponse:
        """Return this response with the secrets that a function knows redacted, too."""
        if not self._raw.is_known:
            return self
        headers, body = self._raw.get()
        return ReceivedResponse.of(self.status, headers, body, redact, truncated=self.truncated)

    def __repr__(self) -> str:
        size = f"{'more than ' if self.truncated else ''}{len(self.body)} bytes"
        return f"<ReceivedResponse {self.status}, {len(self.headers)} headers, {size}>"


@dataclass(frozen=True, slots=True, repr=False)
class SocketMessage:
    """A message on the chat socket.

    Attributes:
        direction: ``"sent"`` by the client, or ``"received"``.
        size: Its size in bytes.
        text: The message, redacted; U+FFFD replaces what is not UTF-8.
    """

    direction: Direction
    size: int
    text: str
    _raw: Hidden[bytes] = field(default_factory=Hidden[bytes], compare=False)

    @classmethod
    def of(cls, direction: Direction, data: bytes, redact: Redact) -> SocketMessage:
        """Make the value for a message: ``text`` is redacted; `raw_data` returns the bytes as they were."""
        return cls(direction, len(data), redact_text(data.decode("utf-8", "replace"), redact), Hidden(data))

    def raw_data(self) -> bytes:
        """Return the message as it went over the wire, with its secrets.

        Raises:
            UsageError: This value was pickled.
        """
        return self._raw.get()

    def __repr__(self) -> str:
        return f"<SocketMessage {self.direction}, {self.size} bytes>"
