"""Texts that hold placeholders and generated values: ``TELL at=1795883118926 secret=wiretape-token-1``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from harness.match.generated import SHORTEST_ID, Pair, Standing, slots_of
from harness.match.looks import Clocks, Look, look_of
from harness.match.placeholders import Captured, Placeholder, fits_kind, taken_apart
from harness.match.protocol_ids import named_ids

_LONGEST: Final = 8192
_MOST: Final = 16
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{4,}")


def captured_with_generated(
    recorded: str, actual: str, clocks: Clocks, is_issued: Callable[[str], bool], standing: Standing
) -> tuple[list[Captured], list[Pair]] | None:
    """The values that placeholders stand for, and the pairs of generated or issued values in the text between them.

    None if the texts differ in anything else, or ``recorded`` has no placeholder.

    Args:
        recorded: A text with placeholders.
        actual: The actual text.
        clocks: When both were sent.
        is_issued: Whether the service issued a value; another issued one is accepted in its place.
        standing: Returns the value that is bound to a recorded one already.
    """
    before, placeholders = taken_apart(recorded)
    literals = [before, *(each.after for each in placeholders)]
    ids = _named_ids(recorded, before, placeholders)
    named = {text for inner in ids for _, _, text in inner}
    most = _MOST - len(placeholders)
    slots = _slots_of_all(literals, ids, is_issued)
    if sum(map(len, slots)) > most:
        # A service that describes itself, as by WSDL, issues every word of a long message: those that stay are none.
        slots = _slots_of_all(literals, ids, lambda word: word not in actual and is_issued(word))
    if not placeholders or sum(map(len, slots)) > most or len(actual) > _LONGEST:
        return None
    pattern = r"(.+?)".join(_literal(text, inner, named) for text, inner in zip(literals, slots, strict=True))
    found = re.fullmatch(pattern, actual, re.DOTALL)
    if found is None:
        return None
    groups = iter(found.groups())
    caught: list[Captured] = []
    made: list[Pair] = []
    for number, inner in enumerate(slots):
        if number:
            value = next(groups)
            if not fits_kind(placeholders[number - 1], value):
                return None
            caught.append(Captured(placeholders[number - 1].text, value))
        for _, _, text in inner:
            value = next(groups)
            # A short id, such as the number of a message, would be found anywhere: the service repeats a longer one.
            if value == (standing(text) or text) or (text in named and len(text) < SHORTEST_ID):
                continue
            look = _look(text, value, clocks, is_named=text in named, is_issued=is_issued)
            if look is None:
                return None
            made.append(Pair(text, value, look))
    return caught, made


def _slots_of_all(
    literals: Sequence[str], ids: Sequence[list[tuple[int, int, str]]], is_issued: Callable[[str], bool]
) -> list[list[tuple[int, int, str]]]:
    return [_slots(literal, inner, is_issued) for literal, inner in zip(literals, ids, strict=True)]


def _look(
    recorded: str, actual: str, clocks: Clocks, *, is_named: bool, is_issued: Callable[[str], bool]
) -> Look | None:
    if is_named:
        return "random"
    return look_of(recorded, actual, clocks) or ("issued" if is_issued(recorded) else None)


def _named_ids(text: str, before: str, placeholders: Sequence[Placeholder]) -> list[list[tuple[int, int, str]]]:
    """The ids in each text between placeholders, if a protocol's syntax names them; see `protocol_ids.named_ids`."""
    every = named_ids(text)
    found: list[list[tuple[int, int, str]]] = []
    start, end = 0, len(before)
    for upto in (*placeholders, None):
        found.append(
            [(one - start, other - start, value) for one, other, value in every if start <= one < other <= end]
        )
        if upto is not None:
            start = end + len(upto.text)
            end = start + len(upto.after)
    return found


def _slots(text: str, ids: list[tuple[int, int, str]], is_issued: Callable[[str], bool]) -> list[tuple[int, int, str]]:
    """The slots of a literal text: its ids, generated values, and those that the service issued."""
    found = list(ids)
    found += [each for each in slots_of(text) if not any(one < each[1] and each[0] < other for one, other, _ in ids)]
    for word in _WORD.finditer(text):
        start, end = word.span()
        if is_issued(word[0]) and not any(one < end and start < other for one, other, _ in found):
            found.append((start, end, word[0]))
    return sorted(found)


def _literal(text: str, slots: list[tuple[int, int, str]], named: AbstractSet[str]) -> str:
    """A regular expression for a text between placeholders, with a group for each of its slots.

    A slot accepts a value of the same length; a time accepts any time, and an id in ``named`` one of any length.
    """
    out, at = "", 0
    for start, end, slot in slots:
        out += re.escape(text[at:start])
        if slot in named:
            out += r"([\w.+/=-]{1,64})"
        elif " " in slot:
            out += r"([\w.,:+ -]{4,48})"
        else:
            out += rf"([\w+/=.:-]{{{end - start}}})" if not slot[:4].isdigit() else r"([\w.:+-]{4,40})"
        at = end
    return out + re.escape(text[at:])


_COUNTED: Final = re.compile(r"[\d_.-]{2,40}")
"""The counters that a client appends to an id: the number of its process, and of the message."""
_RUN: Final = re.compile(r"[A-Za-z0-9_.-]+")


def captured_counted(recorded: str, actual: str) -> list[Captured] | None:
    """As `placeholders.captured`, for a text that is a placeholder with counters behind it; None for any other text.

    ``wiretape-token-2_24713_0`` as a whole stands for ``76cd337d44b1_24734_0``.
    """
    before, placeholders = taken_apart(recorded)
    if before or len(placeholders) != 1 or not _COUNTED.fullmatch(placeholders[0].after):
        return None
    shape = re.sub(r"\d+", "0", placeholders[0].after)
    ending = re.search(r"[\d_.-]+$", actual)
    if not _RUN.fullmatch(actual) or ending is None:
        return None
    return [Captured(recorded, actual)] if re.sub(r"\d+", "0", ending[0]).endswith(shape) else None
