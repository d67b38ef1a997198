"""Signs: bytes without which a detector cannot find anything. All of them are searched for in one pass.

Some signs occur as they are. Others are folded: in lower case, without ``-`` and ``_``, each digit as ``0``. So one
sign stands for all spellings of a name, and for all numbers of one shape.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from harness.redact.byte_search import MAX_CHUNK, Match, fixed_search
from harness.redact.text_runs import LARGE

_UPPER: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS: Final = b"123456789"
_FOLDING: Final = bytes.maketrans(_UPPER + _DIGITS, _UPPER.lower() + b"0" * len(_DIGITS))
_NO_SIGNS: Final[frozenset[bytes]] = frozenset()


def fold(data: bytes) -> bytes:
    """The data in lower case, without ``-`` and ``_``, and with each digit as ``0``, to search for folded signs."""
    return data.translate(_FOLDING, b"-_")


def has_any(data: bytes, signs: Iterable[bytes]) -> bool:
    """Whether the data holds one of a few signs."""
    for sign in signs:  # noqa: SIM110  # a generator costs more than these looks
        if sign in data:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs in some data.

    Attributes:
        fixed: Those that occur as they are.
        folded: Those that occur in the folded data, without the signs of names.
        named: Whether the data may hold a name with a rule.
        spelt: Whether it may hold one as text spells it, between quotes or before ``=``, ``:`` or ``/``. It differs
            from ``named`` in large binary data only, where letters by chance form short names.
    """

    fixed: frozenset[bytes] = _NO_SIGNS
    folded: frozenset[bytes] = _NO_SIGNS
    named: bool = False
    spelt: bool = False

    def __bool__(self) -> bool:
        return self.named or bool(self.fixed) or bool(self.folded)


NO_SIGNS: Final = Signs()


class NameCheck(Protocol):
    """Decides whether an occurrence of a name's sign in folded data can be a name."""

    strings: tuple[bytes, ...]
    is_everywhere: bool

    def may_be_name(self, index: int, folded: bytes, start: int, end: int) -> bool:
        """Whether the string of that index, at ``folded[start:end]``, can be a name with a rule, or a part of one."""
        ...

    def may_be_spelt(self, folded: bytes, start: int, end: int) -> bool:
        """Whether ``folded[start:end]`` may be part of a name in text: in quotes, or before ``=``, ``:`` or ``/``."""
        ...


class SignReader:
    """Finds in some data the signs, without which a detector cannot find anything there.

    Args:
        fixed: All signs that occur as they are.
        folded: All folded signs but those of names.
        names: The signs of names.
    """

    def __init__(self, fixed: Iterable[bytes], folded: Iterable[bytes], names: NameCheck) -> None:
        self._fixed = fixed_search(tuple(sorted({*fixed})))
        self._folded = fixed_search((*names.strings, *sorted({*folded})))
        self._names = names

    def of(self, data: bytes, *, binary: bool = False) -> Signs:
        """The signs in one view.

        Args:
            data: The view's bytes.
            binary: Whether they are binary: any letters may precede and follow a name then.
        """
        folded_data = fold(data)
        if len(data) <= MAX_CHUNK:
            fixed, folded = self._fixed.find(data), self._folded.find(folded_data)
            if not (fixed or folded or self._names.is_everywhere):
                return NO_SIGNS
            indexes = {index for index, _, _ in fixed} if fixed else ()
        else:
            indexes, folded = self._fixed.indexes(data), self._folded.each(folded_data)
        return self._signs(indexes, folded, folded_data, binary=binary)

    def _signs(self, fixed: Iterable[int], folded: Iterable[Match], folded_data: bytes, *, binary: bool) -> Signs:
        strings, names = self._folded.strings, len(self._names.strings)
        named = spelt = self._names.is_everywhere
        is_large = binary and len(folded_data) > LARGE
        others: set[bytes] = set()
        for index, start, end in folded:
            if index >= names:
                others.add(strings[index])
            elif not named or not spelt:
                is_name = self._names.may_be_name(index, folded_data, start, end)
                named = named or binary or is_name
                spelt = spelt or (self._names.may_be_spelt(folded_data, start, end) and is_name if is_large else named)
        found = Signs(frozenset(self._fixed.strings[index] for index in fixed), frozenset(others), named, spelt)
        return found or NO_SIGNS
