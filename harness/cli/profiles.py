"""The profile that serves a command: the one of ``--profile``, else the one that the service's origin names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.cli.command import OptionConflictError
from harness.origins import is_loopback

if TYPE_CHECKING:
    from harness.profile import ServiceProfile


def own_profiles() -> list[ServiceProfile]:
    """The profiles of ``wiretape.toml`` or ``[tool.wiretape]`` in this folder, or above it.

    Raises:
        harness.services.errors.ProfileError: The file holds an error.
    """
    from harness.services.project import project_profiles

    return project_profiles(Path.cwd())


def profile_of(origin: str, name: str | None = None, env: Sequence[str] = ()) -> ServiceProfile:
    """The profile for a service.

    Args:
        origin: Of the service, as cassettes hold it; empty if unknown.
        name: The name of ``--profile``, or None.
        env: The variables of ``--env``.

    Raises:
        harness.services.errors.ProfileError: The user's file holds an error.
        harness.services.errors.UnknownProfileError: No profile has the name.
        harness.services.environment.VariableError: A variable may not be set.
    """
    from harness.services.choice import service_for, service_named
    from harness.services.environment import with_variables

    own = own_profiles()
    found = service_for(origin, own) if name is None else service_named(name, origin, own)
    return with_variables(found, env)


def chosen_profile(name: str | None) -> ServiceProfile:
    """The profile to record with if no URL says which: the named one, else that of the project's only service.

    Args:
        name: The name of ``--profile``, or None.

    Raises:
        harness.services.errors.ProfileError, harness.services.errors.UnknownProfileError: As for `profile_of`.
    """
    from harness.services.choice import default_service, service_named

    own = own_profiles()
    named = own[0].name if name is None and len(own) == 1 and own[0].origins else name
    return default_service() if named is None else service_named(named, None, own)


def profile_for(origin: str | None, name: str | None = None) -> ServiceProfile:
    """The profile for a file's origin; for a file that does not show it, the one to record with.

    Args:
        origin: Of the service; None if it is not known.
        name: The name of ``--profile``, or None.

    Raises:
        harness.services.errors.ProfileError, harness.services.errors.UnknownProfileError: As for `profile_of`.
    """
    return profile_of(origin, name) if origin else chosen_profile(name)


def upstream_in(service: ServiceProfile) -> str:
    """The URL of the service that a profile names, to record it.

    Raises:
        OptionConflictError: The profile names no upstream.
    """
    if not service.upstream:
        raise OptionConflictError(f"the profile {service.name} names no upstream: give --upstream URL")
    return service.upstream


def with_token(service: ServiceProfile, upstream: str, host: str | None) -> ServiceProfile:
    """The profile, with the user's token for the host of ``--token-for``, and for the profile's own hosts.

    A profile that was named for another host keeps its rules, but the token does not go there.

    Raises:
        OptionConflictError: The upstream is another host.
    """
    from harness.services.choice import default_service

    if host is None:
        return service if _is_own_host(service, upstream) else replace(service, token_variable="")
    if host.lower() != urlsplit(upstream).hostname:
        raise OptionConflictError(
            f"--token-for {host} is not the host of --upstream: give --token-for the upstream's host"
        )
    return replace(service, token_variable=default_service().token_variable)


def _is_own_host(service: ServiceProfile, upstream: str) -> bool:
    host = urlsplit(upstream).hostname
    return is_loopback(host) or host in [urlsplit(each).hostname for each in service.origins]
