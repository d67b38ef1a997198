"""`play`: plays the client of a cassette to a live service, and compares what that answered with the recording."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec

from harness.cassette.model import Cassette, Recorded
from harness.play.client_session import ClientSession, MissedEvent, PlayOptions
from harness.play.client_values import ClientValues, client_uuids, issued_names, secret_name
from harness.play.errors import MissingSecretError
from harness.play.observed import ObservedExchange
from harness.play.script import ClientScript, client_script
from harness.play.targets import Targets
from harness.profile import ServiceProfile
from harness.redact.cassettes import redact_cassette
from harness.redact.engine import Redactor
from provider.clock import now

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class PreparedClient:
    """The client of a cassette, ready to be played any number of times.

    Attributes:
        cassette: The recording.
        script: What the client does.
        values: What it sends.
        profile: Of the service.
        targets: Where it is played to.
        options: How.
    """

    cassette: Cassette = field(repr=False)
    script: ClientScript = field(repr=False)
    values: ClientValues = field(repr=False)
    profile: ServiceProfile = field(repr=False)
    targets: Targets
    options: PlayOptions

    def session(self) -> ClientSession:
        """A new run of the client."""
        return ClientSession(self.script, self.values, self.targets, self.profile, self.options)


@dataclass(frozen=True, slots=True)
class PlayedSession:
    """What a live service answered to the client that was played once.

    Attributes:
        observed: What was observed, in the order of the cassette; secrets included.
        fresh: The session as a cassette, redacted.
        missed: The events that did not come in time.
        is_cut: Whether the session took longer than its limit.
    """

    observed: tuple[ObservedExchange, ...] = field(repr=False)
    fresh: Cassette = field(repr=False)
    missed: tuple[MissedEvent, ...]
    is_cut: bool


def prepared(
    cassette: Cassette,
    profile: ServiceProfile,
    targets: Targets,
    options: PlayOptions,
    *,
    sends_placeholders: bool,
    renews_uuids: bool = False,
) -> PreparedClient:
    """Prepare the client of a cassette.

    Args:
        cassette: The recording.
        profile: Of the service.
        targets: Where to play it to.
        options: How.
        sends_placeholders: Whether placeholders for which no secret is given are sent as they are.
        renews_uuids: Whether each session sends new UUIDs in place of those that the client made.

    Raises:
        MissingSecretError: The client sends a secret that no option gives and the service does not issue, or an option
            gives one that the client does not send.
    """
    script = client_script(cassette, profile)
    values = ClientValues(script)
    missing = missing_secrets(script, values)
    unknown = sorted(set(options.secrets) - {secret_name(each) for each in values.placeholders})
    if unknown:
        known = ", ".join(sorted(map(secret_name, values.placeholders))) or "none"
        raise MissingSecretError(f"--secret {unknown[0]}: the client sends no such placeholder; it sends: {known}")
    unfilled = {name: where for name, where in missing.items() if name not in options.secrets}
    if unfilled and not sends_placeholders:
        named = "; ".join(f"{name} ({where})" for name, where in list(unfilled.items())[:_MOST_NAMED])
        more = f"; and {len(unfilled) - _MOST_NAMED} more" if len(unfilled) > _MOST_NAMED else ""
        raise MissingSecretError(
            f"the client sends secrets that the cassette does not hold: {named}{more}. Give --secret "
            f"{next(iter(unfilled))}=VARIABLE for each, or --send-placeholders for a service that accepts any value"
        )
    if renews_uuids:
        options = replace(options, renewed=client_uuids(script, values))
    return PreparedClient(cassette, script, values, profile, targets, options)


def missing_secrets(script: ClientScript, values: ClientValues) -> dict[str, str]:
    """Name of each placeholder that the service does not issue before the client sends it -> where it stands."""
    issued = issued_names(script)
    found: dict[str, str] = {}
    for placeholder, where in values.placeholders.items():
        name = secret_name(placeholder)
        if issued.get(name, 1 << 62) >= values.first_sent.get(placeholder, 0):
            found.setdefault(name, where)
    return found


def play(client: PreparedClient) -> PlayedSession:
    """Play a client once, and return what the service answered."""
    return asyncio.run(_play(client))


async def _play(client: PreparedClient) -> PlayedSession:
    session = client.session()
    began = now()
    await session.run()
    fresh = fresh_cassette(client, session.exchanges, f"{began:%Y-%m-%dT%H:%M:%SZ}")
    return PlayedSession(session.exchanges, fresh, tuple(session.missed), session.is_cut)


def redactor_of(client: PreparedClient) -> Redactor:
    """A redactor that replaces the secrets that the user gave for placeholders."""
    redactor = Redactor(client.profile)
    for secret in client.options.secrets.values():
        redactor.learn(secret, "given")
    return redactor


def fresh_cassette(client: PreparedClient, observed: Sequence[ObservedExchange], at: str) -> Cassette:
    """The played session as a redacted cassette.

    Args:
        client: That was played.
        observed: Its exchanges.
        at: When it began, as `Recorded.at`.
    """
    exchanges = [exchange for each in observed if (exchange := each.as_exchange()) is not None]
    recorded = Recorded(
        at=at,
        by="play",
        client=client.cassette.recorded.client,
        origin=client.targets.main.origin,
        upstreams={name: client.targets.further[origin].origin for name, origin in _named(client)},
    )
    whole = Cassette(recorded=recorded, exchanges=tuple(sorted(exchanges, key=lambda each: each.at)))
    return redact_cassette(redactor_of(client), msgspec.structs.replace(whole, order=client.cassette.order))


def _named(client: PreparedClient) -> Sequence[tuple[str, str]]:
    return list(client.cassette.recorded.upstreams.items())
