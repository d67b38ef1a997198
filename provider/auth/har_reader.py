"""Reads the requests of a HAR file one by one, in bounded memory."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

_ENTRY: Final = "log.entries.item"
_REQUEST: Final = f"{_ENTRY}.request"
_STARTED: Final = f"{_ENTRY}.startedDateTime"
_CHUNK: Final = 256 * 1024
_MAX_DEPTH: Final = 200
_MAX_PREFIX: Final = 200
"""Characters; all prefixes that matter are much shorter."""


class BrokenHarError(Exception):
    """A HAR that may hold credentials cannot be read: no HAR, cut off, or too deep. The text quotes nothing."""


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request of a HAR.

    Attributes:
        request: The ``request`` of the entry.
        started: The ``startedDateTime`` of the entry, or empty.
    """

    request: Mapping[str, Any]
    started: str


def read_requests(path: Path) -> Iterator[RecordedRequest]:
    """Yield the requests of a file in order. Bodies of responses are skipped.

    Every encoding of Unicode is read, with or without a byte order mark; invalid bytes are replaced.

    Raises:
        BrokenHarError: The file cannot be read, is not JSON, or has no ``log.entries``.
    """
    import ijson  # here, so that clients which read no HAR do not import it

    try:
        with path.open("rb") as file:
            yield from _entries(ijson, AsUtf8(file))
    except OSError as error:
        raise BrokenHarError(error.strerror or type(error).__name__) from None
    except (ijson.JSONError, ValueError, RecursionError, OverflowError):
        # The parser's own text quotes the file.
        raise BrokenHarError("the file is not complete JSON") from None


def _entries(ijson: Any, file: AsUtf8) -> Iterator[RecordedRequest]:
    builder: Any = None
    request: Any = None
    started = ""
    found_list = False
    for prefix, event, value in _with_prefixes(ijson.basic_parse(file, buf_size=_CHUNK, use_float=True)):
        if builder is not None:
            builder.event(event, value)
            if prefix == _REQUEST and event == "end_map":
                request, builder = builder.value, None
        elif prefix == _REQUEST and event == "start_map":
            builder = ijson.ObjectBuilder()
            builder.event(event, value)
        elif prefix == _STARTED and event == "string":
            started = value
        elif prefix == _ENTRY and event == "end_map":
            if isinstance(request, dict):
                yield RecordedRequest(request, started)
            request, started = None, ""
        elif prefix == "log.entries" and event == "start_array":
            found_list = True
    if not found_list:
        raise BrokenHarError("the file has no list log.entries")


def _with_prefixes(events: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, str, Any]]:
    """Yield the parser's events with the place of each, such as ``log.entries.item.request``.

    ``ijson.parse`` does this without a limit: a deeply nested file would fill the memory.

    Raises:
        BrokenHarError: The JSON is nested too deeply.
    """
    prefix = ""
    opened: list[str] = []
    for event, value in events:
        if event == "map_key":
            yield opened[-1], event, value
            prefix = _within(opened[-1], value)
        elif event in {"start_map", "start_array"}:
            yield prefix, event, value
            if len(opened) >= _MAX_DEPTH:
                raise BrokenHarError("the file's JSON is nested too deeply")
            opened.append(prefix)
            prefix = prefix if event == "start_map" else _within(prefix, "item")
        elif event in {"end_map", "end_array"}:
            prefix = opened.pop()
            yield prefix, event, value
        else:
            yield prefix, event, value


def _within(prefix: str, key: str) -> str:
    return f"{prefix}.{key}"[:_MAX_PREFIX] if prefix else key[:_MAX_PREFIX]


class AsUtf8:
    """Reads a file in any encoding of Unicode as UTF-8."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        first = file.read(4)
        encoding = json.detect_encoding(first)
        self._is_utf8 = encoding == "utf-8"
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._waiting = self._decoded(first)

    def read(self, size: int = _CHUNK) -> bytes:
        """Return at most ``size`` bytes, and at least one before the end."""
        if size == 0:
            return b""
        while not self._waiting:
            chunk = self._file.read(_CHUNK)
            self._waiting = self._decoded(chunk)
            if not chunk:
                break
        if len(self._waiting) <= size:
            given, self._waiting = self._waiting, b""
            return given
        # The parser accepts no more than `size` bytes.
        given, self._waiting = self._waiting[:size], self._waiting[size:]
        return given

    def _decoded(self, chunk: bytes) -> bytes:
        if self._is_utf8 and chunk.isascii() and not self._decoder.getstate()[0]:
            return chunk  # nearly all of most files: it is UTF-8 already
        return self._decoder.decode(chunk, final=not chunk).encode("utf-8", "replace")
