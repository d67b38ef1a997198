"""The settings of a transport, its requests and its responses."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import RawIOBase
from typing import Final

from provider.websocket import MAX_MESSAGE_BYTES, Headers

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""Default limit in bytes for a response body that is read whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a transport.

    Attributes:
        impersonate: Browser whose TLS and HTTP fingerprint is used (curl_cffi's names), or None for libcurl's own.
        proxy: ``http://``, ``https://``, ``socks5://`` or ``socks5h://`` URL, with ``user:password@`` if it needs one;
            not shown in the repr.
        verify: True for the usual certificate authorities, the path of a PEM file with others, or False for no check.
        connect_timeout: Longest wait in seconds for a connection (TCP, TLS and upgrade together).
        max_message_bytes: Longest WebSocket message; a longer one ends the socket.
        max_body_bytes: Longest response body that is read whole.
        default_headers: Whether requests and upgrades carry the impersonated browser's usual headers (user agent,
            sec-ch-ua..) in its order, beside the given ones. False sends the given ones alone: requests in the given
            order, upgrades in a browser's. It sets ``Accept-Encoding`` to the codings that are decoded here.
        keep_cookies: Whether cookies that responses set are stored, and sent with requests and upgrades.
        trust_environment: Whether ``HTTPS_PROXY`` and the like are used.
        decode: Whether bodies are decoded. False returns bodies as they were sent, and leaves a given
            ``Accept-Encoding`` as it is.
        answer_pings: Whether the transport answers pings on a WebSocket. False only returns them, for a relay.
    """

    impersonate: str | None = "chrome"
    proxy: str | None = field(default=None, repr=False)
    verify: bool | str = True
    connect_timeout: float = 30.0
    max_message_bytes: int = MAX_MESSAGE_BYTES
    max_body_bytes: int = MAX_BODY_BYTES
    default_headers: bool = True
    keep_cookies: bool = True
    trust_environment: bool = True
    decode: bool = True
    answer_pings: bool = True


@dataclass(frozen=True, slots=True)
class FileBody:
    """A body that libcurl reads from a file while it sends it.

    Attributes:
        file: At its beginning.
        size: In bytes.
    """

    file: RawIOBase = field(repr=False)
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. Redirects are never followed.

    Attributes:
        method: Sent in the given case.
        url: Absolute ``http://`` or ``https://`` URL, sent as it is (no re-quoting).
        headers: Sent beside the browser's default ones, which they replace by name. A given ``Content-Length`` or
            ``Transfer-Encoding: chunked`` keeps its place.
        body: None for no body at all (no content-length for GET, ``0`` for POST); bytes otherwise, or `FileBody`.
        target: The request target, e.g. ``*``, where it is not the URL's path and query.
    """

    method: str
    url: str = field(repr=False)
    headers: Headers = field(default=(), repr=False)
    body: bytes | FileBody | None = field(default=None, repr=False)
    target: str | None = None

    @property
    def body_size(self) -> int:
        """Length of the body in bytes; 0 without one."""
        return self.body.size if isinstance(self.body, FileBody) else len(self.body or b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A whole HTTP response.

    Attributes:
        status: The status code.
        reason: The reason phrase as sent (empty over HTTP/2).
        headers: In order, names in lower case, repeats kept; as the server sent them, ``content-encoding`` included
            although the body is decoded.
        body: Decoded (gzip, br, zstd).
    """

    status: int
    reason: str = ""
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
