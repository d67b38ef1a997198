"""Chooses the profile of a recording or replay: the user's for that origin, the built-in one, else the neutral one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from harness.origins import as_origin, is_loopback
from harness.profile import ServiceProfile, with_places
from harness.services.copilot import COPILOT
from harness.services.errors import UnknownProfileError
from harness.services.neutral import NEUTRAL

_FAKE: Final = "fake"


def default_service() -> ServiceProfile:
    """The service to use when no option names one."""
    return COPILOT


def service_for(origin: str | None, own: Sequence[ServiceProfile] = ()) -> ServiceProfile:
    """The profile for a service.

    Args:
        origin: The service's, as `harness.relay.about.describe_origin` returns it and cassettes hold it (``from``):
            ``https://host``, or ``fake:2026``. None or empty for the default service.
        own: The user's profiles. Those that name the origin come before the built-in ones; one without upstreams is
            for every service that no profile names.
    """
    if not origin or origin.partition(":")[0] == _FAKE:
        return default_service()
    plain = as_origin(origin)
    named = next((each for each in own if plain in each.origins), None) or _by_host(origin, own)
    if named is not None:
        return with_secrets_of(COPILOT, own) if named is COPILOT else _cautious(named, own)
    for_all = next((each for each in own if not each.origins), NEUTRAL)
    return _cautious(_at(for_all, plain), own)


def _by_host(origin: str, own: Sequence[ServiceProfile]) -> ServiceProfile | None:
    """The profile that names an origin's host; None for a host of this machine, which may be any service."""
    host = _host(origin)
    if not host or is_loopback(host):
        return None

    def names_it(profile: ServiceProfile) -> bool:
        return host in map(_host, profile.origins)

    found = next((each for each in (*own, COPILOT) if names_it(each)), None)
    return found or next((each for each in _built_in().values() if names_it(each)), None)


def service_named(name: str, origin: str | None = None, own: Sequence[ServiceProfile] = ()) -> ServiceProfile:
    """The profile of that name.

    Args:
        name: Of one of the user's, of a built-in one, or ``neutral``.
        origin: The service's, where the profile names none.
        own: The user's profiles.

    Raises:
        UnknownProfileError: There is none.
    """
    known = {NEUTRAL.name: NEUTRAL, **_built_in(), **{each.name: each for each in own}}
    if name not in known:
        raise UnknownProfileError(f"there is no profile {name!r}: expected one of {', '.join(known)}")
    found = known[name]
    return with_secrets_of(COPILOT, own) if found is COPILOT else _cautious(_at(found, as_origin(origin or "")), own)


def every_service(own: Sequence[ServiceProfile] = ()) -> ServiceProfile:
    """One profile with the secrets of Copilot and of the user's services: for files whose service is unknown."""
    personal = any(each.redact_personal for each in own)
    return with_places(with_secrets_of(COPILOT, own), (), personal=personal)


def with_secrets_of(profile: ServiceProfile, others: Iterable[ServiceProfile]) -> ServiceProfile:
    """The profile with the secret places of others."""
    for other in others:
        profile = replace(
            profile,
            secret_headers={**other.secret_headers, **profile.secret_headers},
            secret_query={**other.secret_query, **profile.secret_query},
            secret_fields={**other.secret_fields, **profile.secret_fields},
            account_fields={**other.account_fields, **profile.account_fields},
            deltas={**other.deltas, **profile.deltas},
            redact=tuple(dict.fromkeys((*profile.redact, *other.redact))),
        )
    return profile


def _cautious(profile: ServiceProfile, own: Sequence[ServiceProfile]) -> ServiceProfile:
    """The profile with the secrets of Copilot and of the user's services, too: a proxy of these has another host."""
    return with_secrets_of(profile, (COPILOT, *own))


def _at(profile: ServiceProfile, origin: str | None) -> ServiceProfile:
    """The profile with this origin, if it names no origin itself, or if the origin is a server of this machine."""
    if origin is None or origin in profile.origins or (profile.origins and not is_loopback(_host(origin))):
        return profile
    return replace(profile, upstream=origin, origins=(origin,))


def _built_in() -> dict[str, ServiceProfile]:
    from harness.services.built_in import built_in  # noqa: PLC0415  # most sessions need no file

    return built_in()


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).hostname
    except ValueError:
        return None
