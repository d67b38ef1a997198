"""Bodies of requests while they arrive: in memory, and the large ones in a file without a name."""

from __future__ import annotations

import io
import os
import tempfile
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from fake_server.host.limits import Limits
from fake_server.host.policy import BadRequestError

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Buffer

_PIECE: Final = 1 << 20
_FEW_CHUNKS: Final = 20_000
_SMALL_CHUNK: Final = 64
"""More chunks than these few must have so many bytes on average: each one costs far more time than its bytes do."""


class SpooledBody:
    """A large body in a private file, which vanishes with it; see `fake_server.stage.LargeBody`.

    Attributes:
        size: In bytes.

    Args:
        folder: Folder of the file, created private to its owner when needed.

    Raises:
        OSError: The file cannot be created.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = tempfile.TemporaryFile(dir=folder, prefix=".wiretape-", buffering=0)  # noqa: SIM115  # see below
        weakref.finalize(self, file.close)
        self._descriptor = file.fileno()
        self.size = 0

    def append(self, data: Buffer) -> None:
        """Add bytes at the end.

        Raises:
            OSError: The disk is full.
        """
        rest = memoryview(data)
        while rest:
            count = os.pwrite(self._descriptor, rest, self.size)
            rest = rest[count:]
            self.size += count

    def pieces(self, size: int = _PIECE) -> Iterator[bytes]:
        """See `fake_server.stage.LargeBody`."""
        for at in range(0, self.size, size):
            yield os.pread(self._descriptor, size, at)

    def open(self) -> io.RawIOBase:
        """See `fake_server.stage.LargeBody`."""
        return _Reader(self, self._descriptor)


class _Reader(io.RawIOBase):
    """Reads a body from its beginning, apart from its other readers."""

    def __init__(self, body: SpooledBody, descriptor: int) -> None:
        self._body = body  # keeps the file open
        self._descriptor = descriptor
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        count = os.preadv(self._descriptor, [memoryview(buffer)], self._at)
        self._at += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._body.size}[whence]
        return self._at


class ArrivingBody:
    """Collects the pieces of a body, within limits.

    Attributes:
        large: The body in a file, once it has become too large for the memory; else None.

    Args:
        limits: How large it may be.
        announced: Its size, if the client said it; 0 if not.

    Raises:
        BadRequestError: It is announced as larger than that, or there is no disk for it.
    """

    def __init__(self, limits: Limits, announced: int) -> None:
        self._limits = limits
        self._data = bytearray()
        self._size = self._chunks = 0
        self.large: SpooledBody | None = None
        self._check(announced)
        if announced > limits.body_bytes:
            self._spool()

    @property
    def data(self) -> bytes:
        """The body, if it is not in a file; else empty."""
        return bytes(self._data)

    def add(self, data: Buffer) -> None:
        """Add a piece.

        Raises:
            BadRequestError: The body is too large, or in too small pieces, or the disk is full.
        """
        self._size += memoryview(data).nbytes
        self._chunks += 1
        self._check(self._size)
        if self._chunks > _FEW_CHUNKS and self._size < self._chunks * _SMALL_CHUNK:
            raise BadRequestError(413, "the body comes in too many small pieces: send larger ones")
        if self.large is None and self._size > self._limits.body_bytes:
            self._spool()
        self._keep(data)

    def _check(self, size: int) -> None:
        most = self._limits.body_bytes if self._limits.spool is None else self._limits.spooled_bytes
        if size > most:
            raise BadRequestError(413, f"the body has more than {most} bytes")

    def _spool(self) -> None:
        assert self._limits.spool is not None
        try:
            self.large = SpooledBody(self._limits.spool)
        except OSError as error:
            raise _no_disk(error) from error
        data, self._data = self._data, bytearray()
        self._keep(data)

    def _keep(self, data: Buffer) -> None:
        if self.large is None:
            self._data += data
            return
        try:
            self.large.append(data)
        except OSError as error:
            raise _no_disk(error) from error


def _no_disk(error: OSError) -> BadRequestError:
    return BadRequestError(507, f"a large body goes to a file, which could not be written: {error.strerror}")
