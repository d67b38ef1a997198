"""Environment variables that lead a client of a service to the local server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from harness.errors import HarnessError
from harness.profile import ServiceProfile

URL: Final = "WIRETAPE_URL"
WS_URL: Final = "WIRETAPE_WS_URL"
_PLACES: Final = re.compile(r"\{(?:url|ws_url|host)\}")


class VariableError(HarnessError):
    """``--env`` is not ``NAME={url}`` or the like."""


def with_variables(service: ServiceProfile, given: Iterable[str]) -> ServiceProfile:
    """The profile with further variables that lead a client to the local server.

    Args:
        service: The profile.
        given: ``NAME={url}/v1``, as ``--env`` takes them.

    Raises:
        VariableError: One is malformed, or may not be set.
    """
    from harness.services.profile_values import leading_problem, variable_problem  # noqa: PLC0415  # rarely needed

    found = dict(service.env)
    for each in given:
        name, equals, text = each.partition("=")
        problem = "write NAME={url}" if not equals else variable_problem(name) or leading_problem(text)
        if problem:
            raise VariableError(f"--env {name}: {problem}")
        found[name] = text
    return replace(service, env=found) if found != service.env else service


def service_environment(
    url: str, service: ServiceProfile, upstreams: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Variables that lead a client to the local server: wiretape's own, and those of the service's clients.

    Args:
        url: The local server's base URL.
        service: The service's profile.
        upstreams: Name -> the local server's base URL for a further upstream.
    """
    ws_url = "ws" + url.removeprefix("http")
    host = url.partition("://")[2]
    values = {"{url}": url, "{ws_url}": ws_url, "{host}": host}
    found = {URL: url, WS_URL: ws_url}
    for name, further in (upstreams or {}).items():
        found[f"{URL}_{name.upper()}"] = further
        found[f"{WS_URL}_{name.upper()}"] = "ws" + further.removeprefix("http")
    for name, text in service.env.items():
        found[name] = _PLACES.sub(lambda place: values[place[0]], text)
    return found


def placeholder_environment(placeholder: str | None, service: ServiceProfile) -> dict[str, str]:
    """The client's variable for the token: a placeholder; empty without a token, or if the service has no variable."""
    return {} if placeholder is None or not service.token_variable else {service.token_variable: placeholder}
