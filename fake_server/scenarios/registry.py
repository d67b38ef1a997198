"""Scenarios by the command that asks for them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from fake_server.scenarios.asked import Asked
from fake_server.scenarios.steps import Steps

Play = Callable[[Asked], Steps]
_COMMAND: Final = re.compile(r"/[a-z][a-z0-9-]*")


class ScenarioError(Exception):
    """A scenario cannot be used; says which and why."""


class UnknownScenarioError(ScenarioError):
    """There is no scenario of that name; names the nearest."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A behaviour of the service, and the command by which a prompt asks for it.

    Attributes:
        command: ``/image`` and the like.
        play: Makes the steps.
        help: One line for `--list-scenarios`.
        argument: What stands behind the command, for the same list.
    """

    command: str
    play: Play
    help: str
    argument: str = ""

    @property
    def usage(self) -> str:
        """Command and argument."""
        return f"{self.command} {self.argument}".rstrip()


def scenario(command: str, *, help: str, argument: str = "") -> Callable[[Play], Scenario]:  # noqa: A002  # argparse's word
    """Make a generator function a `Scenario`.

    Raises:
        ScenarioError: The command is not a slash and a lower-case word.
    """
    if not _COMMAND.fullmatch(command):
        raise ScenarioError(f"{command!r} is no command: it takes a slash and a lower-case word, like /weather")

    def make(play: Play) -> Scenario:
        return Scenario(command, play, help, argument)

    return make


class Registry:
    """The scenarios that a script can play."""

    def __init__(self, scenarios: Iterable[Scenario]) -> None:
        """Of two with the same command the later one counts: so users can put theirs in place of ours."""
        self._by_command: Mapping[str, Scenario] = MappingProxyType({one.command: one for one in scenarios})

    def __iter__(self) -> Iterator[Scenario]:
        return iter(sorted(self._by_command.values(), key=lambda one: one.command))

    def __contains__(self, command: object) -> bool:
        return command in self._by_command

    def get(self, command: str) -> Scenario | None:
        """The scenario of that command, or None."""
        return self._by_command.get(command)

    def find(self, command: str) -> Scenario:
        """The scenario of that command.

        Raises:
            UnknownScenarioError: There is none.
        """
        found = self.get(command)
        if found is None:
            near = difflib.get_close_matches(command, self._by_command, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(sorted(self._by_command))}"
            raise UnknownScenarioError(f"there is no scenario {command}; {hint}")
        return found

    def table(self) -> str:
        """The list for people: one line each."""
        rows = [(one.usage, one.help) for one in self]
        width = max((len(usage) for usage, _ in rows), default=0)
        return "\n".join(f"{usage:<{width}}  {text}" for usage, text in rows)
