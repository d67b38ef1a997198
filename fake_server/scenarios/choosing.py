"""Which scenario a prompt asks for: by a command, by what it wants, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fake_server.scenarios.registry import Registry, Scenario

_ROLE: Final = re.compile(r"\A(?:System|Developer|User|Assistant|Tool): ")
_NEWEST: Final = re.compile(r"^User: ", re.MULTILINE)
_COMMAND: Final = re.compile(r"(/[a-z][a-z0-9-]*)(?:\s+|\Z)")
_LATER_COMMAND: Final = re.compile(r"\s(/[a-z][a-z0-9-]*)(?=\s|\Z)")

# Group "what" is what to draw. Only the beginning of a prompt is looked at: a question about drawing draws nothing.
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
    """A scenario, and what it is asked with."""

    scenario: Scenario
    argument: str


@dataclass(frozen=True, slots=True)
class NoSuchCommand:
    """The prompt begins with a command that nobody knows."""

    command: str


def newest(prompt: str) -> str:
    """What the user said last, if the prompt is a whole dialogue flattened to lines that begin with a role."""
    if not _ROLE.match(prompt):
        return prompt
    turns = list(_NEWEST.finditer(prompt))
    return prompt[turns[-1].end() :] if turns else prompt


def choose(prompt: str, mode: str, registry: Registry) -> Chosen | NoSuchCommand | None:
    """What the prompt asks for; None for a plain answer.

    In this order: a command at its beginning, the first known command further on, a wish for a picture, the mode.
    """
    text = newest(prompt).strip()
    begins = _COMMAND.match(text)
    if begins:
        found = registry.get(begins[1])
        return Chosen(found, text[begins.end() :].strip()) if found else NoSuchCommand(begins[1])
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
