"""Request bodies that are forms, as values: url-encoded ones, and multipart ones whose boundary differs every time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

FORM_TYPE: Final = "application/x-www-form-urlencoded"
_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^\s;]+))', re.IGNORECASE)
_PARAMETER = re.compile(r'([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))')
_MOST_PARTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body.

    Attributes:
        name: Of the form's field, or ``""``.
        filename: None for a plain value.
        content_type: Lower case, without parameters; ``""`` if it has none.
        content: The part's bytes.
    """

    name: str
    filename: str | None
    content_type: str
    content: bytes


def parse_pairs(text: str) -> list[tuple[str, str]]:
    """The names and values of a query or of a url-encoded form, decoded, in order; broken escapes are kept."""
    return parse_qsl(text, keep_blank_values=True, errors="replace") if text else []


def parse_multipart(content_type: str, body: bytes) -> list[Part] | None:
    """The parts of a multipart body; None if it is not one."""
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().lstrip().startswith("multipart/") or found is None:
        return None
    delimiter = b"--" + (found[1] or found[2]).encode("latin-1", "replace")
    pieces = (b"\r\n" + body).split(b"\r\n" + delimiter)
    if len(pieces) < 3 or len(pieces) > _MOST_PARTS or not pieces[-1].startswith(b"--"):
        return None
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if piece.startswith(b"\r\n\r\n"):
        head, content = b"", piece[4:]
    fields: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        fields.setdefault(name.strip().lower(), value.strip())
    named = {
        m[1].lower(): m[2] if m[2] is not None else m[3]
        for m in _PARAMETER.finditer(fields.get("content-disposition", ""))
    }
    media_type = fields.get("content-type", "").partition(";")[0].strip().lower()
    return Part(named.get("name", ""), named.get("filename"), media_type, content)
