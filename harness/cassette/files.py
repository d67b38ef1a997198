"""Files on the disk, with care: regular files only, no symbolic links among side files, atomic writes."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from harness.cassette.errors import (
    CassetteDiskError,
    ChangedSideFileError,
    LimitError,
    MissingSideFileError,
    UnsafeSideFileError,
)
from harness.cassette.payloads import LARGEST_IN_MEMORY, Content, Payload, StoredFile, loaded
from harness.cassette.side_files import FileRef, is_allowed_name

TEMPORARY_PREFIX: Final = ".wiretape-"
ATTRIBUTES: Final = ".gitattributes"
_LOOKED_AT_BY_GIT: Final = 8000
_ATTRIBUTES: Final = b"* -text\n"
_FILE_MODE: Final = 0o644
_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # a FIFO must not block the open
_FOLDER: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


def side_folder(path: Path) -> Path:
    """The folder of a cassette's side files."""
    return path.with_name(f"{path.name}.files")


def read_regular(descriptor: int, max_bytes: int) -> bytes | None:
    """The content of an open file, at most ``max_bytes`` + 1 bytes; None if it is not a regular file."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return None
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        # Not more than the file's size: a buffer as large as the limit would cost more than reading.
        return file.read(min(max_bytes, status.st_size) + 1)


def read_file(path: Path, max_bytes: int) -> bytes:
    """The content of a regular file.

    Raises:
        LimitError: It has more than ``max_bytes``.
        CassetteDiskError: It cannot be read, or is not a regular file.
    """
    try:
        descriptor = os.open(path, _READ)
        try:
            # Before a byte is read: a file of a gigabyte is refused without its memory.
            if os.fstat(descriptor).st_size > max_bytes:
                raise LimitError(
                    f"the file is too large to be read: it has more than {max_bytes} bytes", file=str(path)
                )
            content = read_regular(descriptor, max_bytes)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise CassetteDiskError(f"cannot be read: {error.strerror}", file=str(path)) from error
    if content is None:
        kind = "a folder, not a file" if path.is_dir() else "not a regular file"
        raise CassetteDiskError(f"cannot be read: it is {kind}", file=str(path))
    if len(content) > max_bytes:
        raise LimitError(f"the file is too large to be read: it has more than {max_bytes} bytes", file=str(path))
    return content


def read_content(path: Path, max_bytes: int) -> Content:
    """Read a file, but leave one above `LARGEST_IN_MEMORY` on the disk.

    Raises:
        As `read_file`.
    """
    if path.stat().st_size <= LARGEST_IN_MEMORY:
        return read_file(path, max_bytes)
    return _payload_of(os.open(path, _READ), path.name, "")


def write_temporary(folder: int, pieces: Iterable[bytes]) -> str:
    """Write and sync a new file in an open folder; returns its name.

    Raises:
        OSError: The write failed; no file is left.
    """
    name = f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}.tmp"
    descriptor = os.open(name, _CREATE, _FILE_MODE, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)
        raise
    return name


def _with_other_line_ends(content: bytes) -> Iterator[bytes]:
    """The content as it is, and as it was before git may have converted its line ends."""
    yield content
    if b"\n" in content:
        bare = content.replace(b"\r\n", b"\n")
        yield bare
        yield bare.replace(b"\n", b"\r\n")


def may_be_text(content: bytes) -> bool:
    """Whether git may treat it as text, and convert its line ends; it checks for NUL near the beginning."""
    return b"\n" in content and b"\0" not in content[:_LOOKED_AT_BY_GIT]


def _changed(ref: FileRef, where: str) -> ChangedSideFileError:
    return ChangedSideFileError(
        f"the side file {ref.name} has changed: its SHA-256 differs from the cassette's; restore the file, or "
        "record again",
        where,
    )


def _payload_of(descriptor: int, name: str, where: str) -> Payload:
    """The whole of an open file, which stays open as long as the payload is in use."""
    file, status = StoredFile(descriptor), os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise UnsafeSideFileError(f"the side file {name} is not a regular file", where)
    digest = hashlib.sha256()
    for piece in Payload(file, 0, status.st_size, "").pieces():
        digest.update(piece)
    return Payload(file, 0, status.st_size, digest.hexdigest())


class Folder:
    """An open folder; ``with`` closes it. Files are opened relative to it, never by their path.

    Args:
        path: The folder.
        create: Whether to create it if it is missing.
        may_be_link: Whether it may be a symbolic link.

    Raises:
        UnsafeSideFileError: It is a symbolic link, or not a folder.
        OSError: It cannot be opened; ``FileNotFoundError`` if it is missing.
    """

    def __init__(self, path: Path, *, create: bool = False, may_be_link: bool = False) -> None:
        self._path = path
        self.was_made = False
        if create:
            with suppress(FileExistsError):
                path.mkdir()
                self.was_made = True
        flags = _FOLDER & ~os.O_NOFOLLOW if may_be_link else _FOLDER
        try:
            self.descriptor = os.open(path, flags)
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.ENOTDIR}:
                raise UnsafeSideFileError(
                    "this is not a folder, or is a symbolic link, which is not followed here: use a real folder",
                    file=str(path),
                ) from error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.descriptor)

    def read(self, ref: FileRef, where: str) -> Content:
        """The content of a side file, checked against the size and SHA-256 in the cassette. A large one stays there.

        Raises:
            MissingSideFileError: The file is missing.
            UnsafeSideFileError: It is not a regular file.
            ChangedSideFileError: Its size or SHA-256 differs.
            CassetteDiskError: It cannot be read.
        """
        if ref.size > LARGEST_IN_MEMORY:
            return self._large(ref, where)
        # A checkout may have turned each byte, if it is a line end, into two.
        content = self._content(ref.name, 2 * ref.size, where)
        if content is None:
            raise MissingSideFileError(f"the side file {ref.name} is missing in {self._path.name}", where)
        for candidate in _with_other_line_ends(content):
            if len(candidate) == ref.size and hashlib.sha256(candidate).hexdigest() == ref.sha256:
                return candidate
        hint = "if git changed its line ends, check it out again with `-text` (see .gitattributes beside it)"
        if len(content) != ref.size:
            problem = f"the side file {ref.name} does not have the expected {ref.size} bytes"
            raise ChangedSideFileError(f"{problem}; {hint}", where)
        raise _changed(ref, where)

    def _large(self, ref: FileRef, where: str) -> Payload:
        with self._opened(ref.name, where) as descriptor:
            if descriptor is None:
                raise MissingSideFileError(f"the side file {ref.name} is missing in {self._path.name}", where)
            payload = _payload_of(os.dup(descriptor), ref.name, where)
        if (payload.size, payload.sha256) != (ref.size, ref.sha256):
            raise _changed(ref, where)
        return payload

    def holds_other(self, name: str, content: Content) -> bool:
        """Whether that name is in use for other content, apart from line ends.

        Raises:
            UnsafeSideFileError: The name belongs to something that is not a regular file.
            CassetteDiskError: The file cannot be read.
        """
        if len(content) > LARGEST_IN_MEMORY:
            with self._opened(name, "") as descriptor:
                return descriptor is not None and _payload_of(os.dup(descriptor), name, "") != content
        found = self._content(name, 2 * len(content), "")
        return found is not None and loaded(content) not in _with_other_line_ends(found)

    def _content(self, name: str, size: int, where: str) -> bytes | None:
        with self._opened(name, where) as descriptor:
            if descriptor is None:
                return None
            content = read_regular(descriptor, size)
        if content is None:
            raise UnsafeSideFileError(f"the side file {name} is not a regular file", where)
        return content

    @contextmanager
    def _opened(self, name: str, where: str) -> Generator[int | None]:
        """The descriptor of a side file, open for the block; None if it is missing."""
        try:
            descriptor = os.open(name, _READ | os.O_NOFOLLOW, dir_fd=self.descriptor)
        except FileNotFoundError:
            yield None
            return
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise UnsafeSideFileError(f"the side file {name} is a symbolic link", where) from error
            raise CassetteDiskError(f"the side file {name} cannot be read: {error.strerror}", where) from error
        try:
            yield descriptor
        except OSError as error:
            raise CassetteDiskError(f"the side file {name} cannot be read: {error.strerror}", where) from error
        finally:
            os.close(descriptor)

    def write(self, name: str, *pieces: bytes) -> None:
        """Write a file, atomically replacing an existing one.

        Raises:
            OSError: The write failed; an existing file is unchanged.
        """
        self.write_pieces(name, pieces)

    def write_pieces(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a file that need not fit into memory; see `write`."""
        temporary = write_temporary(self.descriptor, pieces)
        try:
            os.replace(temporary, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
        except OSError:
            self.remove(temporary)
            raise

    def protect(self) -> None:
        """Write a ``.gitattributes`` that stops git from converting line ends here; an existing one stays.

        Raises:
            OSError: The write failed.
        """
        with suppress(FileExistsError):
            descriptor = os.open(ATTRIBUTES, _CREATE, _FILE_MODE, dir_fd=self.descriptor)
            with os.fdopen(descriptor, "wb") as file:
                file.write(_ATTRIBUTES)

    def unprotect(self) -> None:
        """Delete the file that `protect` wrote, if it is unchanged."""
        with suppress(OSError, UnsafeSideFileError, CassetteDiskError):
            if self._content(ATTRIBUTES, len(_ATTRIBUTES), "") == _ATTRIBUTES:
                os.unlink(ATTRIBUTES, dir_fd=self.descriptor)

    def sync(self) -> None:
        """Sync the folder's entries to the disk."""
        os.fsync(self.descriptor)

    def remove(self, name: str) -> None:
        """Delete a file; failures are ignored."""
        with suppress(OSError):
            os.unlink(name, dir_fd=self.descriptor)

    def side_files(self) -> list[str]:
        """The names of the regular files in the folder that may be side files."""
        with os.scandir(self.descriptor) as entries:
            return [one.name for one in entries if is_allowed_name(one.name) and one.is_file(follow_symlinks=False)]
