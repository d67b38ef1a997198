"""Finds the line of a key in a TOML text, which `tomllib` does not return."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_PART: Final = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_PATH: Final = rf"(?P<key>{_PART}(?:\s*\.\s*{_PART})*)"
_HEADER: Final = re.compile(rf"\s*\[\[?\s*{_PATH}\s*\]")
_KEY: Final = re.compile(rf"\s*{_PATH}\s*=")
_MOST_SHOWN: Final = 6
_MULTI_LINE: Final = re.compile(r'"""|\'\'\'')


def line_of(text: str, key: Sequence[str]) -> int | None:
    """The number of the line where a key stands, from 1; that of the table around it if the key is not found.

    Args:
        text: TOML without errors.
        key: The path of the key.
    """
    best: tuple[int, int | None] = (0, None)
    for number, path in _paths(text):
        common = _common(path, key)
        if common > best[0] and common == min(len(path), len(key)):
            best = (common, number)
    return best[1]


def key_at(text: str, line: int) -> str:
    """The dotted key on a line, or the last one before it; empty if there is none.

    Args:
        text: TOML, perhaps with errors.
        line: Number of the line, from 1.
    """
    last: tuple[str, ...] = ()
    for number, path in _paths(text):
        if number > line:
            break
        last = path
    return ".".join(map(shown, last[:_MOST_SHOWN]))


def shown(part: str) -> str:
    """One part of a dotted key, escaped and shortened, so that an error may show it."""
    return part if re.fullmatch(r"[\w-]{1,60}", part, re.ASCII) else ascii(part)[:60]


def _paths(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Number and path of each line that has a key, or the header of a table."""
    table: tuple[str, ...] = ()
    quote = ""
    for number, line in enumerate(text.split("\n"), 1):
        if not quote:
            header = _HEADER.match(line)
            found = header or _KEY.match(line)
            path = () if found is None else (*(() if header else table), *_path(found["key"]))
            if header is not None:
                table = path
            if path:
                yield number, path
        for mark in _MULTI_LINE.findall(line):
            quote = mark if not quote else "" if mark == quote else quote


def _path(key: str) -> tuple[str, ...]:
    try:
        value: object = tomllib.loads(f"{key} = 1")
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(value, Mapping):
        name, value = next(iter(value.items()))  # pyright: ignore[reportUnknownVariableType]
        path.append(str(name))  # pyright: ignore[reportUnknownArgumentType]
    return tuple(path)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
