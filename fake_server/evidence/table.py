"""All of it in one table, and how to find something in it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final

from fake_server.evidence.generations import GENERATION_EVIDENCE
from fake_server.evidence.model import Evidence, Group
from fake_server.evidence.rest import REST
from fake_server.evidence.settings import SETTINGS
from fake_server.evidence.socket import SOCKET
from fake_server.evidence.trouble import TROUBLE

EVIDENCE: Final[tuple[Evidence, ...]] = (*REST, *SOCKET, *TROUBLE, *GENERATION_EVIDENCE, *SETTINGS)
"""Everything that the fake does."""
_BY_NAME: Final = {(each.group, each.name): each for each in EVIDENCE}
_WORD: Final = re.compile(r"[\w/.§-]+")
_MOST_WORDS: Final = 8


class UnknownWordError(LookupError):
    """Nothing that the fake does goes by that word; names what there is.

    Attributes:
        word: What was looked for.
        known: The names nearest to it, or, if none is near, the groups.
    """

    def __init__(self, word: str, known: tuple[str, ...]) -> None:
        super().__init__(word, known)
        self.word = word
        self.known = known

    def __str__(self) -> str:
        return f"nothing here goes by {self.word!r}; there is: {'; '.join(self.known)}"


def find(group: Group, name: str) -> Evidence | None:
    """The evidence of that name, or None."""
    return _BY_NAME.get((group, name))


def search(word: str = "", generation: str | None = None) -> list[Evidence]:
    """What goes by a word, in the table's order: what holds it as it stands, else what holds each of its words.

    Letter case does not matter. Group, name, behaviour, paragraph, confidence, switch and note are looked through.

    Args:
        word: E.g. ``challenge``, ``POST /c/api/start``, ``§4.7``; empty for everything.
        generation: Only what happens in that one, and what can be chosen there; None for all.

    Raises:
        UnknownWordError: There is nothing.
    """
    told = {each: _text(each) for each in EVIDENCE if _is_in(each, generation)}
    wanted = word.strip().lower()
    pieces = wanted.split()
    found = [each for each, text in told.items() if wanted in text]
    found = found or [each for each, text in told.items() if pieces and all(piece in text for piece in pieces)]
    if not found:
        raise UnknownWordError(word, _near(wanted, told))
    return found


def _is_in(each: Evidence, generation: str | None) -> bool:
    """Whether it happens in a generation, or would with another reading."""
    return generation is None or generation in each.generations or bool(each.switch)


def _text(each: Evidence) -> str:
    texts = (each.group.value, each.name, each.behaviour, each.source, each.switch, each.note)
    return "\n".join(texts).lower()


def _near(wanted: str, told: Iterable[Evidence]) -> tuple[str, ...]:
    words = {word.lower(): None for each in told for word in (each.name, *_WORD.findall(each.name))}
    near = difflib.get_close_matches(wanted, words, n=_MOST_WORDS)
    return tuple(near) or tuple(group.value for group in Group)
