"""The signs of secret names: without one of them no detector can find a name with a rule.

A name that a profile or the user gives is its own sign. The names that any service may use have their endings as signs.
`Lookup.find` receives a name whole: no letter and no digit precedes it, and a quote, a colon or the like follows it. So
``key`` in ``keyboard`` and in ``the key of it``, and ``sub`` in ``subject``, are no signs of a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from harness.redact.detect.signs import fold

Check: TypeAlias = Callable[[bytes, int, int], bool]

_WORD_BYTES: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789")
_TRAILING: Final = re.compile(
    rb"(?:[^a-z0-9\"'=:>/;,\x1e\t-\r]*+(?:values?|base|hex|raw|text|plain|sha|string|str|binary|bytes|blob|data|material|v|b|0))*(?![a-z0-9])"
)
"""What may follow the last word of a name: see `generic_names`."""
_END: Final = re.compile(rb"[^a-z0-9\"'=:>/;,\x1e\t-\r]*+(?:[\"'=:>/;\x1e\t-\r]|,(?! )|\Z)")
"""No letter or digit, up to a byte that ends a name in one of its places."""
_TAG: Final = re.compile(rb"<[a-z0-9.:]*\Z")
_LONGEST: Final = 128
_SPELT: Final = (
    # A name's bytes may be percent-encoded here, so it may have any.
    (re.compile(rb"(?:^|[?&#;])[ -~]{0,80}\Z"), re.compile(rb"[ -~]{0,80}?=")),
    (re.compile(rb"/[ -.0-~]{0,80}\Z"), re.compile(rb"[ -.0-~]{0,80}/")),
    (re.compile(rb"(?:^|[\s,\"'(\x1e])[a-z0-9.]{0,80}\Z"), re.compile(rb"[a-z0-9.]{0,80}=")),
    (re.compile(rb"(?:^|[\n\x1e])[a-z0-9.]{0,80}\Z"), re.compile(rb"[a-z0-9.]{0,80}[ \t]{0,4}:")),
    (re.compile(rb"(?:^|[^a-z0-9.$/])[a-z0-9.]{0,80}\Z"), re.compile(rb"[a-z0-9.]{0,80}:[ \t]")),
)
"""What precedes and follows a part of a name in a query, a path, a setting, a header line, within a line."""
_ASSIGNED: Final = re.compile(rb"[a-z0-9.~%\[\]$:]{0,80}\s{0,9}[=:]\s{0,9}[\"'`]")
"""The rest of a name in a script or an attribute, which any byte may precede."""
_QUOTED: Final = re.compile(rb"[^\"\x1e]{0,80}[\"\x1e]\s*+[:,]")
"""The rest of a name in JSON."""
_ENDS_QUOTED: Final = re.compile(rb"[^\"\x1e]{0,80}[\"\x1e]")
_IS_VALUE: Final = re.compile(rb"[\"\x1e]\s{0,9}:\s{0,9}[\"\x1e][^\"\x1e]{0,80}\Z")
"""What precedes a name that is a value in JSON: ``"value": .., "name": "password"``."""
_OF_PART: Final = re.compile(rb"name=\"?[^\"\r\n;]{0,80}\Z")
"""What precedes a name in ``multipart/form-data``."""
_KELVIN: Final = "\N{KELVIN SIGN}"
"""The one letter beside ASCII's own whose lower case is a letter of ASCII."""


def _is_word(folded: bytes, at: int) -> bool:
    return 0 <= at < len(folded) and folded[at] in _WORD_BYTES


def _ends(folded: bytes, start: int, end: int) -> bool:
    """Whether what follows ``end`` can follow a name (such as ``=`` or a quote), or an attribute in a tag.

    Args:
        folded: Text in lower case.
        start: Where the sign begins by which the name was found; the name begins there or before.
        end: Where the name ends.
    """
    if _END.match(folded, end):
        return True
    # `<token a="b">`: only in a tag may attributes follow a name.
    return folded[end : end + 1] == b" " and _TAG.search(folded[max(0, start - _LONGEST) : start]) is not None


def _is_whole(folded: bytes, start: int, end: int) -> bool:
    return not _is_word(folded, start - 1) and not _is_word(folded, end) and _ends(folded, start, end)


def _is_end_of_name(folded: bytes, start: int, end: int) -> bool:
    found = _TRAILING.match(folded, end)
    return found is not None and _ends(folded, start, found.end())


def _is_known_name(folded: bytes, start: int, end: int) -> bool:
    if _is_word(folded, end) or not _ends(folded, start, end):
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
        """Whether ``folded[start:end]`` can be a name with a rule, or a part of one.

        See `harness.redact.detect.signs.NameCheck`.
        """
        return self._checks[index](folded, start, end)

    def may_be_spelt(self, folded: bytes, start: int, end: int) -> bool:
        """Whether ``folded[start:end]`` may be part of a name in text: in quotes, or before ``=``, ``:`` or ``/``.

        See `harness.redact.detect.signs.NameCheck`.
        """
        if _QUOTED.match(folded, end) or _ASSIGNED.match(folded, end):
            return True
        before = folded[max(0, start - _LONGEST) : start]
        if any(after.match(folded, end) and first.search(before) for first, after in _SPELT):
            return True
        is_value = _IS_VALUE.search(before) is not None and _ENDS_QUOTED.match(folded, end) is not None
        return is_value or _OF_PART.search(before) is not None
