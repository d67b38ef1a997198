"""A HAR file on disk: plain, in a zip with its bodies (``.har.zip``), or compressed.

The first bytes decide, not the name, which programs and people change.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import zipfile
import zlib
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO, Final, cast

from harness.cassette.files import read_regular
from harness.har.errors import UnreadableHarError

_MEMBER: Final = re.compile(r"[0-9A-Za-z_][0-9A-Za-z._-]{0,120}")
_BESIDE: Final = re.compile(r"[0-9a-f]{32,64}(\.[0-9A-Za-z]{1,10})?")
"""Names of files beside a HAR that an import reads: digests, as Playwright names them, and no other path."""
_CHUNK: Final = 64 * 1024


class Packed:
    """An open HAR.

    Attributes:
        file: Its JSON, unpacked.
    """

    def __init__(self, file: BinaryIO, beside: Path, archive: zipfile.ZipFile | None = None) -> None:
        self.file = file
        self._beside = beside
        self._archive = archive

    def attached(self, name: str, most: int) -> bytes | None:
        """A body that is stored in a file beside the HAR; None if there is none, or it has more than ``most`` bytes."""
        if self._archive is None:
            return _read_beside(self._beside / name, most) if _BESIDE.fullmatch(name) else None
        if not _MEMBER.fullmatch(name):
            return None
        with contextlib.suppress(KeyError):
            if self._archive.getinfo(name).file_size <= most:
                return self._archive.read(name)
        return None


@contextlib.contextmanager
def open_packed(path: Path) -> Generator[Packed]:
    """Open a HAR, packed or not.

    Raises:
        UnreadableHarError: The archive is broken, or does not contain a HAR.
        OSError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            first = file.read(4)
            file.seek(0)
            if first == b"PK\x03\x04":
                with zipfile.ZipFile(file) as archive, archive.open(_member(archive)) as member:
                    yield Packed(cast("BinaryIO", member), path.parent, archive)
            elif first[:2] == b"\x1f\x8b":
                with gzip.open(file) as plain:
                    yield Packed(cast("BinaryIO", plain), path.parent)
            elif _is_zlib(first):
                yield Packed(cast("BinaryIO", _Inflated(file)), path.parent)
            else:
                yield Packed(file, path.parent)
    except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, RecursionError):
            raise
        problem = "the archive is broken, encrypted or of an unknown kind: unpack it, and import the HAR in it"
        raise UnreadableHarError(problem, file=str(path)) from None


def _member(archive: zipfile.ZipFile) -> str:
    """The HAR in an archive: ``har.har``, Playwright's name, or the only one."""
    names = [name for name in archive.namelist() if name.lower().endswith(".har") and "__MACOSX" not in name]
    if "har.har" in names:
        return "har.har"
    if len(names) != 1:
        count = "no file" if not names else "more than one file"
        raise UnreadableHarError(f"this archive holds {count} that ends in .har: unpack it, and import one")
    return names[0]


def _is_zlib(first: bytes) -> bool:
    return len(first) > 1 and first[0] == 0x78 and int.from_bytes(first[:2], "big") % 31 == 0


def _read_beside(path: Path, most: int) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        data = read_regular(descriptor, most)
    finally:
        os.close(descriptor)
    return data if data is None or len(data) <= most else None


class _Inflated:
    """Reads the decompressed content of a zlib file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._inflating = zlib.decompressobj()

    def read(self, size: int = _CHUNK) -> bytes:
        """Read up to ``size`` bytes; empty at the end."""
        while True:
            waiting = self._inflating.unconsumed_tail or self._file.read(_CHUNK)
            data = self._inflating.decompress(waiting, max(1, size))
            if data or (not waiting and not self._inflating.unconsumed_tail):
                if not data and not self._inflating.eof:
                    raise EOFError
                return data
