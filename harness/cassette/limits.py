"""How much of an untrusted cassette is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Upper bounds; what goes beyond one is refused with a `LimitError`.

    Attributes:
        file_bytes: Size of the YAML file.
        depth: Nested mappings and sequences.
        nodes: Scalars and collections of the YAML file together (a transcript is one scalar).
        exchanges: Exchanges of a cassette.
        lines: Lines of all its transcripts together.
        side_file_bytes: Size of one side file.
        payload_bytes: All side files as often as they are named, together.
    """

    file_bytes: int = 64 * 1024 * 1024
    depth: int = 40
    nodes: int = 2_000_000
    exchanges: int = 100_000
    lines: int = 1_000_000
    side_file_bytes: int = 64 * 1024 * 1024
    payload_bytes: int = 256 * 1024 * 1024


LIMITS: Final = Limits()
"""The ones that count unless others are given."""
