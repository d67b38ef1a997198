"""`Doors`: the local ports of a session with several upstreams, one port for each.

A service may name a second host in its responses: REST gives the URL of a socket, of an upload, of a negotiated server.
Each such host has a local port of its own, and its URLs lead there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from fake_server.stage import Request
from harness.cassette.model import UPSTREAM_NAME
from harness.edits import Edit
from harness.errors import HarnessError
from harness.origin_patterns import Origin
from harness.origins import OriginMap, as_origin, shared_map

_NAME: Final = re.compile(UPSTREAM_NAME)
_SAME: Final = OriginMap((), "")
_SCHEMES: Final = {"ws": "http", "wss": "https"}


class UpstreamNameError(HarnessError, ValueError):
    """An upstream's name or URL is malformed, or two upstreams have the same URL."""


def named_upstreams(upstreams: Mapping[str, str], main: str = "") -> dict[str, str]:
    """The origins of further upstreams.

    Args:
        upstreams: Name -> ``https://HOST``, ``http://HOST``, ``wss://HOST`` or ``ws://HOST``, with a port or without.
        main: URL of the main upstream.

    Raises:
        UpstreamNameError: A name or URL is malformed, or two upstreams have the same URL.
    """
    found: dict[str, str] = {}
    for name, url in upstreams.items():
        if not _NAME.fullmatch(name):
            raise UpstreamNameError(
                f"{name!r} is not a name for an upstream: write lower-case letters, digits and _, a letter first"
            )
        origin = _origin_of(url)
        if origin is None:
            raise UpstreamNameError(
                f"the upstream {name} must be SCHEME://HOST[:PORT] (https, http, wss or ws), and nothing more"
            )
        if origin in found.values() or origin == _origin_of(main):
            raise UpstreamNameError(f"the upstream {name} has the same URL as another upstream: name each host once")
        found[name] = origin
    return found


def _origin_of(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        plain = parts.hostname and (parts.port or True) and not (parts.path.strip("/") or parts.query or parts.fragment)
    except ValueError:
        return None
    origin = as_origin(f"{_SCHEMES.get(parts.scheme, parts.scheme)}://{parts.netloc}")
    if origin is None or not plain:
        return None
    whole = Origin.parse(origin)
    return f"{whole.scheme}://{whole.authority}"


class Doors:
    """Which upstream each local port leads to. The main upstream's port is that of the session.

    Clients behind a forward proxy use the upstreams' own URLs: these need no port, and stay as they are.

    Args:
        upstreams: The further upstreams, name -> origin; see `named_upstreams`.
        has_ports: Whether clients reach the upstreams at local ports; False for a session by the forward proxy alone.
    """

    def __init__(self, upstreams: Mapping[str, str], *, has_ports: bool = True) -> None:
        self.upstreams = dict(upstreams)
        self._has_ports = has_ports
        self._main = 0
        self._ports: dict[str, int] = {}
        self._origins: dict[int, str] = {}

    def __bool__(self) -> bool:
        return bool(self.upstreams)

    @property
    def more_ports(self) -> int:
        """How many ports the session needs beside its own."""
        return len(self.upstreams) if self._has_ports else 0

    @property
    def origins(self) -> tuple[str, ...]:
        """The further upstreams' origins."""
        return tuple(self.upstreams.values())

    def opened(self, main: int, ports: Sequence[int]) -> None:
        """Set the server's local ports: ``main`` for the main upstream, ``ports`` for the others in their order."""
        self._main = main
        self._ports = dict(zip(self.upstreams.values() if self._has_ports else (), ports, strict=True))
        self._origins = {port: origin for origin, port in self._ports.items()}

    def urls(self, url: str) -> dict[str, str]:
        """Name -> base URL of each further upstream's local port; the upstream's own URL if it has no port.

        Args:
            url: The base URL of the main upstream's local port.
        """
        if not self._has_ports:
            return dict(self.upstreams)
        return {name: _at_port(url, self._ports[origin]) for name, origin in self.upstreams.items()}

    def origin_of(self, request: Request) -> str:
        """The origin by which a client reached the server, with the local port that the client connected to."""
        return _at_port(request.origin, request.port) if request.port in self._origins else request.origin

    def upstream_at(self, local: str) -> str:
        """The origin of the further upstream that a client reached at ``local``; empty if that is the main upstream."""
        if not self.upstreams:
            return ""
        return self._origins.get(_port_of(local), "") or (local if local in self.upstreams.values() else "")

    def inward(self, main: Sequence[str], local: str) -> OriginMap:
        """The map that replaces each upstream's origin by that of its local port, for data on the way to the client.

        Args:
            main: The main upstream's origins.
            local: Origin by which the client reached the server, as `origin_of` returns it.
        """
        if self._is_real(main, local):
            return _SAME if self.upstream_at(local) else shared_map(tuple(main), local)
        further = (OriginMap((origin,), _at_port(local, port)) for origin, port in self._ports.items())
        return JoinedMap((shared_map(tuple(main), self._main_at(local)), *further))

    def outward(self, main: Sequence[str], local: str) -> OriginMap:
        """The map that replaces each local port's origin by that of its upstream, for data on the way to the service.

        Args:
            main: The main upstream's origins: they, and the main port's, become the first of them. Empty to leave
                them as they are.
            local: As for `inward`.
        """
        if self._is_real(main, local):
            return _SAME if self.upstream_at(local) or not main else shared_map((*main, local), main[0])
        further = [OriginMap((_at_port(local, port),), origin) for origin, port in self._ports.items()]
        return JoinedMap((*([shared_map((*main, self._main_at(local)), main[0])] if main else []), *further))

    def _is_real(self, main: Sequence[str], local: str) -> bool:
        """Whether a client reached the server by an upstream's own origin (a forward proxy), not by a local port."""
        if self._has_ports and _port_of(local) in {self._main, *self._origins}:
            return False
        return not self._has_ports or local in {*main, *self.upstreams.values()}

    def _main_at(self, local: str) -> str:
        return _at_port(local, self._main) if self.upstream_at(local) else local


def _port_of(origin: str) -> int:
    try:
        return urlsplit(origin).port or 0
    except ValueError:
        return 0


def _at_port(origin: str, port: int) -> str:
    parts = urlsplit(origin)
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


class JoinedMap(OriginMap):
    """Several maps at once: what one of them puts in is not replaced by another one.

    Args:
        maps: No two replace the same origin.
    """

    def __init__(self, maps: Iterable[OriginMap]) -> None:
        super().__init__((), "")
        self._maps = tuple(maps)

    def edits(self, data: bytes) -> list[Edit]:
        """The replacements in `data`, unsorted; see `OriginMap.edits`."""
        return _in_order(edit for each in self._maps for edit in each.edits(data))

    def network_edits(self, data: bytes) -> list[Edit]:
        """The replacements of origins that a header names without their scheme; see `OriginMap.network_edits`."""
        return _in_order(edit for each in self._maps for edit in each.network_edits(data))

    def holds(self, data: bytes) -> bool:
        """Whether the data holds one of the old origins; see `OriginMap.holds`."""
        return any(each.holds(data) for each in self._maps)

    def undecided(self, data: bytes) -> int:
        """How many bytes at the end of the data may be the beginning of an origin; see `OriginMap.undecided`."""
        return max((each.undecided(data) for each in self._maps), default=0)


def _in_order(edits: Iterable[Edit]) -> list[Edit]:
    return sorted(edits, key=lambda edit: edit.start)
