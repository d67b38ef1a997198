"""Finds recorded values in any spelling, and spells actual values likewise.

One response writes ``a/b=`` as it is, another one ``a%2Fb%3D`` or ``a&#x2F;b=``. A client decodes what it receives, so
each place keeps its recorded spelling: `pattern` finds every spelling, `respelled` writes it.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

Coding: TypeAlias = Literal["raw", "percent", "json", "markup"]
"""How to write characters that the recorded value does not have: as they are, ``%2F``, ``\\"``, ``&amp;``."""
_NAMED: Final = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_JSON: Final = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f", '"': '"', "\\": "\\", "/": "/"}
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]*")
_UNRESERVED: Final = "-_.~"
_SAFE: Final = "-_.~@:"
"""Characters that a query may hold unescaped, and that most clients do not escape."""


def is_plain(value: str) -> bool:
    """Whether no coding (percent, JSON, HTML) changes any character of a value."""
    return _PLAIN.fullmatch(value) is not None


def needle(value: str) -> bytes:
    """The longest part of a value that no coding changes: each payload with the value contains it."""
    return max(re.findall(r"[A-Za-z0-9]+", value), key=len, default="").encode()


@lru_cache(maxsize=4096)
def pattern(value: str) -> bytes:
    """A regular expression without groups that finds a value in any spelling."""
    return "".join(_character(each) for each in value).encode("utf-8", "surrogatepass")


def _character(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    every = [re.escape(character), *(re.escape(each) for each in _json_spellings(character))]
    if not "\ud800" <= character <= "\udfff":
        every.append("".join(f"(?i:%{byte:02X})" for byte in character.encode()))
    code = ord(character)
    every.append(f"(?i:&\\#0*{code};|&\\#x0*{code:x};)")
    if character in _NAMED:
        every.append(f"&{_NAMED[character]};")
    if character == " ":
        every.append(r"\+")
    # The longer one first: a single backslash is also the beginning of its own escape.
    return f"(?:{'|'.join(sorted(every, key=len, reverse=True))})"


def _json_spellings(character: str) -> list[str]:
    units = character.encode("utf-16-be", "surrogatepass")
    escaped = "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
    found = [escaped, "\\u" + escaped[2:].upper() if len(units) == 2 else escaped.upper().replace("\\U", "\\u")]
    return [*found, f"\\{_JSON[character]}"] if character in _JSON else found


def respelled(spelled: str, recorded: str, actual: str, *, around: Coding = "raw", in_query: bool = False) -> str:
    """The actual value, spelled as the recorded one is.

    Args:
        spelled: The recorded value as a response spells it; found by `pattern`.
        recorded: The recorded value.
        actual: The value to write.
        around: How the response codes its special characters.
        in_query: Whether it is in a query: percent-encoded, unless ``spelled`` shows otherwise.
    """
    known = _spellings(spelled, recorded)
    shown = _coding(known) or ("percent" if in_query else "raw")
    coding = around if shown == "raw" else shown
    is_lower = any(re.search(r"%[0-9a-f]*[a-f]", each) for each in known.values())
    return "".join(known.get(each) or _coded(each, coding, is_lower=is_lower) for each in actual)


def _spellings(spelled: str, recorded: str) -> dict[str, str]:
    """The spelling of each character of a recorded value, except for letters and digits."""
    found: dict[str, str] = {}
    at = 0
    for character in recorded:
        one = re.compile(_character(character)).match(spelled, at)
        if one is None:
            return {}
        at = one.end()
        if not (character.isascii() and character.isalnum()):
            found.setdefault(character, one[0])
    return found


def _coding(known: dict[str, str]) -> Coding | None:
    """The coding that spells characters so; None if every coding spells them the same."""
    changed = [each for character, each in known.items() if each != character]
    if any(each.startswith("%") for each in changed) or known.get(" ") == "+":
        return "percent"
    if any(each.startswith("&") for each in changed):
        return "markup"
    if changed:
        return "json"
    return "raw" if any(each not in _SAFE for each in known) else None


def _coded(character: str, coding: Coding, *, is_lower: bool) -> str:
    if character.isascii() and character.isalnum():
        return character
    match coding:
        case "percent":
            coded = quote(character, safe=_SAFE, errors="replace")
            return coded.lower() if is_lower else coded
        case "markup":
            return f"&{_NAMED[character]};" if character in "&<>" else character
        case "json":
            return json.dumps(character, ensure_ascii=False)[1:-1]
        case _:
            return character
