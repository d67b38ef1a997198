"""The YAML list of prompts that ``make record`` and ``make live`` run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from harness.cassette.yaml_reader import read_yaml
from harness.errors import HarnessError

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_KEYS: Final = frozenset({"name", "prompt", "model", "image", "follow_ups"})


class PromptsError(HarnessError):
    """The list of prompts is invalid. The text names the place and the reason."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One conversation to hold with the service, and the name of the cassette that records it.

    Attributes:
        name: Of its cassette: lower-case letters, digits, ``.``, ``_``, ``-``.
        text: The first message.
        model: ``Copilot`` or ``Think Deeper``.
        image: A file to attach to the first message.
        follow_ups: Further messages in the same conversation.
    """

    name: str
    text: str
    model: str = "Copilot"
    image: Path | None = None
    follow_ups: tuple[str, ...] = ()


def load_prompts(path: Path) -> list[Prompt]:
    """Read the prompts of a file: a list of strings, or of mappings with ``name`` and ``prompt``.

    Raises:
        PromptsError: The file does not hold such a list; the text names the place.
        OSError: The file cannot be read.
    """
    entries = read_yaml(path.read_bytes(), str(path))
    if not isinstance(entries, list) or not entries:
        raise PromptsError(f"{path}: expected a list of prompts")
    prompts = [_prompt(entry, index, path) for index, entry in enumerate(entries)]
    names = [prompt.name for prompt in prompts]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise PromptsError(f"{path}: duplicate name {twice!r}")
    return prompts


def _prompt(entry: Any, index: int, path: Path) -> Prompt:
    where = f"{path}: [{index}]"
    if isinstance(entry, str):
        return Prompt(f"prompt-{index + 1}", entry)
    if not isinstance(entry, Mapping):
        raise PromptsError(f"{where}: expected a string or a mapping")
    unknown = sorted(set(map(str, entry)) - _KEYS)
    if unknown:
        raise PromptsError(f"{where}: unknown key {unknown[0]!r}; known: {', '.join(sorted(_KEYS))}")
    name, text = str(entry.get("name", f"prompt-{index + 1}")), entry.get("prompt")
    if not isinstance(text, str) or not text:
        raise PromptsError(f"{where}.prompt: expected text")
    if not _NAME.fullmatch(name):
        raise PromptsError(f"{where}.name: use lower-case letters, digits, '.', '_' and '-'")
    follow_ups = entry.get("follow_ups") or []
    if not isinstance(follow_ups, list) or not all(isinstance(one, str) for one in follow_ups):
        raise PromptsError(f"{where}.follow_ups: expected a list of texts")
    image = entry.get("image")
    return Prompt(
        name,
        text,
        model=str(entry.get("model", "Copilot")),
        image=None if image is None else path.parent / str(image),
        follow_ups=tuple(follow_ups),
    )
