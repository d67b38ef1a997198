"""`Targets`: the upstreams that get the requests of a played cassette."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.cassette.model import Cassette
from harness.origins import OriginMap, Origins, as_origin, is_loopback
from harness.play.errors import LiveHostError, NamedUpstreamError
from harness.profile import ServiceProfile
from harness.relay.upstream import Upstream


@dataclass(frozen=True, slots=True)
class Targets:
    """The service that a cassette's client is played to.

    Attributes:
        main: The service.
        further: Recorded origin of a further upstream -> its URL now.
        outward: Maps the origins of the recording to those of the service.
    """

    main: Upstream
    further: Mapping[str, Upstream]
    outward: OriginMap

    def of(self, target: str) -> tuple[Upstream, str] | None:
        """The upstream and the path for a recorded target; None if it names an origin that is not played."""
        if target.startswith("/"):
            return self.main, target
        origin = as_origin(target.replace("ws", "http", 1) if target.startswith("ws") else target)
        found = self.further.get(origin or "")
        if found is None or origin is None:
            return None
        path = target.partition("://")[2].partition("/")[2]
        return found, f"/{path}"

    @property
    def are_local(self) -> bool:
        """Whether every service is on this machine."""
        return all(is_loopback(urlsplit(each.origin).hostname) for each in (self.main, *self.further.values()))


def targets_for(
    cassette: Cassette, profile: ServiceProfile, url: str, further: Mapping[str, str], *, allows_live: bool
) -> Targets:
    """Return the upstreams that get a cassette's requests.

    Args:
        cassette: The cassette.
        profile: Of its service.
        url: ``http://HOST[:PORT]`` or ``https://HOST[:PORT]`` of the live service.
        further: Name of a further upstream of the cassette -> its URL.
        allows_live: Whether the service may be on another machine.

    Raises:
        harness.relay.upstream.UpstreamError: A URL is more than scheme, host and port.
        NamedUpstreamError: A further upstream has no URL, or the cassette has none of that name.
        LiveHostError: A host is not this machine, and ``allows_live`` is false.
    """
    named = cassette.recorded.upstreams
    for name in further:
        if name not in named:
            known = ", ".join(named) or "none"
            raise NamedUpstreamError(f"--upstream {name}=URL: the cassette has no upstream {name!r}; it has: {known}")
    for name, origin in named.items():
        if name not in further:
            raise NamedUpstreamError(
                f"the cassette has requests to a further upstream, {origin}: give its URL with --upstream {name}=URL"
            )
    main = Upstream.parse(url)
    others = {named[name]: Upstream.parse(each) for name, each in further.items()}
    recorded = Origins(cassette.recorded.origin, profile.origins).foreign
    found = Targets(main, others, OriginMap(recorded, main.origin))
    if not allows_live and not found.are_local:
        raise LiveHostError(
            "the service to play to is not on this machine: give --yes-live to send it the requests of one session"
        )
    return found
