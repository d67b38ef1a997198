"""Parses the bodies of forms: url-encoded ones, and multipart ones, whose boundary differs each time."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote

from harness.content_coding import content_of
from harness.framing.bodies import charset_of, media_type, readable

FORM_TYPE: Final = "application/x-www-form-urlencoded"
_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^\s;]+))', re.IGNORECASE)
_PARAMETER = re.compile(r'([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))')
_ESCAPED = re.compile(r"\\(.)")
_MOST_PARTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body.

    Attributes:
        name: Name of the form's field, or ``""``.
        filename: None for a plain value.
        content_type: Lower case, without parameters; ``""`` if it has none.
        content: The part's bytes, decoded; text in UTF-8.
        full_type: The content type with its parameters.
        content_id: The part's Content-ID, which a batch's answer repeats; None if it has none.
    """

    name: str
    filename: str | None
    content_type: str
    content: bytes = field(repr=False)
    full_type: str = ""
    content_id: str | None = None


def parse_form(content_type: str, body: bytes) -> list[tuple[str, str]] | None:
    """The names and values of a url-encoded form in order; None if the body is not one.

    Args:
        content_type: The Content-Type header.
        body: In UTF-8 if `harness.framing.bodies.readable` read it; percent-escapes are in the form's own charset.
    """
    if media_type(content_type) != FORM_TYPE:
        return None
    text = _text(body)
    charset = charset_of(content_type)
    pairs = parse_pairs(text, charset)
    if charset is None:
        named = next((value for name, value in pairs if name == "_charset_" and value), None)
        charset = None if named is None else charset_of(f"charset={named}")
        pairs = pairs if charset is None else parse_pairs(text, charset)
    return pairs


def parse_pairs(text: str, charset: str | None = None) -> list[tuple[str, str]]:
    """The names and values of a query or of a url-encoded form, decoded, in order; broken escapes are kept.

    Bytes of an unknown charset are read as latin-1, which maps no two byte strings to one text.
    """
    if not text:
        return []
    try:
        return parse_qsl(text, keep_blank_values=True, encoding=charset or "utf-8", errors="strict")
    except (UnicodeDecodeError, LookupError):
        pairs = parse_qsl(text, keep_blank_values=True, encoding="latin-1")
        return [(_again(name), _again(value)) for name, value in pairs]


def _again(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1")


def boundary_of(content_type: str) -> bytes | None:
    """What separates the parts of a multipart body; None if its type does not say it."""
    found = _BOUNDARY.search(content_type)
    return None if found is None else (found[1] or found[2]).encode("latin-1", "replace")


def parse_multipart(content_type: str, body: bytes) -> list[Part] | None:
    """The parts of a multipart body; None if it is not one."""
    found = boundary_of(content_type)
    if not media_type(content_type).startswith("multipart/") or found is None:
        return None
    boundary = re.escape(found)
    # A longer boundary, such as that of nested parts, may begin with this one: check what follows.
    delimiter = re.compile(rb"\r\n--" + boundary + rb"(--|[ \t]*(?=\r\n))")
    pieces = delimiter.split(b"\r\n" + body, maxsplit=_MOST_PARTS)
    contents, marks = pieces[2::2], pieces[1::2]
    if b"--" not in marks or len(contents) < 2 or len(contents) >= _MOST_PARTS:
        return None
    return [_part(piece) for piece in contents[: marks.index(b"--")]]


def _part(piece: bytes) -> Part:
    head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if piece.startswith(b"\r\n\r\n"):
        head, content = b"", piece[4:]
    fields: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        fields.setdefault(name.strip().lower(), value.strip())
    named = _parameters(fields.get("content-disposition", ""))
    full_type = fields.get("content-type", "")
    content = content_of(tuple(fields.items()), _transferred(fields.get("content-transfer-encoding", ""), content)).data
    return Part(
        named.get("name", ""),
        named.get("filename*", named.get("filename")),
        media_type(full_type),
        readable(full_type, content),
        full_type,
        fields.get("content-id"),
    )


def _parameters(disposition: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in _PARAMETER.finditer(disposition):
        name, value = each[1].lower(), each[3] if each[2] is None else _ESCAPED.sub(r"\1", each[2])
        if name.endswith("*") and value.count("'") >= 2:  # RFC 8187
            charset, _, quoted = value.split("'", 2)
            value = unquote(quoted, encoding=charset_of(f"charset={charset}") or "utf-8", errors="replace")
        found[name] = value
    return found


def _transferred(encoding: str, content: bytes) -> bytes:
    """A part's content, decoded as its Content-Transfer-Encoding says."""
    match encoding.strip().lower():
        case "base64":
            try:
                return base64.b64decode(b"".join(content.split()), validate=True)
            except (binascii.Error, ValueError):
                return content
        case "quoted-printable":
            return quopri.decodestring(content)
        case _:
            return content
