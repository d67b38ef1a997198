"""Values that look generated: a client makes them anew in each run, and no person chooses them.

Two texts are compared slot by slot: the text between slots must be equal, and two slots that differ must both look
generated in the same way. A pair shows more than a single value: two random values of one length have few characters
in common, two names many.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from harness.match.listening import same_ports
from harness.match.looks import BASE64, HEX, UUID, Clocks, Look, is_mixed_hex, look_of, looks_random, moment_of
from harness.match.made_up import are_short_ids, is_fine
from harness.match.protocol_ids import named_ids

_WORD: Final = re.compile(r"[A-Za-z0-9_-]{11,88}")
_SLOT: Final = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d (?:GMT|UTC|[+-]\d{4})"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
    # As `date` and JavaScript's `Date` write a time, and XML-RPC.
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d (?:(?:GMT|UTC) )?\d{4}"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d GMT[+-]\d{4}"
    r"|\d{8}T(?:\d{6}Z|\d\d:\d\d:\d\d(?:Z|[+-]\d\d:?\d\d)?)"
    r"|\d{9,10}\.\d{1,9}(?![\w.])"
    # No sign before a time is part of a slot, so that a time in a path or behind a word is one of its own.
    r"|(?:[A-Za-z0-9+]+|[/_-](?!\d{4}-\d\d-\d\d[T ]\d\d:))+={0,2}"
)
_FINE: Final = re.compile(r"[A-Za-z0-9_-]+")
_PREFIX: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,23}[_-]")
"""A prefix that names the sort of a value, such as ``req_`` or ``chatcmpl-``."""


SHORTEST_ID: Final = 8
"""Characters of the shortest id that is replaced in answers: a shorter one may stand there by chance."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A recorded value, and the actual one in its place; both look generated."""

    recorded: str
    actual: str
    look: Look


Standing: TypeAlias = Callable[[str], str | None]
"""Returns the value that is bound to a recorded one in this session, or None."""


def _nothing(_: str) -> str | None:
    return None


def pairs(
    recorded: str, actual: str, clocks: Clocks, standing: Standing = _nothing, *, issued: bool = False
) -> list[Pair] | None:
    """The generated values in which two texts differ; None if they differ in anything else.

    Args:
        recorded: The recorded text.
        actual: The actual text.
        clocks: When both were sent.
        standing: Returns the value that is bound to a recorded one already: that is no difference.
        issued: Whether to pair values without a look as well: a service may have issued them.
    """
    listening, actual = same_ports(recorded, actual)
    ours, theirs = list(_SLOT.finditer(recorded)), list(_SLOT.finditer(actual))
    if len(ours) != len(theirs) or _literals(recorded, ours) != _literals(actual, theirs):
        return None
    found = [Pair(one, other, "random") for one, other in listening]
    named = {(start, end) for start, end, _ in named_ids(recorded)}
    for one, other in zip(ours, theirs, strict=True):
        if slots_replaced(one[0], standing) == other[0]:
            continue
        inner = _named_pair(one[0], other[0]) if one.span() in named and one[0] != other[0] else None
        if inner is None:
            inner = _slot(one[0], other[0], clocks, issued=issued)
        if inner is None:
            return None
        found += inner
    return found


_LONGEST_MIXED: Final = 4
"""Characters up to which a random id of letters and digits may well consist of digits alone."""


def _named_pair(recorded: str, actual: str) -> list[Pair] | None:
    """The pair of two ids that a protocol's syntax names, whatever they look like; None if only one is a long number.

    Ids shorter than `SHORTEST_ID` are accepted without a pair: they would be found anywhere.
    """
    shortest, longest = sorted(map(len, (recorded, actual)))
    if longest > _LONGEST_MIXED and recorded.isdigit() != actual.isdigit():
        return None
    return [Pair(recorded, actual, "random")] if shortest >= SHORTEST_ID else []


def slots_replaced(text: str, standing: Standing) -> str:
    """The text with each recorded value in it that has a binding replaced by the value that is bound to it.

    Values are found as whole slots, or as parts of one behind a prefix such as ``req_``.
    """

    def fine(found: re.Match[str]) -> str:
        run = found[0]
        other = standing(run)
        if other is not None:
            return other
        if len(run) > 36 and UUID.search(run):
            return UUID.sub(lambda uuid: standing(uuid[0]) or uuid[0], run)
        head, separator, rest = run.partition("-" if "-" in run and "_" not in run[: run.find("-")] else "_")
        other = standing(rest) if separator and rest else None
        return run if other is None else head + separator + other

    def coarse(found: re.Match[str]) -> str:
        slot = found[0]
        if len(slot) < 8:
            return slot
        return standing(slot) or _FINE.sub(fine, slot)

    return _SLOT.sub(coarse, text)


def _literals(text: str, slots: list[re.Match[str]]) -> list[str]:
    ends = [0, *(slot.end() for slot in slots)]
    starts = [*(slot.start() for slot in slots), len(text)]
    return [text[end:start] for end, start in zip(ends, starts, strict=True)]


def _slot(recorded: str, actual: str, clocks: Clocks, *, issued: bool) -> list[Pair] | None:
    if recorded == actual:
        # Another value is bound to this one in this session.
        return [Pair(recorded, actual, "issued")] if issued else []
    look = look_of(recorded, actual, clocks)
    if look is not None:
        return [Pair(recorded, actual, look)]
    folders = _temporary_folders(recorded, actual)
    if folders is not None:
        return [Pair(*folders, "random")]
    ours, theirs = list(_FINE.finditer(recorded)), list(_FINE.finditer(actual))
    if len(ours) != len(theirs) or _literals(recorded, ours) != _literals(actual, theirs):
        return None
    found: list[Pair] = []
    for one, other in zip(ours, theirs, strict=True):
        if one[0] != other[0]:
            pair = _run(one[0], other[0], clocks) or (Pair(one[0], other[0], "issued") if issued else None)
            if pair is None:
                return None
            found.append(pair)
    return found


