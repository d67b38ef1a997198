"""YAML of strangers, read with limits: the small part of it that is plain values.

PyYAML's parser gives events, without recursion (its loaders recurse, and the one in C dies of deep nesting); values
are built from them in `yaml_builder`. So there are no tags, anchors, aliases or merge keys, no second value for a
key, no dates, no octal numbers, and the two parsers, C and Python, give the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import yaml

from harness.cassette.characters import find_refused
from harness.cassette.errors import LimitError, UnreadableCassetteError
from harness.cassette.limits import LIMITS, Limits
from harness.cassette.yaml_builder import Builder
from harness.printable import one_line

_DIRECTIVE: Final = re.compile(r"(?: *(?:#.*)?\n)*%")

Loader: TypeAlias = type[Any]
"""``yaml.SafeLoader`` or ``yaml.CSafeLoader``, whose parser is used."""

DEFAULT_LOADER: Final[Loader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(data: bytes, name: str = "", *, limits: Limits = LIMITS, loader: Loader = DEFAULT_LOADER) -> Any:
    """The value of a YAML document: dict (keys are always text), list, str, int, float, bool or None.

    Args:
        name: What errors call the file.

    Raises:
        UnreadableCassetteError: It is not UTF-8, not YAML, or uses what is not taken (see the module).
        LimitError: It is larger, or nested deeper, than the limits allow.
    """
    return _read(data, name, limits, loader, None)


def read_places(data: bytes, *, limits: Limits = LIMITS, loader: Loader = DEFAULT_LOADER) -> dict[str, int]:
    """The line, from 1, of each place of a document that `read_yaml` takes, by its path: ``exchanges[3].at``.

    A block scalar counts from its first line of text.
    """
    places: dict[str, int] = {}
    _read(data, "", limits, loader, places)
    return places


def _read(data: bytes, name: str, limits: Limits, loader: Loader, places: dict[str, int] | None) -> Any:
    file = name or None
    if len(data) > limits.file_bytes:
        raise LimitError(f"the file has more than {limits.file_bytes} bytes", file=file)
    text = _decoded(data, file)
    builder = Builder(text, file, limits, places)
    try:
        # Bytes are what the parser in C wants, and it need not make them again.
        for event in _events(data if b"\r" not in data else text.encode(), loader):
            builder.take(event)
    except yaml.YAMLError as error:
        problem, line = _problem(error)
        raise UnreadableCassetteError(f"this is not YAML: {problem}", line=line, file=file) from error
    return builder.root


def _events(content: bytes, loader: Loader) -> Iterator[Any]:
    try:
        yield from yaml.parse(content, Loader=loader)
    except (ValueError, OverflowError) as error:
        # The parser in Python lets these out for "\UFFFFFFFF" and the like.
        raise yaml.YAMLError("an escape that stands for no character") from error


def _problem(error: yaml.YAMLError) -> tuple[str, int | None]:
    problem = getattr(error, "problem", None)
    mark = getattr(error, "problem_mark", None)
    return one_line(str(problem or "it cannot be parsed")), None if mark is None else int(mark.line) + 1


def _decoded(data: bytes, file: str | None) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableCassetteError("the file is not UTF-8", line=line, file=file) from error
    if text.startswith("\ufeff"):
        raise UnreadableCassetteError("the file begins with a byte order mark: save it as UTF-8 without", file=file)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if _DIRECTIVE.match(text):
        # The parsers differ in what they make of one that they do not know.
        raise UnreadableCassetteError("a %-directive is not taken", file=file)
    position = find_refused(text)
    if position is not None:
        code, line = ord(text[position]), text.count("\n", 0, position) + 1
        hint = "indent with spaces" if code == 9 else 'write it as an escape, in "..."'
        raise UnreadableCassetteError(f"U+{code:04X} may not stand raw in the file: {hint}", line=line, file=file)
    return text
