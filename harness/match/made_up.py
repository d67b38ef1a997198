"""Short ids and random bytes, which their look alone does not tell from words or data.

Gun names a message ``EwRcszVaI``, automerge-repo a peer ``peer-rpeiho5k``. A word can look like that, so the place has
to say that it holds an id: by its name, or as the first item of an array. `harness.replay.auto_bind` decides.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from harness.redact.detect.name_score import name_score

_VALUE: Final = re.compile(r"[A-Za-z0-9]{3,}(?:[._:~-][A-Za-z0-9_-]{3,})*|[A-Za-z0-9_-]{6,}")
_SHORTEST, _LONGEST = 6, 40
_SEPARATOR: Final = re.compile(r"[._:~-]")
_INNER_DIGIT: Final = re.compile(r"\d[A-Za-z]")
_CHANGE: Final = re.compile(r"[a-z][A-Z]")
_SAME: Final = 0.4
_LONG: Final = 8
_SURELY: Final = -0.8
"""Two values whose scores add up to less are random, although neither is irregular. Of pairs of 8 random lower-case
letters and digits 2 % add up to more, and of pairs of words of 8 letters 1 % to less."""
_NO_TEXT: Final = re.compile(r"[\x00-\x1f\x7f-\xff]")
_FEWEST_BYTES, _MOST_BYTES = 8, 128
_SHARE: Final = 0.25
"""Of random bytes five in eight are no text."""
_SAME_BYTES: Final = 0.3
_WHOLE: Final = frozenset({"body", "binary", "payload", "text"})
"""Paths of bodies and messages without a structure."""
_PLACES: Final = re.compile(
    r"(?:(?:request|req|message|msg|client|peer|sender|source|target|receiver|session|connection|conn|socket|call|event"
    r"|transaction|operation|reply|trace|user|node|actor)_?)?(?:id|uid|key|ref|nonce)|[pcmrt]id|from|to|ack|transaction|\W"
)
"""Last names, in snake case, of places for such ids; ``#`` and ``@`` are Gun's."""

_NUMBER_PLACES: Final = re.compile(
    r"(?:request|req|message|msg|correlation|transaction|txn|call|operation|reply)_?(?:id|ref|no|number)"
    r"|ref|nonce|tag|[rcmt]id"
)
_LEAST, _MOST = 10**5, 1 << 64
_NONCE: Final = re.compile(r"(?:.*[._\]-])?nonce", re.IGNORECASE)
_ONCE: Final = re.compile(r"[A-Za-z0-9+/_-]{6,88}={0,2}")


def names_short_id(path: str, last_name: str) -> bool:
    """Whether a place of a message holds an id, by its name, or as the first item of an array."""
    return _PLACES.fullmatch(last_name) is not None or path == "[0]"


def names_call_number(path: str, last_name: str) -> bool:
    """Whether a place of a message holds a number that the reply repeats: by its name, or as the second array item.

    In WAMP that item follows the message's type.
    """
    return _NUMBER_PLACES.fullmatch(last_name) is not None or path == "[1]"


def are_random_numbers(recorded: object, actual: object) -> bool:
    """Whether two numbers are too large to count anything that a program has sent."""
    return all(isinstance(each, int) and _LEAST <= each < _MOST for each in (recorded, actual))


def is_fine(number: float) -> bool:
    """Whether a number has three decimals or more, like the times of a clock that began with a program."""
    return isinstance(number, float) and round(number, 2) != number


def are_short_ids(recorded: str, actual: str) -> bool:
    """Whether two values look like short ids that a program made up in the same way, and not like words."""
    if not all(_SHORTEST <= len(each) <= _LONGEST and _VALUE.fullmatch(each) for each in (recorded, actual)):
        return False
    start = _common_prefix(recorded, actual)
    ours, theirs = recorded[start:], actual[start:]
    if min(len(ours), len(theirs)) < _SHORTEST or abs(len(ours) - len(theirs)) > 2:
        return False
    same = sum(one == other for one, other in zip(ours, theirs, strict=False))
    if same > _SAME * len(ours):
        return False
    score = name_score(ours) + name_score(theirs)
    if _is_irregular(ours) or _is_irregular(theirs):
        return score < 0
    return min(len(ours), len(theirs)) >= _LONG and score < _SURELY


def is_nonce(path: str) -> bool:
    """Whether the last name of a path is ``nonce``, or ends so: such a value chooses no response."""
    return _NONCE.fullmatch(path) is not None


def made_up_look(path: str, recorded: str, actual: str) -> Literal["short id", "bytes", "random"] | None:
    """The look that two values share, as made up by a client; None if they share none.

    The look alone proves nothing: the caller has to check that the place's name says that it holds such a value.
    """
    if is_nonce(path) and _ONCE.fullmatch(recorded) and _ONCE.fullmatch(actual):
        return "random"
    if are_short_ids(recorded, actual):
        return "short id"
    # A whole message of bytes that differ says something else.
    return "bytes" if path not in _WHOLE and are_random_bytes(recorded, actual) else None


def are_random_bytes(recorded: str, actual: str) -> bool:
    """Whether two texts are random bytes, decoded as latin-1, such as BitTorrent's peer ids or a key in MessagePack."""
    size = len(recorded)
    if len(actual) != size or not _FEWEST_BYTES <= size <= _MOST_BYTES:
        return False
    if max(map(ord, recorded + actual)) > 0xFF or any(
        len(_NO_TEXT.findall(each)) < size * _SHARE for each in (recorded, actual)
    ):
        return False
    return sum(one == other for one, other in zip(recorded, actual, strict=True)) <= size * _SAME_BYTES


def _common_prefix(one: str, other: str) -> int:
    """The length of the prefix that both have up to a separator, such as ``peer-``."""
    ends = [found.end() for found in _SEPARATOR.finditer(one) if one[: found.end()] == other[: found.end()]]
    return ends[-1] if ends else 0


def _is_irregular(text: str) -> bool:
    """Whether a text has a digit before a letter, or changes to capitals, as no ordinary name does."""
    return _INNER_DIGIT.search(text) is not None or len(_CHANGE.findall(text)) >= 2
