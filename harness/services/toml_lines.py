"""The lines of the keys of a TOML text; `tomllib` tells none."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Final

_HEADER: Final = re.compile(r"\s*\[\[?(?P<key>[^\[\]]+)\]")
_PART: Final = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_KEY: Final = re.compile(rf"\s*(?P<key>{_PART}(?:\s*\.\s*{_PART})*)\s*=")
_MULTI_LINE: Final = re.compile(r'"""|\'\'\'')


def line_of(text: str, key: Sequence[str]) -> int | None:
    """The number of the line where a key stands, from 1; that of the table around it if the key is not found.

    Args:
        text: TOML without errors.
        key: The path of the key.
    """
    best: tuple[int, int | None] = (0, None)
    table: tuple[str, ...] = ()
    quote = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not quote:
            header = _HEADER.match(line)
            found = header or _KEY.match(line)
            path = () if found is None else (*(() if header else table), *_path(found["key"]))
            if header is not None:
                table = path
            common = _common(path, key)
            if common > best[0] and common == min(len(path), len(key)):
                best = (common, number)
        for mark in _MULTI_LINE.findall(line):
            quote = mark if not quote else "" if mark == quote else quote
    return best[1]


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
