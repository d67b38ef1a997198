"""The file in a ``multipart/form-data`` body (RFC 7578), over python-multipart's parser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_MOST_PARTS: Final = 100
_LONGEST_BOUNDARY: Final = 200
_LONGEST_HEAD: Final = 16 * 1024
_LONGEST_NAME: Final = 255
_ENCODED_NAME: Final = re.compile(r";\s*filename\*\s*=\s*\"?utf-8''([^\s;\"]*)", re.IGNORECASE)
"""RFC 7578 §4.2 forbids ``filename*``, but clients send it. python-multipart ignores it."""


class MultipartError(ValueError):
    """The body is not multipart, or has no such part."""


@dataclass(frozen=True, slots=True)
class File:
    """One uploaded file.

    Attributes:
        name: Without folders; empty if the part has none.
        content_type: As sent; ``text/plain`` if the part has none (RFC 7578 §4.4).
        body: Byte for byte.
    """

    name: str
    content_type: str
    body: bytes = field(repr=False)


def find_file(content_type: str, body: bytes, field_name: str) -> File:
    """The first part of a name.

    Raises:
        MultipartError: The body has no such part, ends before its last boundary, has more than 100 parts, or a part
            with a head of more than 16 KiB.
    """
    boundary = parse_options_header(content_type.encode("latin-1", "replace"))[1].get(b"boundary", b"")
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        raise MultipartError(
            f"the content type of the multipart body names no boundary (of 1 to {_LONGEST_BOUNDARY} bytes)"
        )
    return _Finder(field_name).find(boundary, body)


class _Finder:
    """Collects the first part of a name from the parser's callbacks."""

    def __init__(self, field_name: str) -> None:
        self._field_name = field_name.encode()
        self._parts = 0
        self._is_over = False
        self._name = b""
        self._value = b""
        self._head_bytes = 0
        self._headers: dict[bytes, bytes] = {}
        self._pieces: list[bytes] | None = None
        self._found: File | None = None

    def find(self, boundary: bytes, body: bytes) -> File:
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin_part,
            "on_header_field": self._add_name,
            "on_header_value": self._add_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_head,
            "on_part_data": self._add_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }
        # RFC 2046 §5.1.1 allows text before the first boundary; the parser does not.
        start = max(0, body.find(b"--" + boundary))
        error: FormParserError | None = None
        try:
            parser = MultipartParser(boundary, callbacks, max_header_count=_LONGEST_HEAD, max_header_size=len(body) + 1)
            parser.write(body[start:])
        except FormParserError as raised:
            error = raised
        if self._found is not None:
            return self._found
        if self._parts and error is not None:
            raise MultipartError("the multipart body is malformed after its first boundary") from error
        if self._parts and not self._is_over:
            raise MultipartError("the multipart body ends before its last boundary")
        raise MultipartError(f"the multipart body has no part with the name {self._field_name.decode()}") from error

    def _begin_part(self) -> None:
        self._parts += 1
        self._head_bytes = 0
        self._headers = {}

    def _add_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._head_bytes += len(self._name) + len(self._value)
        if self._head_bytes > _LONGEST_HEAD:
            raise MultipartError(f"the headers of a part of the multipart body have more than {_LONGEST_HEAD} bytes")
        self._headers[self._name.lower()] = self._value.strip()
        self._name = self._value = b""

    def _end_head(self) -> None:
        _, parameters = parse_options_header(self._headers.get(b"content-disposition", b""))
        is_wanted = self._found is None and parameters.get(b"name") == self._field_name
        self._pieces = [] if is_wanted else None

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if self._pieces is not None:
            self._pieces.append(data[start:end])

    def _end_part(self) -> None:
        if self._parts > _MOST_PARTS and self._found is None:
            raise MultipartError(f"the multipart body has more than {_MOST_PARTS} parts")
        if self._pieces is not None:
            content_type = self._headers.get(b"content-type", b"text/plain").decode("utf-8", "replace")
            name = _file_name(self._headers[b"content-disposition"])
            self._found = File(name, content_type, b"".join(self._pieces))
            self._pieces = None

    def _end(self) -> None:
        self._is_over = True


def _file_name(disposition: bytes) -> str:
    encoded = _ENCODED_NAME.search(disposition.decode("utf-8", "replace"))
    if encoded is not None:
        name = unquote(encoded[1], errors="replace")
    else:
        name = parse_options_header(disposition)[1].get(b"filename", b"").decode("utf-8", "replace")
    return name.replace("\\", "/").rpartition("/")[2][:_LONGEST_NAME]
