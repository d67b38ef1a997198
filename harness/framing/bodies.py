"""Reads bodies: text of any charset as UTF-8, and JSON, including lines of JSON."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, cast

import msgspec

from harness.content_coding import unpacked
from harness.framing.json_values import NOT_JSON, parse_json

LINES: Final = "(lines)"
"""The only field of the object that represents lines of JSON; an array would equal a body that is one."""
_TEXTUAL: Final = re.compile(r"|text/.*|.*[/+](xml|javascript|graphql|x-www-form-urlencoded)|.*json.*")
_JSON: Final = re.compile(r".*[/+]json")
_JSON_LINES: Final = re.compile(r".*[/+](x-)?(nd-?json|json-?l(ines)?|json-seq)|application/(x-)?stream\+json")
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([\w.:+-]{1,40})""", re.IGNORECASE)
_KNOWN_CHARSETS: Final = re.compile(  # Python's other codecs, such as idna, are not charsets of bodies, or are slow
    r"utf-?8|utf-?(16|32)([-_]?[bl]e)?|(us-)?ascii|iso[-_]?8859[-_]\d+|latin-?1|(windows-|cp)125\d|koi8-[ru]"
    r"|shift[-_]jis|euc[-_](jp|kr)|gb\w+|big5",
    re.IGNORECASE,
)
_MARKS: Final = (  # UTF-32 first: its mark begins like UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BLANKS: Final = b" \t\r\n"
_RECORD: Final = b"\x1e"
_MOST_CHECKED: Final = 8 << 20
"""Bytes of JSON; longer bodies are not searched for repeated names."""


def media_type(content_type: str) -> str:
    """The media type of a Content-Type header: lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def charset_of(content_type: str) -> str | None:
    """The charset of a content type, in Python's spelling; None if it names no known one."""
    found = _CHARSET.search(content_type)
    if found is None or not _KNOWN_CHARSETS.fullmatch(found[1]):
        return None
    try:
        return codecs.lookup(found[1]).name
    except LookupError:
        return None


def readable(content_type: str, data: bytes) -> bytes:
    """A body of text as UTF-8 without a byte order mark; a gzip file decompressed.

    A body that does not decode as its type says is returned as it is.
    """
    data = unpacked(data)
    kind = media_type(content_type)
    if not data or not _TEXTUAL.fullmatch(kind):
        return data
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return _in_utf_8(data[len(mark) :], charset) or data
    charset = charset_of(content_type)
    if charset is None and _JSON.fullmatch(kind) and b"\0" in data[:4]:
        charset = json.detect_encoding(data)
    return data if charset is None else _in_utf_8(data, charset) or data


def _in_utf_8(data: bytes, charset: str) -> bytes | None:
    try:
        return data.decode(charset).encode()
    except (UnicodeError, LookupError):
        return None


def parse_body(content_type: str, data: bytes) -> Any:
    """The JSON of a body, whatever its type: an object or array, or lines of them; else `NOT_JSON`.

    A single string, number or word is JSON only if the content type says so. Where a name stands twice in an object,
    all of its values are kept: services do not agree on which of them counts.
    """
    kind = media_type(content_type)
    value = _parsed(data, scalars=_JSON.fullmatch(kind) is not None)
    if value is not NOT_JSON:
        return value
    lines = _lines(data, declared=_JSON_LINES.fullmatch(kind) is not None)
    return NOT_JSON if lines is None else {LINES: lines}


def in_lines(value: object) -> list[object] | None:
    """The JSON values of a body that `parse_body` read as lines of JSON; None for any other body."""
    if not isinstance(value, dict) or list(cast("dict[str, object]", value)) != [LINES]:
        return None
    return cast("list[object]", value[LINES])


def _parsed(data: bytes, *, scalars: bool) -> Any:
    value = parse_json(data)
    if value is NOT_JSON and not scalars:
        return NOT_JSON
    if value is not NOT_JSON and (len(data) > _MOST_CHECKED or _is_plain(data, value)):
        return value
    repeats = _Repeats()
    try:
        again = json.loads(data, object_pairs_hook=repeats.object, parse_constant=repeats.constant)
    except (ValueError, RecursionError):
        return value
    return again if repeats.found or value is NOT_JSON else value


def _is_plain(data: bytes, value: object) -> bool:
    """Whether no JSON object in ``data`` has a name twice, and no number is NaN or infinite.

    A quick check: False may be wrong, True is not.
    """
    if b"NaN" in data or b"Infinity" in data or b"\\u0022" in data:
        return False
    try:
        written = msgspec.json.encode(value)
    except (ValueError, RecursionError):  # of lone surrogates
        return False
    # `":` follows every name. Within strings it occurs equally often in both.
    return data.translate(None, _BLANKS).count(b'":') == written.translate(None, _BLANKS).count(b'":')


def _lines(data: bytes, *, declared: bool) -> list[object] | None:
    parts: Iterable[bytes] = data.split(_RECORD if data.startswith(_RECORD) else b"\n")
    values: list[object] = []
    for part in parts:
        if not part.strip():
            continue
        value = _parsed(part.strip(), scalars=declared)
        if value is NOT_JSON:
            return None
        values.append(value)
    return values if len(values) > (0 if declared else 1) else None


class _Repeats:
    """Builds objects for the JSON parser; a name that stands several times gets a marked list of its values.

    Attributes:
        found: Whether any object had a name several times.
    """

    def __init__(self) -> None:
        self.found = False

    def constant(self, word: str) -> str:
        """Replace ``NaN`` or ``Infinity``, which Python's clients write, by a text: NaN does not equal itself."""
        self.found = True
        return f"({word})"

    def object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        """A JSON object of its names and values; a name that occurs twice keeps all its values, in a list."""
        values = dict(pairs)
        if len(values) == len(pairs):
            return values
        self.found = True
        for name, count in Counter(name for name, _ in pairs).items():
            if count > 1:
                values[name] = [*(value for key, value in pairs if key == name), f"(the name stands {count} times)"]
        return values
