"""The registry of the fake's own scenarios and the user's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fake_server.scenarios import answers, failures
from fake_server.scenarios.registry import Registry, Scenario


def scenarios_in(namespace: Mapping[str, Any]) -> list[Scenario]:
    """The scenarios that a module defines, in its order, each once."""
    return list({id(value): value for value in namespace.values() if isinstance(value, Scenario)}.values())


def make_registry(more: Iterable[Scenario] = ()) -> Registry:
    """A registry of the fake's scenarios and ``more``, which replace those of the same command."""
    ours = [one for module in (answers, failures) for one in scenarios_in(vars(module))]
    return Registry([*ours, *more])
