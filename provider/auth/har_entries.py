"""The requests in a HAR file, one after the other and in bounded memory, whatever program wrote it."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

_ENTRY: Final = "log.entries.item"
_REQUEST: Final = f"{_ENTRY}.request"
_STARTED: Final = f"{_ENTRY}.startedDateTime"
_CHUNK: Final = 64 * 1024


class BrokenHarError(Exception):
    """The file is no HAR, or breaks off. Says nothing of what stands in it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request of a HAR.

    Attributes:
        request: HAR's ``request``, as it stands there.
        started: HAR's ``startedDateTime``, or empty.
    """

    request: Mapping[str, Any]
    started: str


def recorded_in(path: Path) -> Iterator[Recorded]:
    """The requests of a file, in its order. Bodies of answers are passed over, never kept.

    Any encoding of Unicode is read, with a byte order mark or without; bytes that fit none are replaced.

    Raises:
        BrokenHarError: The file cannot be read, is no JSON, or has no ``log.entries``.
    """
    import ijson  # here: importing this package is to cost nothing to those who read no HAR

    try:
        with path.open("rb") as file:
            yield from _entries(ijson, _AsUtf8(file))
    except OSError as error:
        raise BrokenHarError(error.strerror or type(error).__name__) from None
    except (ijson.JSONError, ValueError, RecursionError, OverflowError):
        # The parser's own words quote the file.
        raise BrokenHarError("it is no whole JSON") from None


def _entries(ijson: Any, file: _AsUtf8) -> Iterator[Recorded]:
    builder: Any = None
    request: Any = None
    started = ""
    found_list = False
    for prefix, event, value in ijson.parse(file, buf_size=_CHUNK, use_float=True):
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
                yield Recorded(request, started)
            request, started = None, ""
        elif prefix == "log.entries" and event == "start_array":
            found_list = True
    if not found_list:
        raise BrokenHarError("it has no entries")


class _AsUtf8:
    """A file of whatever encoding, read as UTF-8."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        first = file.read(4)
        self._decoder = codecs.getincrementaldecoder(json.detect_encoding(first))(errors="replace")
        self._waiting = self._decoded(first)

    def read(self, size: int = _CHUNK) -> bytes:
        """At least one byte, or none at the end; may be a little more or less than was asked for."""
        if size == 0:
            return b""
        while not self._waiting:
            chunk = self._file.read(_CHUNK)
            self._waiting = self._decoded(chunk)
            if not chunk:
                break
        # The parser takes no more than it has asked for.
        given, self._waiting = self._waiting[:size], self._waiting[size:]
        return given

    def _decoded(self, chunk: bytes) -> bytes:
        return self._decoder.decode(chunk, final=not chunk).encode("utf-8", "replace")
