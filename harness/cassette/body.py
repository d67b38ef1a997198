"""Bodies of a cassette, written under one of four keys: ``json``, ``text``, ``base64``, ``file``."""

from __future__ import annotations

import binascii
import json
from typing import Any, Final

from harness.cassette.errors import FieldError
from harness.cassette.fields import MappingFields
from harness.cassette.model import Body
from harness.cassette.payloads import MAX_INLINE_BYTES, body_of, content_of_body, loaded
from harness.cassette.side_files import Collected, FileRef, ReadFile, is_allowed_name
from harness.cassette.transcript import decode_base64

BODY_KEYS: Final = ("json", "text", "base64", "file")
FILE_KEYS: Final = ("name", "size", "sha256")
MAX_JSON_DEPTH: Final = 32
MAX_JSON_KEY: Final = 100
_MAX_INTEGER_BITS: Final = 1000


def write_body(body: Body, where: str, side_files: Collected) -> dict[str, Any]:
    """A mapping of a body's one key (``json``, ``text``, ``base64`` or ``file``) to its value; empty for an empty body.

    Large bodies, and those that name a side file, go to the side files.

    Raises:
        UnsafeSideFileError: The name of its side file is not allowed.
    """
    kept = content_of_body(body)
    if body.file is not None or len(kept) > MAX_INLINE_BYTES:
        ref = side_files.put(kept, body.file, where)
        return {"file": {"name": ref.name, "size": ref.size, "sha256": ref.sha256}}
    content = loaded(kept)
    if not content:
        return {}
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {"base64": binascii.b2a_base64(content, newline=False).decode()}
    return _as_json(text) or {"text": text}


def _as_json(text: str) -> dict[str, Any] | None:
    """``{"json": value}`` for a text that equals the compact JSON of its value; None for any other text."""
    try:
        value: Any = json.loads(text)
        if compact(value) != text or not _is_plain(value, 0):
            return None
    except (ValueError, RecursionError):
        return None
    return {"json": value}


def compact(value: Any) -> str:
    """JSON without blanks, with non-ASCII characters unescaped.

    Raises:
        ValueError: The value holds NaN or an infinity.
        TypeError: The value holds a type that JSON does not have.
        RecursionError: The value is nested too deeply.
    """
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _is_plain(value: Any, depth: int) -> bool:
    """Whether the cassette's YAML can express the value within its limits."""
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, int):
        return value.bit_length() <= _MAX_INTEGER_BITS
    if not isinstance(value, (dict, list)):
        return True
    if depth >= MAX_JSON_DEPTH:
        return False
    if isinstance(value, list):
        return all(_is_plain(item, depth + 1) for item in value)
    return all(
        len(key) <= MAX_JSON_KEY and _is_plain(key, depth) and _is_plain(item, depth + 1) for key, item in value.items()
    )


def read_body(fields: MappingFields, read_file: ReadFile) -> Body:
    """The body of a request or response; the empty body if it has no such key.

    Raises:
        FieldError: There are several keys of a body, or the value is invalid.
        CassetteError: From ``read_file``.
    """
    said = [key for key in BODY_KEYS if key in fields]
    if not said:
        return Body()
    if len(said) > 1:
        raise fields.wrong(said[1], f"`{said[0]}` and `{said[1]}` exclude each other: keep one of them")
    if said[0] == "file":
        ref = read_ref(fields)
        return body_of(read_file(ref, fields.path("file")), ref.name)
    return Body(data=_INLINE[said[0]](fields))


def read_ref(fields: MappingFields) -> FileRef:
    """The reference to a side file under the key ``file``."""
    inner = fields.mapping("file", FILE_KEYS)
    name, size, sha256 = inner.text("name"), inner.integer("size"), inner.text("sha256")
    if not is_allowed_name(name):
        raise inner.wrong("name", "letters, digits, `.`, `_` and `-` only, no leading dot, at most 100 characters")
    if size < 0:
        raise inner.wrong("size", "expected a number of bytes")
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise inner.wrong("sha256", "expected 64 hexadecimal digits in lower case")
    return FileRef(name, size, sha256)


def _json_body(fields: MappingFields) -> bytes:
    try:
        return compact(fields.value("json")).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise fields.wrong("json", "expected a JSON value, without NaN and infinity") from error


def _text_body(fields: MappingFields) -> bytes:
    try:
        return fields.text("text").encode()
    except UnicodeEncodeError as error:
        raise fields.wrong("text", "a lone surrogate has no UTF-8: use base64") from error


def _base64_body(fields: MappingFields) -> bytes:
    wrong: FieldError = fields.wrong("base64", "expected base64 with its padding, without blanks")
    return decode_base64(fields.text("base64"), wrong)


_INLINE: Final = {"json": _json_body, "text": _text_body, "base64": _base64_body}
