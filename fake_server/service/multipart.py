"""The file of a ``multipart/form-data`` body (RFC 7578), as far as uploads need it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_BOUNDARY: Final = re.compile(r'boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_PARAMETER: Final = re.compile(r';\s*(name|filename)="([^"]*)"', re.IGNORECASE)


class MultipartError(ValueError):
    """The body has no such part, or is no such body."""


@dataclass(frozen=True, slots=True)
class File:
    """One uploaded file."""

    name: str
    content_type: str
    body: bytes = field(repr=False)


def find_file(content_type: str, body: bytes, field_name: str) -> File:
    """The part of that name.

    Raises:
        MultipartError: There is none.
    """
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise MultipartError("the content type names no boundary")
    delimiter = b"\r\n--" + (found[1] or found[2]).encode("latin-1", "replace")
    for part in (b"\r\n" + body).split(delimiter)[1:]:
        head, blank, content = part.partition(b"\r\n\r\n")
        if blank and not part.startswith(b"--"):
            headers = _headers(head)
            named = dict(_PARAMETER.findall(headers.get("content-disposition", "")))
            if named.get("name") == field_name:
                return File(named.get("filename", ""), headers.get("content-type", "text/plain"), content)
    raise MultipartError(f"the body has no part called {field_name}")


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("utf-8", "replace").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
