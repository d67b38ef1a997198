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
_PLACES: Final = re.compile(r"\{(url|ws_url|host)(?::([a-z0-9_]+))?\}")
"""A place of the local server, with the name of a further upstream whose port it is."""


class VariableError(HarnessError):
    """The value of ``--env`` is not of the form ``NAME={url}``, or its variable may not be set."""


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
        service: The service's profile; a variable of an upstream that the session does not have is left out.
        upstreams: Name -> the local server's base URL for a further upstream.
    """
    local = {"": url, **(upstreams or {})}
    local |= dict.fromkeys([*service.upstreams][:1], url)
    found = {URL: url, WS_URL: _ws(url)}
    for name, further in (upstreams or {}).items():
        found[f"{URL}_{name.upper()}"] = further
        found[f"{WS_URL}_{name.upper()}"] = _ws(further)
    for name, text in service.env.items():
        if named_in(text) <= local.keys():
            found[name] = _PLACES.sub(lambda place: _value(place[1], local[place[2] or ""]), text)
    return found


def named_in(text: str) -> set[str]:
    """The names of upstreams in a variable's value: ``gateway`` of ``{url:gateway}``."""
    return {name for _, name in _PLACES.findall(text) if name}


def _value(place: str, url: str) -> str:
    return url if place == "url" else _ws(url) if place == "ws_url" else url.partition("://")[2]


def _ws(url: str) -> str:
    return "ws" + url.removeprefix("http")


def placeholder_environment(placeholder: str | None, service: ServiceProfile) -> dict[str, str]:
    """The variable from which the client reads its token, set to a placeholder; empty without a token or a variable."""
    return {} if placeholder is None or not service.token_variable else {service.token_variable: placeholder}
