"""`SpillFile`: records in a private file without a name, which vanishes with its owner."""

from __future__ import annotations

import io
import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing_extensions import Buffer

_BUFFERED: Final = 1 << 20
_LENGTH_BYTES: Final = 8


class SpillFile:
    """Appends records, and reads them any number of times. Not thread-safe.

    Args:
        directory: Folder of the file, created private to its owner when needed; None for the system's temporary one.

    Attributes:
        size: Bytes in the file.

    Raises:
        OSError: The file cannot be created.
    """

    def __init__(self, directory: Path | None) -> None:
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = tempfile.TemporaryFile(dir=directory, prefix=".wiretape-", buffering=0)  # noqa: SIM115  # see below
        self.close = weakref.finalize(self, self._file.close)
        self.size = 0

    def append(self, records: Iterable[bytes]) -> None:
        """Append these records; none of them if that fails with `OSError`."""
        at = self.size
        for block in _blocks(records):
            rest = memoryview(block)
            while rest:
                count = os.pwrite(self._file.fileno(), rest, at)
                rest, at = rest[count:], at + count
        self.size = at

    def records(self, start: int = 0) -> Iterator[bytes]:
        """The records from an offset on, which is the file's size of an earlier time."""
        reader = io.BufferedReader(_Span(self._file.fileno(), start, self.size), _BUFFERED)
        while prefix := reader.read(_LENGTH_BYTES):
            yield reader.read(int.from_bytes(prefix, "big"))


def _blocks(records: Iterable[bytes]) -> Iterator[bytes]:
    """Join records, each after its length, to blocks of about a mebibyte, so that few writes are needed."""
    parts: list[bytes] = []
    size = 0
    for raw in records:
        parts += (len(raw).to_bytes(_LENGTH_BYTES, "big"), raw)
        size += len(raw)
        if size >= _BUFFERED:
            yield b"".join(parts)
            parts, size = [], 0
    yield b"".join(parts)


class _Span(io.RawIOBase):
    """A readable part of a file, from one offset to another; reading it does not move the file's own position."""

    def __init__(self, descriptor: int, start: int, end: int) -> None:
        self._descriptor = descriptor
        self._end = end
        self._at = start

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)[: self._end - self._at]
        count = os.preadv(self._descriptor, [view], self._at)
        self._at += count
        return count
