"""`Change`: one difference between two recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two recordings.

    Attributes:
        kind: ``added`` and ``removed``: only the second, only the first has it.
        exchange: Number in the first recording, or in the second if only that has it; from 0.
        label: Method and path, or ``socket`` and path.
        message: Number of the message in the same recording, from 0; None if the difference is not in a message.
        what: ``target``, ``request header x``, ``response body``, ``< appendText`` and the like.
        field: Path in the JSON (``content[0].text``), or empty.
        one: The first recording's value, as text.
        other: The second recording's value, as text.
    """

    kind: Literal["added", "removed", "changed"]
    exchange: int
    label: str
    message: int | None = None
    what: str = ""
    field: str = ""
    one: str = ""
    other: str = ""
