"""The strings of a message by which another message that repeats them can be recognized."""

from __future__ import annotations

import json
import re
from typing import Final, cast

from harness.framing.json_values import NOT_JSON, parse_json
from harness.framing.records import records_of

SHORTEST: Final = 4
"""Characters of a string that says more than a common word."""
_SHORTEST_TEXT: Final = 16
"""Characters of a list or an object as JSON; a shorter one is an ordinary parameter."""
_LARGEST_PARSED: Final = 256 * 1024
"""Bytes; longer payloads are not searched."""
_PRINTABLE: Final = re.compile(rb"[\x20-\x7e]{4,}")


def telling_strings(data: bytes) -> set[str]:
    """The strings of a message: those of its JSON, else its lines, else the printable runs of a binary payload."""
    if not data or len(data) > _LARGEST_PARSED:
        return set()
    found: set[str] = set()
    for value in _json_values(data):
        _collect(value, found)
    return _long_enough(found or _texts(data))


def telling_values(data: bytes) -> set[str]:
    """The telling strings of a message, its short ones with their names, and each list and object directly in it.

    An edit of a shared document may hold numbers and letters only. As a whole it is as telling as a string, and so is
    a short word together with the name of its field.
    """
    found = telling_strings(data)
    if len(data) > _LARGEST_PARSED:
        return found
    values = _json_values(data)
    for value in values:
        found |= _short_fields(value)
    if data.startswith(b"{"):
        for value in values:
            members = cast("dict[str, object]", value).values() if isinstance(value, dict) else ()
            texts = (json.dumps(member, sort_keys=True) for member in members if isinstance(member, dict | list))
            found |= {text for text in texts if len(text) >= _SHORTEST_TEXT}
    return found


def _short_fields(value: object) -> set[str]:
    """The strings that are too short to recognize a message by, each with the name of its field."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict):
            for name, member in cast("dict[str, object]", current).items():
                if isinstance(member, str) and 0 < len(member) < SHORTEST:
                    found.add(f"{name}: {member}")
                waiting.append(member)
        elif isinstance(current, list):
            waiting += cast("list[object]", current)
    return found


def _long_enough(found: set[str]) -> set[str]:
    return {value for value in found if len(value) >= SHORTEST}


def _texts(data: bytes) -> set[str]:
    """The lines of a text, or the printable runs of a binary payload."""
    if _is_printable(data):
        return {line.strip() for line in data.decode("utf-8", "replace").splitlines()}
    return {run.decode("ascii") for run in _PRINTABLE.findall(data)}


def _is_printable(data: bytes) -> bool:
    try:
        return data.decode().replace("\n", "").replace("\r", "").replace("\t", "").isprintable()
    except UnicodeDecodeError:
        return False


def _json_values(data: bytes) -> list[object]:
    whole = parse_json(data)
    if whole is not NOT_JSON:
        return [whole]
    records = records_of(data)
    return [] if records is None else [record.value for record in records[1] if record.value is not NOT_JSON]


def _collect(value: object, found: set[str]) -> None:
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, str):
            inner = parse_json(current.encode("utf-8", "surrogatepass")) if current.startswith(("{", "[")) else NOT_JSON
            if inner is NOT_JSON:
                found.add(current)
            else:
                waiting.append(inner)
        elif isinstance(current, dict):
            waiting += cast("dict[str, object]", current).values()
        elif isinstance(current, list):
            waiting += cast("list[object]", current)
