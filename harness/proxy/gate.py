"""`ProxyGate`: which requests at the proxy go to the stage, to another server, or nowhere."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from fake_server.host.tunnel import TunnelEnd, Way, origin_of
from fake_server.stage import Request, Response
from harness.headers import HOP_BY_HOP, named_by_connection
from harness.proxy.authority import Authority
from harness.proxy.errors import ProxyError
from harness.proxy.parents import Parents
from harness.proxy.tunnel import RouteLimits, TunnelRoute, basic, own_answer, password_wanted
from harness.proxy.visitors import Visitors

Speech: TypeAlias = Literal["tls", "plain"]
_USUAL: Final = {"https": 443, "http": 80}


class ServedHosts:
    """The service's hosts and ports, and whether they use TLS.

    For an https origin at port 443, port 80 of the host counts, too: it is the same service.

    Args:
        origins: ``https://host[:port]`` or ``http://host[:port]``; others, such as ``fake:2026``, are ignored.

    Raises:
        ProxyError: There is no http or https origin.
    """

    def __init__(self, origins: Iterable[str]) -> None:
        self._speech: dict[tuple[str, int], Speech] = {}
        for origin in origins:
            self._add(origin)
        if not self._speech:
            raise ProxyError(
                "the forward proxy has no service to serve: none of the origins begins with http:// or https://"
            )
        self.names = tuple(dict.fromkeys(host for host, _ in self._speech))

    def _add(self, origin: str) -> None:
        try:
            parts = urlsplit(origin)
            port = parts.port
        except ValueError:
            return
        if parts.scheme not in _USUAL or not parts.hostname:
            return
        speech: Speech = "tls" if parts.scheme == "https" else "plain"
        self._speech[parts.hostname, port or _USUAL[parts.scheme]] = speech
        if speech == "tls" and port in (None, _USUAL["https"]):
            self._speech.setdefault((parts.hostname, _USUAL["http"]), "plain")

    def speech(self, host: str, port: int) -> Speech | None:
        """Whether the service uses TLS or plain text at a host and port; None if they are not the service's."""
        return self._speech.get((host, port))


USER: Final = "wiretape"
_PROXY_HEADERS: Final = frozenset({"proxy-authorization", "proxy-connection"})
_MADE_ANEW: Final = HOP_BY_HOP | {"host", "content-length", "expect"}


class ProxyGate:
    """The `fake_server.host.tunnel.Gate` of a server that is a forward proxy in front of a stage.

    | request | response |
    |---|---|
    | ``/path``, ``ftp://``.. | 400, even without the password: this is a proxy |
    | anything else without the password | 407 |
    | CONNECT, the service | the stage, over TLS or, at an http origin, as plain HTTP |
    | CONNECT, another host | its bytes, unchanged; 403 if other hosts are not allowed |
    | ``http://`` of the service | the stage |
    | ``http://`` of another host | that host's response, unchanged; 403 if other hosts are not allowed |

    Args:
        hosts: The service's hosts.
        authority: Makes the certificates of its hosts.
        lets_past: Whether other hosts can be reached.
        limits: Timeouts of connections to other hosts.

    Attributes:
        visitors: Counts of requests and connections.
        password: Each request needs it.
    """

    def __init__(
        self, hosts: ServedHosts, authority: Authority, *, lets_past: bool, limits: RouteLimits | None = None
    ) -> None:
        self.hosts = hosts
        self.authority = authority
        self.visitors = Visitors()
        self.password = secrets.token_hex(16)
        self._expected = basic(f"{USER}:{self.password}").encode()
        self._lets_past = lets_past
        self._limits = limits
        self._parents = Parents()

    def url(self, port: int) -> str:
        """The proxy's URL, password included."""
        return f"http://{USER}:{self.password}@127.0.0.1:{port}"

    # ---------------------------------------------------------------- the gate of the host
    def connect(self, request: Request, host: str, port: int) -> Way:
        """Decide where a CONNECT leads: to the stage, to the other host unchanged, or to a refusal."""
        if not self._knows(request):
            return password_wanted()
        match self.hosts.speech(host, port):
            case "tls":
                return self.authority.context(host)
            case "plain":
                return "plain"
            case None:
                parent = self._parents.parent("https", host)
                return self._elsewhere(
                    host, port, lambda: TunnelRoute(host, port, parent=parent, limits=self._limits), tls=True
                )

    def request(self, request: Request, authority: str | None) -> Request | TunnelRoute | Response:
        """Decide where a request other than CONNECT goes: to the stage, to another host, or to a refusal."""
        place = None if authority is None else _place(authority)
        if place is None:
            return own_answer(400, "proxy", "this is a forward proxy for http:// and https://, not a server")
        if not self._knows(request):
            return password_wanted()
        host, port = place
        if self.hosts.speech(host, port) == "plain":
            self.visitors.count(self.visitors.served, host)
            headers = tuple(each for each in request.headers if each[0] not in _PROXY_HEADERS)
            return replace(request, headers=headers, origin=origin_of(host, port, tls=False))
        return self._elsewhere(host, port, lambda: self._forwarded(request, host, port), tls=False)

    def ended(self, end: TunnelEnd) -> None:
        """Count a closed tunnel to the stage."""
        self.visitors.ended(end)

    # ---------------------------------------------------------------- password, other hosts
    def _knows(self, request: Request) -> bool:
        given = (request.header("proxy-authorization") or "").strip()
        scheme, _, credentials = given.partition(" ")
        offered = f"{scheme.capitalize()} {credentials.strip()}".encode("latin-1", "replace")
        knows = hmac.compare_digest(offered, self._expected)
        self.visitors.strangers += not knows
        return knows

    def _elsewhere(self, host: str, port: int, way: Callable[[], TunnelRoute], *, tls: bool) -> TunnelRoute | Response:
        place = f"{host}:{port}"
        if self._lets_past:
            self.visitors.count(self.visitors.passed, place)
            return way()
        self.visitors.count(self.visitors.refused, place)
        asked = origin_of(host, port, tls=tls)
        return own_answer(403, "other-host", f"only {' and '.join(self.hosts.names)} can be reached, not {asked}")

    def _forwarded(self, request: Request, host: str, port: int) -> TunnelRoute:
        parent = self._parents.parent("http", host)
        origin = origin_of(host, port, tls=False)
        dropped = _MADE_ANEW | named_by_connection(request.headers)
        headers = [(name, value) for name, value in request.headers if name not in dropped]
        if parent is not None and parent.credentials:
            headers.append(("proxy-authorization", basic(parent.credentials)))
        ending = [("connection", "Upgrade"), ("upgrade", "websocket")] if request.upgrade else [("connection", "close")]
        size = len(request.body) if request.large is None else request.large.size
        length = [("content-length", str(size))] if size or request.method == "POST" else []
        fields = [("host", origin.removeprefix("http://")), *headers, *length, *ending]
        target = request.target if parent is None else origin + request.target
        head = [f"{request.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields), "", ""]
        return TunnelRoute(
            host,
            port,
            preamble="\r\n".join(head).encode("latin-1") + request.body,
            body=request.large,
            replies_only=not request.upgrade,
            parent=parent,
            limits=self._limits,
        )


def _place(authority: str) -> tuple[str, int] | None:
    """Host and port of ``http://host[:port]`` (or ``ws://``); None for any other scheme."""
    try:
        parts = urlsplit(authority)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "ws") or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.hostname, port or 80
