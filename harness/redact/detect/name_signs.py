"""The signs of secret names: without one of them no detector can find a name with a rule.

A name that a profile or the user gives is its own sign. The names that any service may use have their endings as signs.
`Lookup.find` receives a name whole, and what precedes and follows it in the data is no letter and no digit. So ``key``
in ``keyboard`` and ``sub`` in ``subject`` are no signs of a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from harness.redact.detect.signs import fold

Check: TypeAlias = Callable[[bytes, int, int], bool]

_WORD_BYTES: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789")
# Possessive: each text has one reading, so giving words back would only cost time.
_ENDS: Final = re.compile(rb"(?:values?|base|hex|raw|text|plain|sha|v|b|0)*+(?![a-z0-9])")
"""What may follow the last word of a name: see `generic_names.TRAILING`."""
_KELVIN: Final = "\N{KELVIN SIGN}"
"""The one letter beside ASCII's own whose lower case is a letter of ASCII."""


def _is_whole(folded: bytes, start: int, end: int) -> bool:
    return not _is_word(folded, start - 1) and not _is_word(folded, end)


def _is_word(folded: bytes, at: int) -> bool:
    return 0 <= at < len(folded) and folded[at] in _WORD_BYTES


def _is_end_of_name(folded: bytes, _: int, end: int) -> bool:
    return _ENDS.match(folded, end) is not None


def _is_known_name(folded: bytes, start: int, end: int) -> bool:
    if _is_word(folded, end):
        return False
    first = start - (folded[start - 1 : start] == b"x")  # as in X-Auth
    return not _is_word(folded, first - 1) or folded[end : end + 1] == b"]"


def _anywhere(*_: object) -> bool:
    return True


class NameSigns:
    """The signs of some names.

    Args:
        exact: Names that a field must have as a whole, in plain spelling.
        endings: Endings of names.
        known: Names that any service may use, in plain spelling; each may also be the last word in brackets.

    Attributes:
        strings: The signs, folded.
        is_everywhere: Whether there is a name without a sign, since it is empty, or has letters beside ASCII.
    """

    def __init__(self, exact: Iterable[str] = (), endings: Iterable[str] = (), known: Iterable[str] = ()) -> None:
        rows: list[tuple[str, Check]] = [(name, _is_whole) for name in exact]
        rows += [(name, _is_end_of_name) for name in endings]
        rows += [(name, _is_known_name) for name in known]
        signs = [(fold(name.encode("utf-8", "surrogatepass")), check) for name, check in (*rows, (_KELVIN, _anywhere))]
        self.is_everywhere = not all(name.isascii() for name, _ in rows) or not all(sign for sign, _ in signs)
        self.strings = tuple(sign for sign, _ in signs if sign)
        self._checks = tuple(check for sign, check in signs if sign)

    def may_be_name(self, index: int, folded: bytes, start: int, end: int) -> bool:
        """See `harness.redact.detect.signs.NameCheck`."""
        return self._checks[index](folded, start, end)
