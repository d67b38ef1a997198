"""Writes plain values as readable YAML: short mappings in braces, texts of several lines as block scalars.

PyYAML's C dumper is not used: it turns a whole transcript into one quoted line as soon as it holds an emoji.
What `write_yaml` writes, `yaml_reader.read_yaml` reads as the same values.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Self

from harness.cassette.characters import SAFE_BEYOND_ASCII, find_unsafe, is_line_safe, unsafe
from harness.cassette.errors import CassetteError, LimitError, too_deep

WIDTH: Final = 100
"""Columns up to which a mapping or list is written in braces or brackets."""
MAX_DEPTH: Final = 39
_MAX_KEY: Final = 1000

_FIRST: Final = f"A-Za-z/_{SAFE_BEYOND_ASCII}"
_REST: Final = f"A-Za-z0-9_./()=;+@%*~^$!<>|{SAFE_BEYOND_ASCII}-"
# Words that some YAML readers interpret as other values than text.
_WORDS: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_SHORT_ESCAPES: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


# Texts of these forms are unambiguous without quotes, in flow and block style. Compiling the patterns takes
# milliseconds, which a process that only reads cassettes saves.


@functools.cache
def _plain_in_flow() -> re.Pattern[str]:
    return re.compile(f"[{_FIRST}](?:[{_REST} ]*[{_REST}])?")


@functools.cache
def _plain_in_block() -> re.Pattern[str]:
    return re.compile(f"[{_FIRST}](?:[{_REST} :?,&'\"\\[\\]{{}}#]*[{_REST}?,&'\"\\[\\]{{}}#])?")


class Seconds(float):
    """A time in seconds, which the writer writes with six digits after the decimal point."""

    def __new__(cls, microseconds: int) -> Self:
        """Make one from a number of microseconds."""
        return super().__new__(cls, microseconds / 1_000_000)


def write_yaml(value: Mapping[str, Any], *, block_levels: int = 3) -> str:
    """The YAML text of a mapping.

    Args:
        block_levels: Number of outer levels that are never written in braces.

    Raises:
        LimitError: The value is nested deeper than the reader accepts, or a key is too long.
        CassetteError: The value holds a lone surrogate, NaN, an infinity, or another type.
    """
    lines = _block(value, "", block_levels, 0) if value else ["{}"]
    return "\n".join([*lines, ""])


def yaml_pieces(value: Mapping[str, Any], name: str, items: Iterable[Any], *, block_levels: int = 3) -> Iterator[str]:
    """The YAML text of a mapping with one more key, whose value is a list, in pieces of one item each.

    Args:
        value: The mapping without that key; not empty.
        name: The key.
        items: Of the list. Each is taken when its text is made, so that they need not be in memory together.
        block_levels: As for `write_yaml`, which gives the same text, and raises the same errors.
    """
    yield write_yaml(value, block_levels=block_levels)
    head = f"{name}:\n"
    for item in items:
        yield head + "\n".join([*_item(item, "", block_levels - 2, 2), ""])
        head = ""
    if head:
        yield f"{name}: []\n"


def _block(value: Mapping[str, Any] | list[Any], indent: str, levels: int, depth: int) -> list[str]:
    """The lines of a collection that is not empty, one entry under the other."""
    if depth > MAX_DEPTH:
        raise LimitError(too_deep(MAX_DEPTH))
    lines: list[str] = []
    if isinstance(value, list):
        for item in value:
            lines += _item(item, indent, levels - 1, depth + 1)
        return lines
    for key, item in value.items():
        lines += _entry(f"{indent}{_key(key)}:", item, indent, levels - 1, depth + 1)
    return lines


def _entry(head: str, value: Any, indent: str, levels: int, depth: int) -> list[str]:
    short = _on_one_line(head, value, indent, levels, depth)
    if short is not None:
        return [short]
    # A list's dashes are aligned with its key.
    inner = indent if isinstance(value, list) else f"{indent}  "
    return [head, *_block(value, inner, levels, depth)]


def _item(value: Any, indent: str, levels: int, depth: int) -> list[str]:
    short = _on_one_line(f"{indent}-", value, indent, levels, depth)
    if short is not None:
        return [short]
    lines = _block(value, f"{indent}  ", levels, depth)
    lines[0] = f"{indent}- {lines[0][len(indent) + 2 :]}"
    return lines


def _on_one_line(head: str, value: Any, indent: str, levels: int, depth: int) -> str | None:
    """The entry, if it is a scalar (which may be a block of text) or fits in braces."""
    if isinstance(value, str):
        return f"{head} {_block_text(value, indent) or _text(value, _plain_in_block)}"
    if not isinstance(value, (Mapping, list)):
        return f"{head} {_scalar(value)}"
    if levels > 0 and value:
        return None
    flow = _flow(value, WIDTH - len(head), depth)
    return None if flow is None else f"{head} {flow}"


def _flow(value: Any, room: int, depth: int) -> str | None:
    """The value on one line, or None if that takes more than ``room`` columns or would fold a text of lines."""
    if isinstance(value, str):
        return None if _is_block_text(value) or len(value) > room else _text(value, _plain_in_flow)
    if not isinstance(value, (Mapping, list)):
        return _scalar(value)
    if depth > MAX_DEPTH:
        raise LimitError(too_deep(MAX_DEPTH))
    parts: list[str] = []
    left = room - 2
    entries = enumerate(value) if isinstance(value, list) else value.items()
    for key, item in entries:
        flow = _flow(item, left, depth + 1)
        if flow is None:
            return None
        parts.append(flow if isinstance(value, list) else f"{_key(key)}: {flow}")
        left -= len(parts[-1]) + 2
        if left < -2:
            return None
    text = ", ".join(parts)
    return f"[{text}]" if isinstance(value, list) else f"{{{text}}}"


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise CassetteError(f"a key must be a text, not {type(key).__name__}")
    text = _text(key, _plain_in_flow)
    if len(text) > _MAX_KEY:
        raise LimitError(f"a mapping's key has more than {_MAX_KEY} characters: a cassette cannot hold it")
    return text


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, Seconds):
        return f"{value:.6f}"
    if type(value) is int:
        if value.bit_length() > 1000:
            raise LimitError("a number is too large for YAML here: write it as a text")
        return str(value)
    if type(value) is float and math.isfinite(value):
        return repr(value)
    raise CassetteError(f"YAML values are text, finite numbers, true, false, null, lists and mappings: {_kind(value)}")


def _kind(value: object) -> str:
    return f"not {type(value).__name__}" if not isinstance(value, float) else "not NaN or infinity"


def _text(text: str, plain: Callable[[], re.Pattern[str]]) -> str:
    if plain().fullmatch(text) and text.lower() not in _WORDS and ": " not in text and " #" not in text:
        return text
    if is_line_safe(text):
        return "'" + text.replace("'", "''") + "'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + unsafe().sub(_escape, escaped) + '"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        raise CassetteError("a text holds half of a surrogate pair (U+D800 to U+DFFF), which UTF-8 cannot encode")
    short = _SHORT_ESCAPES.get(character)
    if short is not None:
        return short
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_block_text(text: str) -> bool:
    """Whether a text of lines can stand as it is, and an editor that strips blanks at line ends would not change it."""
    if "\n" not in text or text[0] in " \n" or text.endswith((" ", "\n\n")) or " \n" in text:
        return False
    return find_unsafe(text) is None


def _block_text(text: str, indent: str) -> str | None:
    if not _is_block_text(text):
        return None
    sign, body = ("|", text[:-1]) if text.endswith("\n") else ("|-", text)
    pad = f"\n{indent}  "
    if "\n\n" in body:
        return sign + "".join(pad + line if line else "\n" for line in body.split("\n"))
    return sign + pad + body.replace("\n", pad)
