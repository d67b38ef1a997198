"""`Cleared`: remembers in which data a redactor found nothing to replace."""

from __future__ import annotations

import hashlib
from typing import Final

from harness.redact.vault import Vault

_LEAST: Final = 4096
"""Bytes; looking through less takes hardly longer than recognising it."""
_MOST: Final = 1 << 16
"""Number of data that are remembered, so that a long session does not fill the memory."""


class Cleared:
    """Remembers data in which a redactor found nothing to replace, by its SHA-256. Not thread-safe.

    What a redactor finds depends on the data and the known secrets alone. So the same bytes need no second look until
    another secret is learned.

    Args:
        vault: The redactor's secrets.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._generations: dict[bytes, int] = {}

    def key(self, data: bytes) -> bytes | None:
        """The key of data for `add` and `holds`; None for data that is too small to be remembered."""
        return None if len(data) < _LEAST else hashlib.sha256(data).digest()

    def add(self, key: bytes) -> None:
        """Remember data in which nothing was found with the secrets that are known now."""
        if len(self._generations) < _MOST or key in self._generations:
            self._generations[key] = self._vault.generation

    def holds(self, key: bytes | None) -> bool:
        """Whether nothing was found in the data with the secrets that are known now."""
        return key is not None and self._generations.get(key) == self._vault.generation
