"""`EventLog`: the events of a session in order, in memory while they are few, then in a file."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from harness.record.events import (
    Event,
    MessagePassed,
    RequestBegan,
    RequestBody,
    ResponseBegan,
    ResponsePieces,
)

if TYPE_CHECKING:
    from typing_extensions import Buffer

SPILL_AFTER: Final = 8 << 20
"""Bytes of events that are kept in memory."""
_BUFFERED: Final = 1 << 20
_LENGTH_BYTES: Final = 8
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Event).decode


class EventLog:
    """Events that are appended one by one, and can be iterated in order any number of times. Not thread-safe.

    Beyond `SPILL_AFTER` bytes they are spilled to a file without a name, which vanishes with the log. If the disk is
    full, the rest stays in memory.

    Args:
        directory: Folder of that file, created private to its owner when needed; None for the system's temporary one.
        spill_after: Bytes; see `SPILL_AFTER`.
    """

    def __init__(self, directory: Path | None = None, *, spill_after: int = SPILL_AFTER) -> None:
        self._directory = directory
        self._spill_after = spill_after
        self._file: _SpillFile | None = None
        self._recent: list[Event] = []
        self._recent_bytes = 0
        self._count = 0
        self._may_spill = True

    @property
    def spilled(self) -> int:
        """Bytes in the file."""
        return 0 if self._file is None else self._file.size

    def append(self, observation: Event) -> None:
        """Add one event; when memory holds too many, they move to the file."""
        self._recent.append(observation)
        self._recent_bytes += _size(observation)
        self._count += 1
        room = self._spill_after if self._file is None else min(self._spill_after, _BUFFERED)
        if self._recent_bytes > room and self._may_spill:
            self._spill()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Event]:
        for raw in self._raw():
            yield _decode(raw)
        yield from self._recent

    def rewrite(self, change: Callable[[Event], Event]) -> int:
        """Replace events; returns how many changed."""
        changed = self._rewrite_file(change) if self._file is not None else 0
        for index, old in enumerate(self._recent):
            new = change(old)
            if new is not old and new != old:
                self._recent[index] = new
                changed += 1
        return changed

    def close(self) -> None:
        """Delete the file and all events. Idempotent."""
        file, self._file = self._file, None
        self._recent, self._recent_bytes, self._count = [], 0, 0
        if file is not None:
            file.close()

    def _raw(self) -> Iterator[bytes]:
        return iter(()) if self._file is None else self._file.raw()

    def _spill(self) -> None:
        try:
            if self._file is None:
                self._file = _SpillFile(self._directory)
            self._file.append(self._recent)
        except OSError:
            self._may_spill = False  # the disk is full: these events and all later ones stay in memory
            return
        self._recent, self._recent_bytes = [], 0

    def _rewrite_file(self, change: Callable[[Event], Event]) -> int:
        changed = 0
        # A larger buffer: a small one would write each event on its own.
        fresh = EventLog(self._directory, spill_after=min(self._spill_after, _BUFFERED))
        with contextlib.closing(fresh):
            for raw in self._raw():
                old = _decode(raw)
                new = change(old)
                changed += new is not old and new != old
                fresh.append(new)
            if changed:
                self._take(fresh)
        return changed

    def _take(self, other: EventLog) -> None:
        """Replace the spilled events by all of the other log, which is empty afterwards."""
        assert self._file is not None
        self._file.close()
        self._file, other._file = other._file, None
        self._recent = [*other._recent, *self._recent]
        self._recent_bytes += other._recent_bytes
        self._may_spill = self._may_spill and other._may_spill


class _Span(io.RawIOBase):
    """The first bytes of a file, read without moving the file's position."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)[: self._size - self._at]
        count = os.preadv(self._descriptor, [view], self._at)
        self._at += count
        return count


class _SpillFile:
    """A private file without a name. It vanishes with this object at the latest."""

    def __init__(self, directory: Path | None) -> None:
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = tempfile.TemporaryFile(dir=directory, prefix=".wiretape-", buffering=0)  # noqa: SIM115  # see above
        self.close = weakref.finalize(self, self._file.close)
        self.size = 0

    def append(self, observations: Iterable[Event]) -> None:
        """Append these events; none of them if that fails with `OSError`."""
        at = self.size
        for one in observations:
            raw = _encode(one)
            rest = memoryview(len(raw).to_bytes(_LENGTH_BYTES, "big") + raw)
            while rest:
                count = os.pwrite(self._file.fileno(), rest, at)
                rest, at = rest[count:], at + count
        self.size = at

    def raw(self) -> Iterator[bytes]:
        """All events, encoded."""
        reader = io.BufferedReader(_Span(self._file.fileno(), self.size), _BUFFERED)
        while prefix := reader.read(_LENGTH_BYTES):
            yield reader.read(int.from_bytes(prefix, "big"))


def _size(observation: Event) -> int:
    """The event's size in memory, roughly, in bytes."""
    match observation:
        case ResponsePieces():
            return 200 + sum(100 + len(piece.data) for piece in observation.pieces)
        case RequestBody() | MessagePassed():
            return 200 + len(observation.data)
        case RequestBegan() | ResponseBegan():
            return 200 + sum(150 + len(name) + len(value) for name, value in observation.headers)
        case _:
            return 200
