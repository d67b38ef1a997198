"""Signs: bytes without which an expression cannot match, so that most data is let through after a quick look."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

Trie: TypeAlias = "dict[int, Trie]"


def has_any(data: bytes, signs: Iterable[bytes]) -> bool:
    """Whether one of a few signs is in the data."""
    for sign in signs:  # noqa: SIM110  # a generator costs more than these looks
        if sign in data:
            return True
    return False


def any_of(signs: Iterable[bytes]) -> re.Pattern[bytes]:
    """An expression that finds whether one of many signs is in the data, in one go."""
    root: Trie = {}
    for sign in signs:
        node = root
        for byte in sign:
            node = node.setdefault(byte, {})
            if -1 in node:
                break
        else:
            # A sign that begins with this one need not be looked for.
            node.clear()
            node[-1] = {}
    return re.compile(_spelt(root))


def _spelt(node: Trie) -> bytes:
    if -1 in node:
        return b""
    branches = [re.escape(bytes([byte])) + _spelt(inner) for byte, inner in sorted(node.items())]
    return branches[0] if len(branches) == 1 else b"(?:" + b"|".join(branches) + b")"
