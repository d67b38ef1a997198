"""Scenarios by command, and the choice of one for a prompt."""

from __future__ import annotations

import difflib
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from fake_server.scenarios.steps import Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An attachment or linked image of the user's message.

    Attributes:
        name: File name; for an image that was not uploaded to the fake, its URL.
        content_type: As uploaded; empty if unknown.
        size: In bytes; None if unknown.
    """

    name: str
    content_type: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One message of the user, for a scenario.

    Attributes:
        prompt: The whole text.
        argument: The text after the command; without a command, the whole text.
        turn: 1 for the first in its conversation.
        mode: The wire's mode: ``chat``, ``smart``, ``reasoning``, ..
        generation: Name of the fake's generation.
        attachments: Attachments and images, in the message's order.
        random: Seeded by conversation and turn, so each run gets the same numbers.
    """

    prompt: str
    argument: str
    turn: int = 1
    mode: str = "chat"
    generation: str = "2026"
    attachments: tuple[Seen, ...] = ()
    random: random.Random = field(default_factory=lambda: random.Random(0), repr=False)  # noqa: S311  # repeatable


class WrongArgumentError(Exception):
    """A command's argument is invalid; the user gets the text, which has the valid ones, as an answer."""


def whole_number(text: str, *, default: int, most: int) -> int:
    """Parse an argument as a number from 0 to ``most``; returns ``default`` for an empty one.

    Raises:
        WrongArgumentError: It is not such a number.
    """
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > most:
        raise WrongArgumentError(f"This command takes a whole number from 0 to {most}.")
    return int(text)


def shortened(text: str, length: int = 200) -> str:
    """The text on one line, cut to ``length`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


Play = Callable[[Asked], Steps]
_COMMAND: Final = re.compile(r"/[a-z][a-z0-9-]*")


class ScenarioError(Exception):
    """A scenario is invalid or failed; the text has its command and the cause."""


class UnknownScenarioError(ScenarioError):
    """There is no scenario of that name; the text has the nearest names."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A behaviour of the service, and the command in a prompt that chooses it.

    Attributes:
        command: E.g. ``/image``.
        play: Makes the steps.
        help: One line for `--list-scenarios`.
        argument: Name of the command's argument, for the same list.
    """

    command: str
    play: Play
    help: str
    argument: str = ""

    @property
    def usage(self) -> str:
        """The command with its argument, as the help shows it: ``/long NUMBER``."""
        return f"{self.command} {self.argument}".rstrip()


def scenario(command: str, *, help: str, argument: str = "") -> Callable[[Play], Scenario]:  # noqa: A002  # argparse's word
    """Make a generator function a `Scenario`.

    Raises:
        ScenarioError: The command is not a slash and a lower-case word.
    """
    if not _COMMAND.fullmatch(command):
        raise ScenarioError(
            f"{command!r} is not a scenario's command: write a slash and a lower-case word, like /weather"
        )

    def make(play: Play) -> Scenario:
        return Scenario(command, play, help, argument)

    return make


class Registry:
    """The scenarios that a script can play."""

    def __init__(self, scenarios: Iterable[Scenario]) -> None:
        """Make a registry. Of two scenarios with one command the later one counts: users can replace the fake's own."""
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
        """The list for `--list-scenarios`: a line for each command."""
        rows = [(one.usage, one.help) for one in self]
        width = max((len(usage) for usage, _ in rows), default=0)
        return "\n".join(f"{usage:<{width}}  {text}" for usage, text in rows)


_ROLE: Final = re.compile(r"\A(?:System|Developer|User|Assistant|Tool): ")
_NEWEST: Final = re.compile(r"^User: ", re.MULTILINE)
_LEADING_COMMAND: Final = re.compile(r"(/[a-z][a-z0-9-]*)(?:\s+|\Z)")
_LATER_COMMAND: Final = re.compile(r"\s(/[a-z][a-z0-9-]*)(?=\s|\Z)")

# Group "what" is the subject. The forms match only at a prompt's beginning: a question about drawing draws nothing.
_DRAWINGS: Final = (
    re.compile(
        r"\A\s*(?:please\s+)?(?:generate|create|make|draw|paint|sketch)\s+(?:me\s+)?(?:an?\s+|the\s+)?"
        r"(?:image|picture|photo|drawing|painting)s?\s+(?:of|with|showing)\s+(?P<what>.+)",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(r"\A\s*(?:please\s+)?(?:draw|paint|sketch)\s+(?:me\s+)?(?P<what>.+)", re.IGNORECASE | re.DOTALL),
    re.compile(
        r"\A\s*(?:пожалуйста,?\s+)?(?:сгенерируй|создай|сделай|нарисуй)(?:те)?\s+(?:мне\s+)?"
        r"(?:изображени[ея]|картинк[уи]|рисун(?:ок|ки)|фото(?:графию)?)\s+(?P<what>.+)",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(
        r"\A\s*(?:пожалуйста,?\s+)?(?:нарисуй|изобрази)(?:те)?\s+(?:мне\s+)?(?P<what>.+)",
        re.IGNORECASE | re.DOTALL,
    ),
)
_MODES: Final = {"reasoning": "/think", "search": "/search", "research": "/search"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The scenario that a prompt chooses, and the argument of its command."""

    scenario: Scenario
    argument: str


@dataclass(frozen=True, slots=True)
class UnknownPromptCommand:
    """The prompt begins with an unknown command."""

    command: str


def newest(prompt: str) -> str:
    """The user's last message, if the prompt is a dialogue in lines that begin with a role; else the prompt."""
    if not _ROLE.match(prompt):
        return prompt
    turns = list(_NEWEST.finditer(prompt))
    return prompt[turns[-1].end() :] if turns else prompt


def choose(prompt: str, mode: str, registry: Registry) -> Chosen | UnknownPromptCommand | None:
    """Choose a scenario for a prompt; returns None for a plain answer.

    The first that applies: a command at the beginning, a known command further on, a request for a picture, the mode.
    """
    text = newest(prompt).strip()
    begins = _LEADING_COMMAND.match(text)
    if begins:
        found = registry.get(begins[1])
        return Chosen(found, text[begins.end() :].strip()) if found else UnknownPromptCommand(begins[1])
    for later in _LATER_COMMAND.finditer(text):
        found = registry.get(later[1])
        if found:
            return Chosen(found, text[later.end() :].strip())
    for form in _DRAWINGS:
        wish = form.match(text)
        drawing = registry.get("/image") if wish else None
        if wish and drawing:
            return Chosen(drawing, wish["what"].strip(" .!\n"))
    found = registry.get(_MODES.get(mode, ""))
    return Chosen(found, text) if found else None
