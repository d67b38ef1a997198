"""`MessagePattern`: a message as a profile describes it: fields of JSON, a text with ``*``, or bytes in hexadecimal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from harness.framing.json_values import NOT_JSON, parse_json
from harness.framing.records import RECORD_SEPARATOR

_HEX: Final = "hex:"
_MOST_STARS: Final = 8
_LARGEST: Final = 64 * 1024
"""Bytes of a message; longer ones match no pattern of JSON."""


class MessagePatternError(ValueError):
    """A pattern is malformed, or matches every message."""


@dataclass(frozen=True, slots=True)
class MessagePattern:
    """A pattern of messages.

    | pattern | messages |
    |---|---|
    | ``{"op": 1}`` | JSON objects with these fields, whatever else they have; also as a record that ends in 0x1E |
    | ``["beat"]`` | this JSON array |
    | ``~h~*`` | this text; ``*`` stands for any text |
    | ``hex:c000`` | these bytes |

    Attributes:
        text: The pattern as written.
    """

    text: str
    _value: Any = field(repr=False)
    _parts: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> MessagePattern:
        """The pattern of a text.

        Raises:
            MessagePatternError: It is malformed, or matches every message.
        """
        if text.startswith(_HEX):
            return cls(text, NOT_JSON, (_bytes_of(text.removeprefix(_HEX)),))
        if text.lstrip().startswith(("{", "[")):
            value = parse_json(text.encode("utf-8", "surrogatepass"))
            if value is NOT_JSON:
                raise MessagePatternError(
                    "the pattern begins like JSON, but is not valid JSON: write the message as the client sends it"
                )
            if not value:
                raise MessagePatternError(
                    "the pattern is empty JSON, which matches every message: write the fields that the messages have"
                )
            return cls(text, value, ())
        parts = tuple(each.encode("utf-8", "surrogatepass") for each in text.split("*"))
        if not any(parts):
            raise MessagePatternError("the pattern matches every message: write some text before or after the *")
        if len(parts) > _MOST_STARS + 1:
            raise MessagePatternError(f"the pattern has more than {_MOST_STARS} wildcards (*): use fewer")
        return cls(text, NOT_JSON, parts)

    def matches(self, data: bytes) -> bool:
        """Whether a message is of this pattern."""
        if self._value is NOT_JSON:
            return _has_parts(data, self._parts)
        value = parse_json(data.removesuffix(RECORD_SEPARATOR)) if len(data) <= _LARGEST else NOT_JSON
        return value is not NOT_JSON and _has(value, self._value)


def json_pattern(value: Mapping[str, object]) -> str:
    """The pattern of JSON objects with these fields."""
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "))


def _bytes_of(digits: str) -> bytes:
    try:
        data = bytes.fromhex(digits)
    except ValueError:
        raise MessagePatternError(
            "the pattern has no valid hexadecimal digits after `hex:`: write two for each byte"
        ) from None
    if not data:
        raise MessagePatternError("the pattern has no valid hexadecimal digits after `hex:`: write two for each byte")
    return data


def _has_parts(data: bytes, parts: Sequence[bytes]) -> bool:
    """Whether data consists of the parts in order, with anything between two of them."""
    first, *between = parts
    if not between:
        return data == first
    last = between.pop()
    if not data.startswith(first) or not data.endswith(last) or len(data) < len(first) + len(last):
        return False
    at, end = len(first), len(data) - len(last)
    for part in between:
        found = data.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _has(value: object, wanted: object) -> bool:
    if isinstance(wanted, dict):
        fields = cast("Mapping[str, object]", wanted)
        given = cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
        return bool(given) and all(name in given and _has(given[name], each) for name, each in fields.items())
    if isinstance(wanted, list):
        items = cast("Sequence[object]", wanted)
        others = cast("Sequence[object]", value) if isinstance(value, list) else ()
        return len(items) == len(others) and all(map(_has, others, items))
    return type(value) is type(wanted) and value == wanted
