"""`UpstreamConnections`: the connections of a relay; with the client's headers, or an impersonated browser's."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeAlias
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # pyright: ignore[reportAttributeAccessIssue]  # not in typeshed

from fake_server.stage import Request
from harness.origins import OriginMap, is_loopback
from harness.relay.headers import is_browser, upstream_headers, with_priority
from harness.relay.intake import Answered
from harness.relay.own_headers import call_headers, is_framed, upgrade_headers
from harness.relay.sockets import UpstreamSocket
from harness.relay.upgrade import PlainResponse, open_socket
from harness.relay.upgrade_connections import OpenConnections, UpgradeRequest
from harness.relay.upstream import Upstream
from provider.transport import types as values
from provider.transport.async_socket import AsyncSocket
from provider.transport.async_transport import AsyncTransport
from provider.transport.response import OnInterim
from provider.websocket import Headers

Opened: TypeAlias = "tuple[Headers, UpstreamSocket] | Answered"
"""Of an accepted upgrade the 101's headers and the socket; otherwise the response that refuses it."""
_FLUSHING: Final = 0.25
"""Seconds. A recorder has 1.5 s after SIGTERM, and still has to write its cassette."""
_PROXIED: tuple[str, ...] = ("all", "http", "https")


class UpstreamConnections:
    """Connections to one service.

    Args:
        upstream: The service.
        settings: How to connect; the other arguments take precedence.
        impersonate: Browser to impersonate; None to send what the client sent.
    """

    def __init__(self, upstream: Upstream, settings: values.Settings, impersonate: str | None) -> None:
        self._upstream = upstream
        self._has_look = impersonate is not None
        self._settings = replace(
            settings,
            impersonate=impersonate,
            keep_cookies=False,
            default_headers=False,
            decode=False,
            answer_pings=False,
            # As in Go and in browsers: no proxy reaches this machine's own services by the name of "this machine".
            trust_environment=settings.trust_environment and not is_loopback(urlsplit(upstream.origin).hostname),
        )
        self._upgrades = OpenConnections()
        self._own = AsyncTransport(self._settings)
        self._looking = AsyncTransport(replace(self._settings, default_headers=True)) if self._has_look else self._own

    def headers(self, request: Request, outward: OriginMap, size: int) -> Headers:
        """The headers that the service gets, and the recording shows; ``size`` is that of the body in bytes."""
        if self._has_look:
            return upstream_headers(request.headers, outward)
        if request.upgrade:
            return upgrade_headers(request.headers, outward, self._upstream.netloc)
        return call_headers(request.headers, outward, size)

    async def call(
        self,
        request: Request,
        headers: Headers,
        body: bytes | values.FileBody,
        url: str,
        timeout: float,  # noqa: ASYNC109
    ) -> Answered:
        """Send a call; returns when the head of the response has arrived. Raises as `AsyncTransport.stream`."""
        sends_body = isinstance(body, values.FileBody) or bool(body) or (not self._has_look and is_framed(headers))
        call = values.Request(
            method=request.method,
            url=url,
            headers=with_priority(headers) if self._has_look else _as_written(request, headers),
            body=body if sends_body else None,
            target=request.target if request.target == "*" else None,
        )
        return await self._transport(request).stream(call, timeout=timeout, on_interim=_passing_on(request))

    async def open(self, request: Request, headers: Headers, url: str, timeout: float) -> Opened:  # noqa: ASYNC109
        """Open a WebSocket.

        Raises:
            TransportError: As `AsyncTransport.connect`. A refused upgrade raises only with impersonation or through a
                proxy, where libcurl does not show the response's body.
        """
        if self._has_look or self._is_proxied(url):
            given = headers if self._has_look else upstream_headers(headers, OriginMap((), ""), keeps_identity=True)
            socket: AsyncSocket = await self._transport(request).connect(url, headers=given, timeout=timeout)
            return socket.headers, socket
        target = url.partition("://")[2].removeprefix(self._upstream.netloc)
        opening = UpgradeRequest(url=url, target=target, headers=_as_written(request, headers), timeout=timeout)
        opened = await open_socket(opening, self._settings, self._upgrades, _passing_on(request))
        return opened if isinstance(opened, PlainResponse) else (opened.headers, opened)

    async def close(self) -> None:
        """Close all connections; what was sent on sockets gets a short time to be flushed.

        Sockets that look like a browser's are closed by their owners.
        """
        await self._own.close()
        await self._looking.close()
        await self._upgrades.close(_FLUSHING)

    def _transport(self, request: Request) -> AsyncTransport:
        return self._own if is_browser(request.headers) else self._looking

    def _is_proxied(self, url: str) -> bool:
        if self._settings.proxy is not None or not self._settings.trust_environment:
            return self._settings.proxy is not None
        proxies = dict(getproxies_environment())
        host = urlsplit(url).hostname or ""
        return any(proxies.get(kind) for kind in _PROXIED) and not proxy_bypass_environment(host, proxies)


def _as_written(request: Request, headers: Headers) -> Headers:
    """The headers with their names spelled as the client spelled them (HTTP/2 sends them in lower case anyway)."""
    written: dict[str, list[str]] = {}
    for name in reversed(request.spelling):
        written.setdefault(name.lower(), []).append(name)
    return tuple((written[name].pop() if written.get(name) else name, value) for name, value in headers)


def _passing_on(request: Request) -> OnInterim:
    """Return a function that passes interim responses on to the client, except a 100 that was sent already."""
    waited = (request.header("expect") or "").lower() == "100-continue"

    def on_interim(status: int, headers: Headers) -> None:
        if not (waited and status == 100):
            request.inform(status, headers)

    return on_interim
