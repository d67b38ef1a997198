"""Finds the sort of the values at a varying place (number, time, id, ..) from all samples together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from harness.match.json_diff import ABSENT
from harness.match.looks import HEX, UUID, is_mixed_hex, moment_of
from harness.redact.detect.name_score import name_score
from harness.suggest.varying import Sample

Sort: TypeAlias = Literal[
    "uuid", "time", "counter", "random number", "random", "signature", "text", "field of one take", "generated names",
    "value of another type",
]  # fmt: skip
_SIGNATURE: Final = re.compile(r"(?:^|[._-])(?:sig|signature|hmac|mac|digest|checksum|hash|md5|sha\d*)$", re.IGNORECASE)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST: Final = 400
"""Characters that show the sort of a value."""
_WORDS: Final = -0.4
"""Of `name_score`: words of a language are above, random letters at -0.8."""


def sort_of(place: str, samples: Sequence[Sample]) -> Sort:
    """The sort of the values at a place.

    Args:
        place: As options write it; a signature shows by its name.
        samples: The values; at least one pair.
    """
    values = [value for each in samples for value in (each.recorded, each.actual)]
    if any(value is ABSENT for value in values):
        return "field of one take"
    if len({_type(value) for value in values}) > 1:
        return "value of another type"
    if isinstance(values[0], dict):
        return "generated names"
    texts = [(value if isinstance(value, str) else repr(value))[:_LONGEST] for value in values]
    if all(moment_of(text) is not None for text in texts):
        return "time"
    if _SIGNATURE.search(_CAMEL.sub("_", place)) and all(len(text) >= 8 for text in texts):
        return "signature"
    if all(UUID.search(text) for text in texts):
        return "uuid"
    if all(re.fullmatch(r"-?\d+(\.\d+)?", text) for text in texts):
        return "counter" if _counts([each.recorded for each in samples]) else "random number"
    if all(HEX.fullmatch(text) and is_mixed_hex(text) for text in texts):
        return "random"
    return "text" if _are_words(texts) else "random"


def _type(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, (int, float)) else type(value).__name__


def _counts(values: Iterable[object]) -> bool:
    """Whether most numbers follow the one before; each take begins anew."""
    numbers = [int(str(value)) for value in values if str(value).lstrip("-").isdigit()]
    steps = [after - before for before, after in pairwise(numbers)]
    return len(steps) > 0 and steps.count(1) * 2 >= len(steps)


def _are_words(texts: Sequence[str]) -> bool:
    if any(re.search(r"\s", text) for text in texts):
        return True
    return sum(map(name_score, texts)) / len(texts) > _WORDS
