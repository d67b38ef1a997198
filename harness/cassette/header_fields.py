"""Header lists and their two spellings: a mapping, or a list of pairs where a mapping would change the order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from harness.cassette.errors import FieldError
from harness.cassette.fields import kind_of
from harness.cassette.model import Headers

_NAME: Final = re.compile("[!-9;-@\\[-~\u00a1-\u00ff]+")
_VALUE: Final = re.compile("[^\x00\r\n\u0100-\U0010ffff]*")
_MAX_MAPPED_NAME: Final = 100
_MAX_INTEGER_BITS: Final = 1000


def write_headers(headers: Headers) -> dict[str, Any] | list[Any]:
    """A mapping, a repeated name with the list of its values.

    Where a repeated name's fields do not follow each other, or a name is too long for a YAML key, pairs instead.
    """
    grouped: dict[str, list[str]] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value)
    in_order = [(name, value) for name, values in grouped.items() for value in values]
    if in_order != list(headers) or any(len(name) > _MAX_MAPPED_NAME for name in grouped):
        return [[name, value] for name, value in headers]
    return {name: values[0] if len(values) == 1 else values for name, values in grouped.items()}


def read_headers(value: object, where: str) -> Headers:
    """Names in lower case and values of latin-1, checked.

    Raises:
        FieldError: Something is not as the format says; the path names the field.
    """
    if isinstance(value, dict):
        return tuple(_mapped(value, where))
    if isinstance(value, list):
        return tuple(_paired(value, where))
    raise FieldError(f"expected a mapping of headers, found {kind_of(value)}", where)


def _mapped(fields: dict[str, object], where: str) -> Iterator[tuple[str, str]]:
    for name, values in fields.items():
        place = f"{where}.{name}"
        _check_name(name, place)
        if isinstance(values, list):
            if not values:
                raise FieldError("expected at least one value of the header, found an empty list", place)
            yield from ((name, _value(one, f"{place}[{index}]")) for index, one in enumerate(values))
        else:
            yield name, _value(values, place)


def _paired(pairs: list[object], where: str) -> Iterator[tuple[str, str]]:
    for index, pair in enumerate(pairs):
        place = f"{where}[{index}]"
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
            raise FieldError("expected a header as a pair of name and value, such as [accept, text/html]", place)
        _check_name(pair[0], place)
        yield pair[0], _value(pair[1], place)


def _check_name(name: str, place: str) -> None:
    if re.search("[A-Z]", name):
        raise FieldError("a header's name has upper-case letters: write it in lower case", place)
    if not _NAME.fullmatch(name):
        raise FieldError(
            "a header's name has a character that is not allowed: write latin-1 text without spaces, colons and "
            "control characters",
            place,
        )


def _value(value: object, place: str) -> str:
    if type(value) is int and value.bit_length() <= _MAX_INTEGER_BITS:
        return str(value)
    if not isinstance(value, str):
        raise FieldError(f"expected text, found {kind_of(value)} (put it in quotes)", place)
    if not _VALUE.fullmatch(value):
        raise FieldError(
            "a header's value has a character that is not allowed: write latin-1 text without NUL, CR and LF", place
        )
    return value