_TEMPORARY: Final = re.compile(r"tmp[a-z0-9_]{8}")
"""A temporary file or folder of Python's `tempfile`, in the paths that a client of a language server sends.

Of two such names one has a digit in 99 of 100 cases; of two words none has.
"""


_FOLDER: Final = re.compile(r"(/(?:[\w+-]+/)*(?:tmp|temp|T)/)([\w-]+[_-][A-Za-z0-9]{6})((?:/[\w+-]+)*/?)")
"""A temporary folder of C's or Node's ``mkdtemp``: in the folder for such, with six letters and digits at its end."""
_LONGEST_PATH: Final = 4096
"""Linux allows no longer one (PATH_MAX)."""
_MADE: Final = 6
_IRREGULAR: Final = re.compile(r"\d|.[A-Z]")


def _temporary_folders(recorded: str, actual: str) -> tuple[str, str] | None:
    """The names of two temporary folders, if two paths differ only in the random end of these names; else None."""
    if max(len(recorded), len(actual)) > _LONGEST_PATH:
        return None
    one, other = _FOLDER.fullmatch(recorded), _FOLDER.fullmatch(actual)
    if one is None or other is None or one[3] != other[3] or one[2][:-_MADE] != other[2][:-_MADE]:
        return None
    ends = one[2][-_MADE:], other[2][-_MADE:]
    is_irregular = any(_IRREGULAR.search(end) and not end.isdigit() for end in ends)
    return (one[2], other[2]) if is_irregular else None


def _run(recorded: str, actual: str, clocks: Clocks) -> Pair | None:
    both = _TEMPORARY.fullmatch(recorded) and _TEMPORARY.fullmatch(actual)
    if both and any(each.isdigit() for each in recorded + actual):
        return Pair(recorded, actual, "random")
    look = look_of(recorded, actual, clocks)
    if look is not None:
        return Pair(recorded, actual, look)
    ours, theirs = _core(recorded, actual)
    look = look_of(ours, theirs, clocks) if (ours, theirs) != (recorded, actual) else None
    return None if look is None else Pair(ours, theirs, look)


def _core(recorded: str, actual: str) -> tuple[str, str]:
    """Two values without the prefix and suffix that both share up to a ``-`` or ``_``, such as ``req_``."""
    start = 0
    for at, (one, other) in enumerate(zip(recorded, actual, strict=False)):
        if one != other:
            break
        if one in "_-":
            start = at + 1
    end = 0
    for at, (one, other) in enumerate(zip(reversed(recorded[start:]), reversed(actual[start:]), strict=False)):
        if one != other:
            break
        if one in "_-":
            end = at + 1
    return recorded[start : len(recorded) - end], actual[start : len(actual) - end]


def masked(text: str) -> str:
    """The text with each value replaced by a mark if it looks generated without being compared with another value.

    The result is equal for two texts that `pairs` may pair, except where a random value reads a little like a name.
    """
    return _SLOT.sub(lambda found: _masked_slot(found[0]), text)


def _masked_slot(slot: str) -> str:
    if _is_moment(slot):
        return "\0time"
    if _is_base64(slot):
        return "\0"
    return _FINE.sub(lambda found: _masked_run(found[0]), slot)


def _masked_run(run: str) -> str:
    if _is_moment(run):
        return "\0time"
    return "\0" if _may_be_generated(run) else run


def _is_moment(text: str) -> bool:
    return not text.isalpha() and moment_of(text) is not None


def _is_base64(slot: str) -> bool:
    return ("+" in slot or slot.endswith("=")) and bool(BASE64.fullmatch(slot)) and looks_random(slot)


def _may_be_generated(text: str) -> bool:
    if UUID.fullmatch(text) or (HEX.fullmatch(text) and is_mixed_hex(text)):
        return True
    prefix = _PREFIX.match(text)
    rest = text[prefix.end() :] if prefix is not None and len(text) - prefix.end() >= 8 else text
    return bool(_WORD.fullmatch(text)) and (looks_random(text) or looks_random(rest))


def generated_in(text: str) -> Iterator[str]:
    """Yield the parts of a text that may be generated values, such as ids or times."""
    return (slot for _, _, slot in slots_of(text))


def may_vary(recorded: object, actual: object) -> bool:
    """Whether two values may both be generated, regardless of when they were sent; for a hint to the user."""
    if isinstance(recorded, bool) or isinstance(actual, bool):
        return False
    if isinstance(recorded, (int, float)) and isinstance(actual, (int, float)):
        if is_fine(recorded) and is_fine(actual):
            return True
        recorded, actual = repr(recorded), repr(actual)
    if not isinstance(recorded, str) or not isinstance(actual, str):
        return False
    moments = moment_of(recorded), moment_of(actual)
    if moments[0] is not None and moments[1] is not None:
        return True
    return are_short_ids(recorded, actual) or pairs(recorded, actual, Clocks(0.0, 0.0)) is not None


def slots_of(text: str) -> list[tuple[int, int, str]]:
    """Start, end and text of the slots of a text that may be generated values, or times."""
    found: list[tuple[int, int, str]] = []
    for slot in _SLOT.finditer(text):
        if moment_of(slot[0]) is not None or _is_base64(slot[0]):
            found.append((slot.start(), slot.end(), slot[0]))
            continue
        found += [
            (slot.start() + each.start(), slot.start() + each.end(), each[0])
            for each in _FINE.finditer(slot[0])
            if _may_be_generated(each[0]) or _is_moment(each[0])
        ]
    return found
