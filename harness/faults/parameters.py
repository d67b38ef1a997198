"""The parameters of faults: how a value is written in a rule, checked, and printed back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Value: TypeAlias = str | int | float
Values: TypeAlias = Mapping[str, Value]
"""Parameter -> value, as a fault uses them: defaults filled in."""

_MOST_SECONDS: Final = 86_400.0
_MOST: Final = 100_000_000
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m)?")
_SCALES: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, None: 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a fault.

    Attributes:
        name: As written in ``NAME=VALUE``.
        parse: Converts the text; raises ValueError with what is expected.
        default: The value where a rule gives none; None for a parameter that a rule must give.
        about: What the parameter sets, as a phrase for the list of faults.
    """

    name: str
    parse: Callable[[str], Value]
    default: Value | None
    about: str


def seconds(text: str) -> float:
    """Parse a duration such as ``2``, ``0.5s``, ``250ms`` or ``1m``; returns seconds."""
    found = _DURATION.fullmatch(text)
    value = float(found[1]) * _SCALES[found[2]] if found else -1.0
    if not 0 <= value <= _MOST_SECONDS:
        raise ValueError("expected a duration such as 2s or 250ms, of at most a day")
    return value


def count(text: str) -> int:
    """Parse a whole number that is not negative."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= _MOST):
        raise ValueError(f"expected a whole number from 0 to {_MOST}")
    return int(text)


def number_within(lowest: int, highest: int) -> Callable[[str], int]:
    """Return a parser that accepts whole numbers from ``lowest`` to ``highest``."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and lowest <= int(text) <= highest):
            raise ValueError(f"expected a whole number from {lowest} to {highest}")
        return int(text)

    return parse


def one_of(*words: str) -> Callable[[str], str]:
    """Return a parser that accepts only the given words."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"expected {', '.join(words[:-1])} or {words[-1]}")
        return text

    return parse


def header_text(text: str) -> str:
    """Return a text unchanged, if a header's value can hold it: printable ASCII."""
    if not text.isprintable() or not text.isascii():
        raise ValueError("expected printable ASCII characters only")
    return text


def any_text(text: str) -> str:
    """Return a text unchanged: the parser of parameters that accept every text."""
    return text


def shown(value: Value) -> str:
    """The text by which a fault rule writes a parameter's value."""
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    if text and re.fullmatch(r"[^\s\"'\\=]+", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
