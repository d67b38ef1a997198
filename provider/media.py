"""Media of a message: an app's bytes, files and URLs become uploads and links."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Final, TypeAlias, Union
from urllib.parse import unquote_to_bytes

from provider.attachments import Link, Medium, Upload
from provider.wire.errors import UsageError

MediaItem: TypeAlias = Union[bytes, bytearray, memoryview, "os.PathLike[str]", str, "IO[bytes]"]
"""Bytes, a path object, a data URI, an https URL, or a binary file. A plain ``str`` is never read as a path."""
MediaListType: TypeAlias = Sequence[MediaItem | tuple[MediaItem, str | None]]
"""Media, each bare or paired with a file name."""

MAX_UPLOAD_BYTES: Final = 64 * 1024 * 1024
# First bytes of the formats that the service accepts as images, or rejects by name (docs/protocol.md §3.3).
_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"BM", 0, "image/bmp"),
    (b"%PDF-", 0, "application/pdf"),
)


def load_media(media: Iterable[MediaItem | tuple[MediaItem, str | None]]) -> tuple[Medium, ...]:
    """Read and classify media. This reads files: never call it in an event loop's thread.

    Raises:
        UsageError: A medium has an unknown type, cannot be read, is empty, or is larger than `MAX_UPLOAD_BYTES`.
    """
    return tuple(_load(index, entry) for index, entry in enumerate(media))


def _load(index: int, entry: MediaItem | tuple[MediaItem, str | None]) -> Medium:
    item, name = entry if isinstance(entry, tuple) else (entry, None)
    where = f"media[{index}]"
    if isinstance(item, str):
        if item.startswith("https://"):
            return Link(item)
        data, fallback = _read_data_uri(item, where), ""
    else:
        data, fallback = _read(item, where)
    if not data:
        raise UsageError(f"{where} is empty", step="media", hint="Pass a file with content.")
    if len(data) > MAX_UPLOAD_BYTES:
        raise UsageError(f"{where} is larger than {MAX_UPLOAD_BYTES >> 20} MiB", step="media")
    kind = content_type_of(data)
    safe = Path(str(name or fallback)).name.replace('"', "").replace("\r", "").replace("\n", "")
    return Upload(data, kind, safe or f"file.{kind.rpartition('/')[2]}")


def _read(item: MediaItem, where: str) -> tuple[bytes, str]:
    if isinstance(item, bytes | bytearray | memoryview):
        return bytes(item), ""
    try:
        if isinstance(item, os.PathLike):
            path = Path(item)
            with path.open("rb") as file:
                return file.read(MAX_UPLOAD_BYTES + 1), path.name
        if hasattr(item, "read") and not isinstance(item, str):
            data = item.read(MAX_UPLOAD_BYTES + 1)
            if isinstance(data, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]  # a text file returns str
                name = getattr(item, "name", "")
                return data, name if isinstance(name, str) else ""
            raise UsageError(f"{where} is a file open for text", step="media", hint="Open it with mode 'rb'.")
    except OSError as error:
        raise UsageError(f"{where} cannot be read: {error.strerror or type(error).__name__}", step="media") from error
    raise UsageError(f"{where} has the unknown type {type(item).__name__}", step="media", hint=_FORMS)


_FORMS: Final = "Pass bytes, a pathlib.Path, a data: URI, an https:// URL or a binary file."


def _read_data_uri(uri: str, where: str) -> bytes:
    if not uri.startswith("data:"):
        raise UsageError(f"{where} is a string, but neither a data: URI nor an https: URL", step="media", hint=_FORMS)
    head, comma, payload = uri.partition(",")
    if not comma:
        hint = "Write it like data:image/png;base64,iVBORw0KGgo=."
        raise UsageError(f"{where} is a data: URI without a comma", step="media", hint=hint)
    raw = unquote_to_bytes(payload)
    if not head.endswith(";base64"):
        return raw
    try:
        return base64.b64decode(b"".join(raw.split()), validate=True)
    except binascii.Error as error:
        raise UsageError(f"{where} is a data: URI with broken base64", step="media") from error


def content_type_of(data: bytes) -> str:
    """Return the content type, by the file's first bytes."""
    for magic, offset, kind in _MAGIC:
        if data.startswith(magic, offset):
            return kind
    try:
        data.decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "text/plain"
