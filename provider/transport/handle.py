"""Sets up curl handles for requests and WebSockets, for both transports.

The transports use low-level handles, because curl_cffi's WebSocket classes lose received messages, have no deadline on
some receives, and do not check the accept value (docs/decisions.md).
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from provider.transport.cookies import CookieLines, CookieStore
from provider.transport.errors import ConnectError, MissingCurlError, TransportError, place_of, translate_option
from provider.transport.headers import (
    BODY_HEADERS,
    CHROMES_FETCH_HEADERS,
    FETCH_HEADERS,
    FETCH_ORDER,
    LIBCURLS_OWN,
    UPGRADE_HEADERS,
    UPGRADE_ORDER,
    Field,
    as_browsers_write,
    as_chrome_writes,
    header_lines,
    order_of,
    unless_named,
    weight_of,
    without_cookies,
)
from provider.transport.route import is_proxied_in_plain, set_certificates, set_proxy
from provider.transport.types import FileBody, Request, Settings
from provider.websocket import Headers

if TYPE_CHECKING:
    from curl_cffi import Curl

_ENCODINGS: Final = "gzip, deflate, br, zstd"
_LIBCURL_WOULD_CHANGE: Final = re.compile(r"[a-z]+://[^/?#]*(/[^#]*%(?:[a-f][0-9A-Fa-f]|[0-9A-F][a-f])[^#]*)")
"""A URL with an escape such as ``%2f``, which libcurl would change to ``%2F``. Its group is path and query."""
_LENGTHS: Final = ("content-length", "transfer-encoding")
_CHROMES: Final = ("chrome", "edge")
_CONNECT_WEBSOCKET: Final = 2  # CURLOPT_CONNECT_ONLY: connect and upgrade, and then no more
_NEVER_FAST_ENOUGH: Final = 1 << 30  # bytes/s
_NO_AUTO_PONG: Final = 2  # CURLWS_NOAUTOPONG: libcurl delivers pings, and the transport answers them


def load_curl() -> Any:
    """Import curl_cffi, and return the module.

    Raises:
        MissingCurlError: It is not installed, or cannot be loaded.
    """
    try:
        import curl_cffi
    except ImportError as error:
        raise MissingCurlError("curl_cffi cannot be imported") from error
    return curl_cffi


def is_look(name: str) -> bool:
    """Whether curl_cffi can impersonate a browser of that name."""
    from curl_cffi.requests.impersonate import resolve_latest_browser_type

    curl = load_curl().Curl()
    try:
        return curl.impersonate(str(resolve_latest_browser_type(name))) == 0
    finally:
        curl.close()


class Handles:
    """Makes curl handles that have the same fingerprint, proxy, certificates and cookies."""

    def __init__(self, settings: Settings, cookies: CookieStore | None = None) -> None:
        self.settings = settings
        self.cookies = cookies or CookieStore()
        self._curl_cffi = load_curl()
        self._opt = self._curl_cffi.CurlOpt
        self._target = self._resolve_target()
        self._is_chrome = (self._target or "").startswith(_CHROMES)

    def new(self) -> Curl:
        """Return a handle without options."""
        return self._curl_cffi.Curl()

    def _resolve_target(self) -> str | None:
        if self.settings.impersonate is None:
            return None
        from curl_cffi.requests.impersonate import resolve_latest_browser_type

        return str(resolve_latest_browser_type(self.settings.impersonate))

    def set_up_request(
        self,
        curl: Curl,
        request: Request,
        timeout: float,
        on_header: Callable[[bytes], int],
        on_body: Callable[[bytes], int],
        *,
        connect_timeout: float | None = None,
    ) -> CookieLines:
        """Set up a handle for one request, with ``connect_timeout`` for the settings' one. Returns its cookie lines.

        Raises:
            TransportError: libcurl rejects the URL, a header or a setting; the text shows none of them.
        """
        with _setting_options(request.url):
            given = self._set_common(curl, request.url, timeout, default_headers=self.settings.default_headers)
            if connect_timeout is not None:
                curl.setopt(self._opt.CONNECTTIMEOUT_MS, _milliseconds(min(timeout, connect_timeout)))
            curl.setopt(self._opt.HEADERFUNCTION, on_header)
            curl.setopt(self._opt.WRITEFUNCTION, on_body)
            self._set_request(curl, request)
            return given

    def _set_request(self, curl: Curl, request: Request) -> None:
        opt = self._opt
        if self.settings.decode or self.settings.default_headers:
            curl.setopt(opt.ACCEPT_ENCODING, _ENCODINGS.encode())
        if not self.settings.decode:
            curl.setopt(opt.HTTP_CONTENT_DECODING, 0)
        if request.target is not None:
            curl.setopt(opt.REQUEST_TARGET, request.target.encode())
        if urlsplit(request.url).scheme == "http":
            curl.setopt(opt.HTTP_VERSION, 2)  # 1.1: otherwise a plain-text request offers an upgrade to h2c
        else:
            curl.setopt(opt.PIPEWAIT, 1)  # as browsers do: simultaneous requests share one HTTP/2 connection
        headers, order = self._call_fields(request.headers)
        if order is not None:
            curl.setopt(opt.HTTPHEADER_ORDER, order)
        weight = weight_of(headers)
        if weight is not None:
            curl.setopt(opt.STREAM_WEIGHT, weight)
        self._set_body(curl, request, headers)
        self._set_fields(curl, headers)

    def _call_fields(self, given: Headers) -> tuple[list[Field], bytes | None]:
        """Return the header fields of a request without a body, and their order; None is libcurl's order."""
        fields: list[Field] = list(given)
        if not self.settings.default_headers:
            fields = self._decodable(fields)
            # Without impersonation nothing sorts the fields: they are sent in the given order.
            order = None if self._target is None else order_of(fields)
            return [*fields, *unless_named(fields, LIBCURLS_OWN)], order
        if self._target is None:
            return fields, None
        fields += unless_named(fields, FETCH_HEADERS)
        if not self._is_chrome:
            return fields, None
        fields += unless_named(fields, CHROMES_FETCH_HEADERS)
        return [(as_chrome_writes(name), value) for name, value in fields], FETCH_ORDER

    def _decodable(self, fields: list[Field]) -> list[Field]:
        """Return the fields with our own content codings in ``Accept-Encoding``, if we decode the body."""
        if not self.settings.decode:
            return fields
        return [(name, _ENCODINGS if name.lower() == "accept-encoding" else value) for name, value in fields]

    def _set_body(self, curl: Curl, request: Request, headers: list[Field]) -> None:
        opt = self._opt
        if request.method == "HEAD":
            curl.setopt(opt.NOBODY, 1)
            # libcurl sends no body with it, so a service would wait in vain for one whose length is named.
            headers[:] = [field for field in headers if field[0].lower() not in _LENGTHS]
            return
        sends_body = request.body is not None or request.method in ("POST", "PUT", "PATCH")
        if isinstance(request.body, FileBody):
            curl.setopt(opt.UPLOAD, 1)
            curl.setopt(opt.READDATA, request.body.file)
            curl.setopt(opt.SEEKDATA, request.body.file)
            curl.setopt(opt.INFILESIZE_LARGE, request.body.size)
        elif sends_body:
            curl.setopt(opt.POSTFIELDS, request.body or b"")
            curl.setopt(opt.POSTFIELDSIZE_LARGE, len(request.body or b""))
        elif request.method == "GET":
            curl.setopt(opt.HTTPGET, 1)
        if sends_body:
            headers += unless_named(headers, BODY_HEADERS)
        if request.method != "GET" or request.body is not None:
            curl.setopt(opt.CUSTOMREQUEST, request.method.encode())

    def set_up_socket(
        self, curl: Curl, request: Request, key: str, timeout: float, on_header: Callable[[bytes], int]
    ) -> CookieLines:
        """Set up a handle for the upgrade to a WebSocket. Returns the cookie lines that it was given.

        Raises:
            TransportError: As for `set_up_request`; or the URL is not that of a WebSocket.
        """
        if not request.url.lower().startswith(("ws://", "wss://")):
            raise TransportError(
                f"{place_of(request.url)}: this is not the URL of a WebSocket: it must begin with ws:// or wss://"
            )
        looks = self.settings.default_headers and self._target is not None
        with _setting_options(request.url):
            given = self._set_common(curl, request.url, timeout, default_headers=looks)
            curl.setopt(self._opt.HEADERFUNCTION, on_header)
            self._set_upgrade(curl, request.headers, key, timeout, looks=looks)
            return given

    def _set_upgrade(self, curl: Curl, headers: Headers, key: str, timeout: float, *, looks: bool) -> None:
        opt = self._opt
        curl.setopt(opt.CONNECT_ONLY, _CONNECT_WEBSOCKET)
        curl.setopt(opt.WS_OPTIONS, _NO_AUTO_PONG)
        # libcurl keeps no timeout during an upgrade (see `connect`); this ends its thread soon after our own deadline.
        curl.setopt(opt.LOW_SPEED_LIMIT, _NEVER_FAST_ENOUGH)
        curl.setopt(opt.LOW_SPEED_TIME, max(1, math.ceil(timeout)))
        curl.setopt(opt.TCP_NODELAY, 1)
        curl.setopt(opt.HTTPPROXYTUNNEL, 1)
        lines: list[Field] = list(headers)
        if looks:
            lines += unless_named(headers, UPGRADE_HEADERS)
        elif not self.settings.default_headers:
            lines = self._decodable(lines)
            lines += unless_named(headers, LIBCURLS_OWN)
        if self._target is not None:
            lines = [(as_browsers_write(name), value) for name, value in lines]
            curl.setopt(opt.WS_HTTPHEADER_ORDER, UPGRADE_ORDER)
        self._set_fields(curl, [*lines, ("Sec-WebSocket-Key", key)])

    def _set_fields(self, curl: Curl, headers: list[Field]) -> None:
        if self._target is None and not self.settings.keep_cookies and not self.settings.default_headers:
            curl.setopt(self._opt.HTTPHEADER, header_lines(headers))  # cookies keep their place among the fields
            return
        cookies, others = without_cookies(headers)
        if cookies:
            # libcurl joins them with the stored cookies: one field, or over HTTP/2 one for each cookie, as Chrome does.
            curl.setopt(self._opt.COOKIE, cookies)
        curl.setopt(self._opt.HTTPHEADER, header_lines(others))

    def _set_common(self, curl: Curl, url: str, timeout: float, *, default_headers: bool) -> CookieLines:
        opt = self._opt
        settings = self.settings
        if self._target is not None and curl.impersonate(self._target, default_headers=default_headers) != 0:
            del url  # keeps the secret out of traceback frames
            raise TransportError(
                f"the installed curl_cffi cannot impersonate {settings.impersonate!r}: choose another browser, or "
                "upgrade curl_cffi"
            )
        curl.setopt(opt.URL, url.encode())
        curl.setopt(opt.PATH_AS_IS, 1)
        target = _LIBCURL_WOULD_CHANGE.match(url)
        if target is not None and not is_proxied_in_plain(settings, url):
            curl.setopt(opt.REQUEST_TARGET, target[1].encode())
        curl.setopt(opt.NOSIGNAL, 1)
        curl.setopt(opt.FOLLOWLOCATION, 0)
        curl.setopt(opt.TIMEOUT_MS, _milliseconds(timeout))
        curl.setopt(opt.CONNECTTIMEOUT_MS, _milliseconds(min(timeout, settings.connect_timeout)))
        set_proxy(curl, opt, settings)
        set_certificates(curl, opt, settings)
        lines = self.cookies.lines()
        if not settings.keep_cookies and not lines:
            return lines
        curl.setopt(opt.COOKIEFILE, b"")  # switches the cookie engine on
        curl.setopt(opt.COOKIELIST, b"ALL")
        for line in lines:
            curl.setopt(opt.COOKIELIST, line)
        return lines

    def learn_cookies(self, curl: Curl, given: CookieLines) -> None:
        """Store the cookies that the response set."""
        if self.settings.keep_cookies:
            known: Any = curl.getinfo(self._curl_cffi.CurlInfo.COOKIELIST)
            self.cookies.learn(given, known)

    def is_connecting(self, curl: Curl) -> bool:
        """Whether the last request of a handle ended before any of it was sent."""
        return curl.getinfo(self._curl_cffi.CurlInfo.REQUEST_SIZE) == 0

    def descriptor_of(self, curl: Curl) -> int:
        """Return the file descriptor of the open connection.

        Raises:
            ConnectError: libcurl has no open connection.
        """
        found: Any = curl.getinfo(self._curl_cffi.CurlInfo.ACTIVESOCKET)
        if found < 0:
            raise ConnectError("libcurl has no open connection for the WebSocket, although the upgrade succeeded")
        return int(found)


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))  # libcurl takes 0 for its default


@contextlib.contextmanager
def _setting_options(url: str) -> Generator[None]:
    try:
        yield
    except TransportError:
        raise
    except Exception as error:  # noqa: BLE001  # what setopt raises has no common root across versions
        raise translate_option(error, url) from None  # curl_cffi's text quotes the option's value
