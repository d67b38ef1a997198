"""`ServiceOrigins`: the maps between a relay's upstreams and the local server, in both directions."""

from __future__ import annotations

from collections.abc import Iterable

from harness.doors import Doors
from harness.origins import OriginMap, shared_map


class ServiceOrigins:
    """The maps of a session.

    Args:
        upstream: Origin of the main upstream.
        others: Further origins of its service.
        doors: The local ports of further upstreams; None if there are none.
    """

    def __init__(self, upstream: str, others: Iterable[str], doors: Doors | None = None) -> None:
        apart = () if doors is None else doors.origins
        self._upstream = upstream
        self._origins = tuple(dict.fromkeys((upstream, *(each for each in others if each not in apart))))
        self._doors = doors or None

    def inward(self, local: str) -> OriginMap:
        """The map from the service's origins to the one by which a client called the local server."""
        if self._doors is None:
            return shared_map(self._origins, local)
        return self._doors.inward(self._origins, local)

    def outward(self, local: str) -> OriginMap:
        """The map from the local server's origin to the service's."""
        if self._doors is None:
            return shared_map((local,), self._upstream)
        return self._doors.outward((self._upstream,), local)
