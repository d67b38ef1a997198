"""Replaces recorded values by actual ones.

Values at places of a profile may be short and ordinary, so `substituted` replaces them only as whole JSON strings and
as values of queries. Placeholders and generated values do not occur by chance, so `replaced_anywhere` replaces them
anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final, cast
from urllib.parse import unquote_plus

from harness.framing.counted_text import with_counted_texts
from harness.framing.packed import with_texts
from harness.match.placeholders import may_hold
from harness.replay.spelling import Coding, is_plain, needle, pattern, respelled

_STRING = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*)"(\s*+:)?', re.DOTALL)
_QUERY_VALUE = re.compile(r"([?&][\w.~%+-]{1,128}=)([^&#\"'\s\\<>]*)")
_LOOSE = re.compile(r"([?&][\w.~%+-]{1,128}=)([^&#\"'\s\\<>]*)|\"([^\"\\<>\n]{1,512})\"(\s*:)?")
_FEW: Final = 8

Sent = Callable[[str], str]
"""Returns the value to send for a recorded one, most often the same one."""


def _is_json(payload: bytes) -> bool:
    return payload.lstrip(b" \t\r\n")[:1] in {b"{", b"["}


def _decoded(raw: bytes) -> str | None:
    try:
        return raw.decode() if b"\\" not in raw else json.loads(b'"' + raw + b'"', strict=False)
    except ValueError:
        return None


def held_values(payload: bytes, values: AbstractSet[str]) -> frozenset[str]:
    """The values that a payload holds, as whole JSON strings or as values of a query."""
    if not may_hold_any(payload, values):
        return frozenset()
    found: set[str] = set()

    def note(value: str) -> str:
        if value in values:
            found.add(value)
        return value

    if _is_json(payload):
        for raw, colon in _STRING.findall(payload):
            text = None if colon else _decoded(raw)
            if text is not None:
                in_value(text, note)
    else:
        substituted(payload, note)
    return frozenset(found)


def may_hold_any(payload: bytes, values: AbstractSet[str]) -> bool:
    """Whether a payload may hold one of the values: in quotes, after ``=`` in a query, or in an encoded spelling."""
    if len(values) > _FEW or b"\\" in payload or b"%" in payload or (b"+" in payload and b"=" in payload):
        return bool(values)
    raw = [value.encode("utf-8", "replace") for value in values]
    return any(b'"%s"' % each in payload for each in raw) or (
        b"=" in payload and any(b"=%s" % each in payload for each in raw)
    )


def substituted(payload: bytes, sent: Sent) -> bytes:
    """A payload with its values replaced; the same bytes if it holds none."""
    if _is_json(payload):
        return _STRING.sub(lambda found: _string(found, sent), payload)
    try:
        return in_text(payload.decode(), sent).encode()
    except UnicodeError:
        return payload


def _string(found: re.Match[bytes], sent: Sent) -> bytes:
    whole, raw = found[0], found[1]
    if found[2] is not None:
        return whole
    text = _decoded(raw)
    if text is None:
        return whole
    changed = in_value(text, sent)
    if changed == text:
        return whole
    return json.dumps(changed, ensure_ascii=b"\\" in raw).encode("utf-8", "replace")


def in_value(text: str, sent: Sent) -> str:
    """A single value: replaced as a whole, or in the queries of the URLs it holds."""
    changed = sent(text)
    return (
        changed if changed != text or "=" not in text else _QUERY_VALUE.sub(lambda m: m[1] + _queried(m[2], sent), text)
    )


def in_text(text: str, sent: Sent) -> str:
    """A text that is not JSON: replaces values in double quotes, and values of queries."""

    def replaced(found: re.Match[str]) -> str:
        before, queried, quoted, colon = found.groups()
        if before is not None:
            return before + _queried(queried, sent)
        return found[0] if colon is not None else f'"{in_value(quoted, sent)}"'

    return _LOOSE.sub(replaced, text)


def _queried(raw: str, sent: Sent) -> str:
    value = unquote_plus(raw, errors="replace")
    changed = sent(value)
    return raw if changed == value else respelled(raw, value, changed, in_query=True)


_EDGE: Final = rb"A-Za-z0-9"
_BEFORE_VALUE: Final = re.compile(rb"[?&][\w.~%+-]{1,128}=$")


SHORT: Final = 8
"""Characters. A shorter bound value is replaced as a whole string only: it may occur by chance."""


def with_bound_values(payload: bytes, changed: Mapping[str, str], named: AbstractSet[str]) -> bytes:
    """A payload with this session's values, after `substituted` has replaced those at named places.

    Args:
        payload: A message, or a body of text.
        changed: Recorded -> actual.
        named: The recorded values at places that the profile names.
    """
    held = [value for value in held_anywhere(payload, changed) if value not in named or may_hold(value)]
    if not held:
        return payload
    table = {value: changed[value] for value in held}
    packed = with_texts(payload, lambda text: _in_packed_text(text, table))
    if packed is None:
        packed = with_counted_texts(payload, lambda text: _with_held(text, table))
    return _with_held(payload, table) if packed is None else packed


def with_values_in_binary(payload: bytes, changed: Mapping[str, str]) -> bytes:
    """A binary payload with this session's values: of any length in MessagePack and CBOR, else of the recorded length.

    In Protocol Buffers and other formats a length stands before a text, and before what holds it.

    Args:
        payload: A body, or a piece of one.
        changed: Recorded -> actual.
    """
    table = {value: changed[value] for value in held_anywhere(payload, changed) if len(value) >= SHORT}
    if not table:
        return payload
    packed = with_texts(payload, lambda text: _in_packed_text(text, table))
    if packed is not None:
        return packed
    raw = {recorded.encode("utf-8", "replace"): actual.encode("utf-8", "replace") for recorded, actual in table.items()}
    raw = {recorded: actual for recorded, actual in raw.items() if len(recorded) == len(actual)}
    either = b"|".join(map(re.escape, sorted(raw, key=len, reverse=True)))
    return re.sub(either, lambda found: raw[found[0]], payload) if raw else payload


def _in_packed_text(text: bytes, table: Mapping[str, str]) -> bytes:
    """A text of MessagePack or CBOR: replaced as a whole, or what it holds, as it may be JSON itself."""
    try:
        whole = text.decode()
    except UnicodeDecodeError:
        return table.get(text.decode("latin-1"), "").encode("latin-1", "replace") or _with_held(text, table)
    # The redactor fills a placeholder with dashes in binary, where it keeps the length.
    actual = table.get(whole) or (table.get(whole.rstrip("-")) if may_hold(whole) else None)
    return _with_held(text, table) if actual is None else actual.encode("utf-8", "surrogatepass")


def _with_held(payload: bytes, changed: Mapping[str, str]) -> bytes:
    short = {value for value in changed if len(value) < SHORT}
    if short:
        is_json = _is_json(payload)
        numbers = {value for value in short if is_json and _are_numbers(value, changed[value])}
        payload = replaced_anywhere(payload, {value: changed[value] for value in numbers})
        words = short - numbers
        payload = substituted(payload, lambda value: changed[value] if value in words else value) if words else payload
    return replaced_anywhere(payload, {value: changed[value] for value in changed if value not in short})


def _are_numbers(*values: str) -> bool:
    return all(value.replace(".", "", 1).isdigit() for value in values)


def held_anywhere(payload: bytes, values: Iterable[str]) -> list[str]:
    """The values that a payload holds anywhere, plain or escaped (JSON, URL, HTML), but not in base64."""
    return [value for value in values if _holds(payload, value)]


def _holds(payload: bytes, value: str) -> bool:
    if value.encode("utf-8", "surrogatepass") in payload:
        return True
    if not value.isascii() and value.encode("latin-1", "replace") in payload:
        return True  # a byte string of MessagePack or CBOR
    if is_plain(value) or needle(value) not in payload:
        return False
    return re.search(pattern(value), payload) is not None


def replaced_anywhere(payload: bytes, table: Mapping[str, str]) -> bytes:
    """A payload with recorded values replaced by actual ones, at any place that is not within a word.

    Each actual value is spelled as the recorded one at its place.

    Args:
        payload: A message, or a body of text.
        table: Recorded -> actual.
    """
    if not table:
        return payload
    longest_first = sorted(table, key=len, reverse=True)
    either = b"|".join(b"(%s)" % pattern(value) for value in longest_first)
    sought = re.compile(rb"(?<![%s])(?:%s)(?![%s])" % (_EDGE, either, _EDGE))
    whole = _coding_of(payload)

    def replacement(found: re.Match[bytes]) -> bytes:
        recorded = longest_first[cast("int", found.lastindex) - 1]
        in_query = _BEFORE_VALUE.search(payload, max(0, found.start() - 140), found.start()) is not None
        spelled = found[0].decode("utf-8", "surrogatepass")
        written = respelled(spelled, recorded, table[recorded], around=whole, in_query=in_query)
        return written.encode("utf-8", "surrogatepass")

    return sought.sub(replacement, payload)


def _coding_of(payload: bytes) -> Coding:
    """The coding of special characters in a payload, for values whose spelling does not show it."""
    if payload.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] == b"<":
        return "markup"
    return "json" if b'"' in payload else "raw"
