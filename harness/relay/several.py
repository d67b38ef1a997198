"""`SeveralRelays`: a relay for each upstream of a session, chosen by the port that a client reached."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from fake_server.stage import Answer, Request
from harness.doors import Doors
from harness.profile import ServiceProfile
from harness.record.recording import Recording
from harness.relay.cookies import CookieScopes
from harness.relay.relay import Relay
from harness.relay.token_swap import TokenSwap
from provider.transport.types import Settings


class SeveralRelays:
    """A stage that passes each request to the relay of its upstream.

    Args:
        main: The relay of the main upstream.
        further: Origin of a further upstream -> its relay.
        doors: The local port of each further upstream.
    """

    def __init__(self, main: Relay, further: dict[str, Relay], doors: Doors) -> None:
        self._main = main
        self._further = further
        self._doors = doors

    @property
    def _all(self) -> tuple[Relay, ...]:
        return (self._main, *self._further.values())

    @property
    def recording(self) -> Recording:
        """The recording into which all relays write."""
        return self._main.recording

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of all relays, each once; see `Relay.notes`."""
        return tuple(dict.fromkeys(note for relay in self._all for note in relay.notes))

    @property
    def lost(self) -> bool:
        """Whether any of the relays ran out of descriptors, or cut the recording of a body; see `Relay.lost`."""
        return any(relay.lost for relay in self._all)

    async def handle(self, request: Request) -> Answer:
        """Forward a request to the upstream of its port."""
        at = replace(request, origin=self._doors.origin_of(request))
        return await self._relay_of(at).handle(at)

    async def preflight(self, request: Request) -> Answer:
        """Forward a page's preflight to the upstream of its port."""
        return await self.handle(request)

    def settle(self) -> None:
        """Wait briefly until exchanges that the clients have ended have ended on the service's side as well.

        See `Relay.settle`.
        """
        for relay in self._all:
            relay.settle()

    async def close(self) -> None:
        """Close all relays."""
        await asyncio.gather(*(relay.close() for relay in self._all))

    def _relay_of(self, request: Request) -> Relay:
        return self._further.get(self._doors.upstream_at(request.origin), self._main)


def relays_for(
    target: str,
    service: ServiceProfile,
    take: Recording,
    doors: Doors,
    swap: TokenSwap | None,
    *,
    settings: Callable[[str], Settings | None],
    impersonate: str | None,
) -> Relay | SeveralRelays:
    """The relay of a session, or one for each of its upstreams; only the main one swaps the token.

    Args:
        target: The main upstream.
        service: The service's profile.
        take: The recording.
        doors: The further upstreams.
        swap: The main upstream's token swap.
        settings: How to connect to an upstream.
        impersonate: As for `Relay`.

    Raises:
        harness.relay.upstream.UpstreamError: The main upstream is no origin.
    """
    cookies = CookieScopes()
    main = Relay(
        target,
        service,
        take,
        settings=settings(target),
        impersonate=impersonate,
        token_swap=swap,
        doors=doors,
        cookies=cookies,
    )
    if not doors:
        return main
    further = {
        origin: Relay(
            origin,
            service,
            take,
            settings=settings(origin),
            impersonate=impersonate,
            doors=doors,
            beside=main.upstream,
            cookies=cookies,
        )
        for origin in doors.origins
    }
    return SeveralRelays(main, further, doors)
