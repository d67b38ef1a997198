"""What a transport is told and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from provider.websocket import MAX_MESSAGE_BYTES, Headers

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""Default limit for one response body read whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a transport connects.

    Attributes:
        impersonate: Browser whose TLS and HTTP look is taken on (curl_cffi's names), or None for libcurl's own.
        proxy: ``http://``, ``https://``, ``socks5://`` or ``socks5h://`` URL, with ``user:password@`` if it needs one;
            not shown in the repr.
        verify: True for the usual certificate authorities, or the path of a PEM file with others, or False for none.
        connect_timeout: Longest wait in seconds for a connection (TCP, TLS and upgrade together).
        max_message_bytes: Longest WebSocket message taken; a longer one fails the socket.
        max_body_bytes: Longest response body taken whole.
        default_headers: Whether requests and upgrades carry the impersonated browser's usual headers (user agent,
            sec-ch-ua..) in its order, beside the given ones. False sends the given ones alone: requests in their own
            order, upgrades in a browser's; a given ``Accept-Encoding`` becomes the codings that are decoded here.
        keep_cookies: Whether cookies that answers set are kept and sent again, REST and upgrade alike.
        trust_environment: Whether ``HTTPS_PROXY`` and the like count.
        decode: Whether content codings are taken off bodies. False hands bodies over as they were sent, and leaves a
            given ``Accept-Encoding`` as it is.
        answer_pings: Whether pings on a WebSocket are answered here. False delivers them alone, to somebody who
            passes them on.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. Redirects are never followed.

    Attributes:
        method: Sent as it is, in whatever case.
        url: Absolute ``http://`` or ``https://`` URL, sent as it is (no re-quoting).
        headers: Sent beside the browser's default ones, which they override by name. A given ``Content-Length`` or
            ``Transfer-Encoding: chunked`` keeps its place among them.
        body: None for no body at all (no content-length for GET, ``0`` for POST); bytes otherwise.
        target: What stands in the request line where it is not the URL's own path and query: ``*``.
    """

    method: str
    url: str = field(repr=False)
    headers: Headers = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A whole HTTP response.

    Attributes:
        status: The status code.
        reason: The reason phrase as sent (empty over HTTP/2).
        headers: In order, names in lower case, repeats kept; as the server sent them, ``content-encoding`` included
            although the body is decoded.
        body: Decoded (gzip, br, zstd taken off).
    """

    status: int
    reason: str = ""
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
