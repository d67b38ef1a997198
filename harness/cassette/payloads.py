"""Large payloads on the disk: a `PayloadStore` keeps them out of memory while a cassette is made and written."""

from __future__ import annotations

import hashlib
import os
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, TypeAlias, TypeGuard, TypeVar

import msgspec

from harness.cassette.model import LIMITS, Body, Exchange, RequestPart, ResponsePart

MAX_INLINE_BYTES: Final = 64 * 1024
"""A payload above this goes to a side file."""
LARGEST_IN_MEMORY: Final = LIMITS.side_file_bytes
"""A body above this stays on the disk, and is read in pieces."""
PIECE: Final = 1 << 20
"""Bytes of such a piece."""
_Part = TypeVar("_Part", RequestPart, ResponsePart)


class Payload:
    """Bytes in a store's file. Two with the same content are equal.

    Attributes:
        size: In bytes.
        sha256: In hexadecimal.
    """

    __slots__ = ("_at", "_store", "sha256", "size")

    def __init__(self, store: PayloadStore | StoredFile, at: int, size: int, sha256: str) -> None:
        self._store = store
        self._at = at
        self.size = size
        self.sha256 = sha256

    def __len__(self) -> int:
        return self.size

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Payload) and (self.size, self.sha256) == (other.size, other.sha256)

    def __hash__(self) -> int:
        return hash((self.size, self.sha256))

    @property
    def told(self) -> bytes:
        """Its size and hash, for people."""
        return f"[{self.size} bytes, SHA-256 {self.sha256}]".encode()

    def read(self) -> bytes:
        """The bytes, read again at each call.

        Raises:
            OSError: The disk failed.
        """
        return self._store.read(self._at, self.size)

    def pieces(self, size: int = PIECE) -> Iterator[bytes]:
        """The bytes in pieces of that size, of which the last one may be shorter.

        Raises:
            OSError: The disk failed.
        """
        for at in range(0, self.size, size):
            yield self._store.read(self._at + at, min(size, self.size - at))

    def stored(self, data: bytes) -> Content:
        """Put other bytes into the same store, and return them as its `Payload`."""
        return self._store.put(data)


Content: TypeAlias = bytes | Payload
"""The content of a side file."""


def loaded(content: Content) -> bytes:
    """The bytes themselves.

    Raises:
        OSError: The disk failed.
    """
    return content.read() if isinstance(content, Payload) else content


def pieces_of(content: Content) -> Iterator[bytes]:
    """The bytes; those of a payload that is not to be in memory as a whole come in pieces.

    Raises:
        OSError: The disk failed.
    """
    if isinstance(content, Payload) and content.size > LARGEST_IN_MEMORY:
        return content.pieces()
    return iter((loaded(content),))


class PayloadStore:
    """A private file without a name, which vanishes with the last of its payloads. May be read from several threads.

    Args:
        directory: Folder of the file, created private to its owner when needed.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._descriptor: int | None = None
        self._size = 0
        self._is_full = False

    def put(self, data: bytes) -> Content:
        """Keep a payload. If the disk is full, it stays in memory: the result is the bytes themselves."""
        if self._is_full:
            return data
        try:
            at = self._append(data)
        except OSError:
            self._is_full = True
            return data
        return Payload(self, at, len(data), hashlib.sha256(data).hexdigest())

    def put_pieces(self, pieces: Iterable[bytes]) -> Payload:
        """Keep one payload that comes in pieces; nothing else may be put meanwhile.

        Raises:
            OSError: The disk is full.
        """
        digest, at, size = hashlib.sha256(), self._size, 0
        for piece in pieces:
            self._append(piece)
            digest.update(piece)
            size += len(piece)
        return Payload(self, at, size, digest.hexdigest())

    def _append(self, data: bytes) -> int:
        if self._descriptor is None:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = tempfile.TemporaryFile(dir=self._directory, prefix=".wiretape-", buffering=0)  # noqa: SIM115  # see below
            weakref.finalize(self, file.close)
            self._descriptor = file.fileno()
        at = end = self._size
        rest = memoryview(data)
        while rest:
            count = os.pwrite(self._descriptor, rest, end)
            rest, end = rest[count:], end + count
        self._size = end
        return at

    def read(self, at: int, size: int) -> bytes:
        """Read ``size`` bytes of the store's file from the offset ``at``.

        Raises:
            OSError: The disk failed.
        """
        assert self._descriptor is not None, "nothing was put into this store"
        return read_at(self._descriptor, at, size)


class StoredFile:
    """A file that payloads are read from, open as long as one of them is in use, also when another replaces it.

    Args:
        descriptor: Of the open file; owned from now on.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)

    def read(self, at: int, size: int) -> bytes:
        """Bytes of the file.

        Raises:
            OSError: The disk failed, or the file is shorter now.
        """
        return read_at(self._descriptor, at, size)

    def put(self, data: bytes) -> Content:
        """Other bytes in the place of a payload stay in memory: the file is not changed."""
        return data


