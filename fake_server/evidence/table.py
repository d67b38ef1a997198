"""The table of all evidence: search it, and print it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby, zip_longest
from textwrap import wrap
from typing import Final

from fake_server.evidence.failures import FAILURES
from fake_server.evidence.generations import GENERATION_EVIDENCE
from fake_server.evidence.model import DOCUMENT, Evidence, Group
from fake_server.evidence.rest import REST
from fake_server.evidence.settings import SETTINGS
from fake_server.evidence.socket import SOCKET
from provider.wire.generations import GENERATIONS

EVIDENCE: Final[tuple[Evidence, ...]] = (*REST, *SOCKET, *FAILURES, *GENERATION_EVIDENCE, *SETTINGS)
"""All behaviours of the fake."""
_BY_NAME: Final = {(each.group, each.name): each for each in EVIDENCE}
_WORD: Final = re.compile(r"[\w/.§-]+")
_MOST_WORDS: Final = 8


class UnknownWordError(LookupError):
    """No behaviour matches the word; the text has names to search for.

    Attributes:
        word: The word of the search.
        known: The nearest names; if none is near, the groups.
    """

    def __init__(self, word: str, known: tuple[str, ...]) -> None:
        super().__init__(word, known)
        self.word = word
        self.known = known

    def __str__(self) -> str:
        return f"no behaviour matches {self.word!r}: search for one of: {'; '.join(self.known)}"


def find(group: Group, name: str) -> Evidence | None:
    """The evidence with that name, or None."""
    return _BY_NAME.get((group, name))


def search(word: str = "", generation: str | None = None) -> list[Evidence]:
    """Search for a text, in the table's order; if no behaviour contains it, for all of its words.

    The search covers group, name, behaviour, paragraph, confidence, switch and note, and ignores case.

    Args:
        word: E.g. ``challenge``, ``POST /c/api/start``, ``§4.7``; empty for everything.
        generation: Only behaviours that this generation has, or can have by a switch; None for all.

    Raises:
        UnknownWordError: No behaviour matches.
    """
    texts = {each: _text(each) for each in EVIDENCE if _is_in(each, generation)}
    wanted = word.strip().lower()
    pieces = wanted.split()
    found = [each for each, text in texts.items() if wanted in text]
    found = found or [each for each, text in texts.items() if pieces and all(piece in text for piece in pieces)]
    if not found:
        raise UnknownWordError(word, _near(wanted, texts))
    return found


def _is_in(each: Evidence, generation: str | None) -> bool:
    """Whether a generation has the behaviour, or can have it by a switch."""
    return generation is None or generation in each.generations or bool(each.switch)


def _text(each: Evidence) -> str:
    texts = (each.group.value, each.name, each.behaviour, each.source, each.switch, each.note)
    return "\n".join(texts).lower()


def _near(wanted: str, rows: Iterable[Evidence]) -> tuple[str, ...]:
    words = {word.lower(): None for each in rows for word in (each.name, *_WORD.findall(each.name))}
    near = difflib.get_close_matches(wanted, words, n=_MOST_WORDS)
    return tuple(near) or tuple(group.value for group in Group)


_ALL: Final = tuple(GENERATIONS)
_LEGEND: Final = f"Paragraphs are of {DOCUMENT}; its marks: [N] sources, [inf]erred, [meas]ured on loopback, conflict."
_NARROW: Final = 76
_GAP: Final = "  "
_NAME: Final = 40
_SOURCE: Final = 19
_WHEN: Final = 10
"""Greatest widths of name, source and generations, in characters; the behaviour has the rest."""
_BOLD: Final = "1"
_DIM: Final = "2"
_YELLOW: Final = "33"
_GREEN: Final = "32"


def show_text(rows: Iterable[Evidence], *, width: int = 100, colour: bool = False) -> str:
    """The rows as text: name, behaviour, source, generations.

    Args:
        rows: In the order of `fake_server.evidence.EVIDENCE`.
        width: Width of a line in characters; below 76 each row is stacked.
        colour: Whether to use a terminal's colours: green for two or more sources, yellow for conflicts.
    """
    lines = [*_cell(_LEGEND, width)]
    for group, members in groupby(rows, key=lambda each: each.group):
        shown = list(members)
        name = min(_NAME, width // 3, max(len(each.name) for each in shown))
        lines += ["", *(_painted(line, _BOLD, colour=colour) for line in _cell(group.value, width))]
        for each in shown:
            lines += _entry(each, name, width, colour=colour)
    return "\n".join(lines)


def show_json(rows: Iterable[Evidence]) -> str:
    """The rows as JSON: a list of objects with the fields of `Evidence`, one a line; the group by its title."""
    lines = (json.dumps({**asdict(each), "group": each.group.value}, ensure_ascii=False) for each in rows)
    return "[\n" + ",\n".join(lines) + "\n]"


def when(each: Evidence) -> str:
    """The generations in words: ``all``, ``2025-10 on``, ``2025-03 to 2025-10``, ``2026``; ``none``: to be chosen."""
    if each.generations == _ALL:
        return "all"
    if not each.generations:
        return "none"
    first, last = each.generations[0], each.generations[-1]
    if last == _ALL[-1] and first != last:
        return f"{first} on"
    return first if first == last else f"{first} to {last}"


def _what(each: Evidence) -> str:
    hints = [f"--switch {each.switch}" if each.switch and each.switch not in each.note else "", each.note]
    hint = "; ".join(filter(None, hints))
    return f"{each.behaviour} ({hint})" if hint else each.behaviour


def _entry(each: Evidence, name: int, width: int, *, colour: bool) -> Iterator[str]:
    if width < _NARROW:
        return _stacked(each, width, colour=colour)
    return _side_by_side(each, name, width, colour=colour)


def _side_by_side(each: Evidence, name: int, width: int, *, colour: bool) -> Iterator[str]:
    rest = width - name - _SOURCE - _WHEN - 4 * len(_GAP)
    widths = (name, rest, _SOURCE, _WHEN)
    texts = (each.name, _what(each), each.source, when(each))
    for parts in zip_longest(*map(_cell, texts, widths), fillvalue=""):
        *left, source, last = (part.ljust(at) for part, at in zip(parts, widths, strict=True))
        painted = _painted(source, _colour_of(each), colour=colour and not source.isspace())
        yield (_GAP + _GAP.join((*left, painted, last))).rstrip()


def _stacked(each: Evidence, width: int, *, colour: bool) -> Iterator[str]:
    yield from (_GAP + line for line in _cell(each.name, width - 2))
    yield 2 * _GAP + _painted(each.source, _colour_of(each), colour=colour) + f", {when(each)}"
    yield from (2 * _GAP + line for line in _cell(_what(each), max(20, width - 4)))


def _cell(text: str, width: int) -> Sequence[str]:
    return wrap(text, max(1, width), break_on_hyphens=False) or [""]


def _colour_of(each: Evidence) -> str:
    if "conflict" in each.confidence:
        return _YELLOW
    is_borne = any(mark.strip("[]+").isdigit() and mark != "[1]" for mark in each.confidence.split(", "))
    return _GREEN if is_borne else _DIM


def _painted(text: str, code: str, *, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text
