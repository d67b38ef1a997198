"""Signs: bytes without which a pattern cannot match. Searching for them first skips most data quickly."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

Trie: TypeAlias = "dict[int, Trie]"


def has_any(data: bytes, signs: Iterable[bytes]) -> bool:
    """Whether the data holds one of a few signs."""
    for sign in signs:  # noqa: SIM110  # a generator costs more than these looks
        if sign in data:
            return True
    return False


def any_of(signs: Iterable[bytes]) -> re.Pattern[bytes]:
    """A pattern that finds any of many signs in one pass."""
    root: Trie = {}
    for sign in signs:
        node = root
        for byte in sign:
            node = node.setdefault(byte, {})
            if -1 in node:
                break
        else:
            # A longer sign that begins with this one is redundant.
            node.clear()
            node[-1] = {}
    return re.compile(_spelt(root))


def _spelt(node: Trie) -> bytes:
    if -1 in node:
        return b""
    branches = [re.escape(bytes([byte])) + _spelt(inner) for byte, inner in sorted(node.items())]
    return branches[0] if len(branches) == 1 else b"(?:" + b"|".join(branches) + b")"