def read_at(descriptor: int, at: int, size: int) -> bytes:
    """So many bytes of an open file.

    Raises:
        OSError: The disk failed, or the file is shorter.
    """
    parts: list[bytes] = []
    while size:
        part = os.pread(descriptor, size, at)
        if not part:
            raise OSError("a file of large bodies is shorter than what was written to it")
        parts.append(part)
        at, size = at + len(part), size - len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


class StoredBody(Body, frozen=True, kw_only=True):
    """A body whose bytes are in a store: each use of ``data`` reads them, and nothing keeps them.

    Attributes:
        payload: The bytes in the store.
    """

    payload: Payload

    @property
    def data(self) -> bytes:  # pyright: ignore[reportIncompatibleVariableOverride]  # of a frozen body: read only, too
        """The bytes, read again at each use."""
        return self.payload.read()

    @property
    def searched(self) -> bytes:
        """See `Body.searched`."""
        return b"" if self.payload.size > LARGEST_IN_MEMORY else self.data

    @property
    def shown(self) -> bytes:
        """See `Body.shown`."""
        return self.payload.told if self.payload.size > LARGEST_IN_MEMORY else self.data

    def holding(self, data: bytes) -> Body:
        """See `Body.holding`; the new content goes to the same store."""
        return body_of(self.payload.stored(data), self.file)

    def unnamed(self) -> Body:
        """See `Body.unnamed`."""
        return StoredBody(payload=self.payload)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, StoredBody):
            return self.file == other.file and self.payload == other.payload
        return super().__eq__(other)

    __hash__ = Body.__hash__

    def __reduce__(self) -> tuple[Callable[..., Body], tuple[bytes, str | None]]:
        """A deep copy, and a copy in another process, holds the bytes themselves."""
        return body_of, (self.data, self.file)


def body_of(content: Content, file: str | None = None) -> Body:
    """A body with that content.

    Args:
        content: Its bytes, in memory or in a store.
        file: Name of its side file.
    """
    if isinstance(content, Payload):
        return StoredBody(payload=content, file=file)
    return Body(data=content, file=file)


def with_stored_bodies(exchange: Exchange, store: PayloadStore) -> Exchange:
    """The same exchange, with the bytes of bodies that will become side files in a store and not in memory."""
    request, response = exchange.request, exchange.response
    return msgspec.structs.replace(
        exchange,
        request=_with_stored(request, store),
        response=None if response is None else _with_stored(response, store),
    )


def _with_stored(part: _Part, store: PayloadStore) -> _Part:
    if isinstance(part.body, StoredBody) or len(part.body.data) <= MAX_INLINE_BYTES:
        return part
    return msgspec.structs.replace(part, body=body_of(store.put(part.body.data), part.body.file))


def content_of_body(body: Body) -> Content:
    """A body's content without reading it: the bytes if they are in memory, else the payload in its store."""
    return body.payload if isinstance(body, StoredBody) else body.data


def is_large(body: Body) -> TypeGuard[StoredBody]:
    """Whether a body stays on the disk."""
    return isinstance(body, StoredBody) and body.payload.size > LARGEST_IN_MEMORY
