"""Cassettes that were read before, decoded, in the user's cache.

A cache file is named by the digest of the cassette file's content and of the reader. So it is never out of date, and
the cassette file stays the truth. It is msgpack of the model's types: reading it runs no code. Parsing YAML takes
twenty times as long.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import secrets
import stat
from pathlib import Path
from typing import Final

import msgspec

from harness.cassette.errors import CassetteDiskError, LimitError
from harness.cassette.files import TEMPORARY_PREFIX, read_file, side_folder
from harness.cassette.model import LIMITS, Cassette

VARIABLE: Final = "WIRETAPE_CASSETTE_CACHE"
"""Environment variable with the folder of the cache; an empty value switches the cache off."""
LARGEST: Final = 1 << 20
"""Bytes of a cassette file that is worth caching; larger ones are rare, and would fill the cache."""
CAPACITY: Final = 64 << 20
"""Bytes of all cache files together; a process that adds to a fuller cache deletes the oldest ones first."""
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_decode: Final = msgspec.msgpack.Decoder(Cassette).decode
_encode: Final = msgspec.msgpack.Encoder().encode


def load(path: Path) -> Cassette:
    """Load a cassette as `harness.cassette.store.load` does, through the cache if that can be used.

    A cassette with side files is not cached, because those are checked at each reading.

    Raises:
        CassetteError: As for `harness.cassette.store.load`.
    """
    folder = _folder()
    if folder is None or not _reader() or side_folder(path).exists():
        return _parse(path)
    try:
        content = read_file(path, LARGEST)
    except LimitError:
        return _parse(path)
    place = folder / hashlib.sha256(_reader() + content).hexdigest()
    with contextlib.suppress(CassetteDiskError, LimitError, msgspec.DecodeError):
        return _decode(read_file(place, LIMITS.file_bytes))
    cassette = _parse(path, content)
    with contextlib.suppress(OSError):
        _write(place, _encode(cassette))
    return cassette


def _parse(path: Path, content: bytes | None = None) -> Cassette:
    # The reader of YAML takes as long to import as a hundred cassettes take to load from the cache.
    from harness.cassette import store  # noqa: PLC0415

    return store.load(path) if content is None else store.parsed(path, content)


def _folder() -> Path | None:
    """The cache's folder, made if it is missing; None if it is switched off, or not the user's alone."""
    given = os.environ.get(VARIABLE)
    if given is None:
        base = Path(os.environ.get("XDG_CACHE_HOME", ""))
        folder = (base if base.is_absolute() else Path("~/.cache").expanduser()) / "wiretape" / "cassettes"
    elif given:
        folder = Path(given)
    else:
        return None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except (OSError, RuntimeError):
        return None
    is_own = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077
    return folder if is_own else None


@functools.cache
def _reader() -> bytes:
    """Sizes and times of this package's files: after an update or an edit, older cache files are not used.

    Empty if the package is not in files of its own.
    """
    here = Path(__file__).parent
    files = sorted((each.name, each.stat()) for each in here.glob("*.py"))
    return "".join(f"{name} {status.st_size} {status.st_mtime_ns}\n" for name, status in files).encode()


def _write(place: Path, data: bytes) -> None:
    """Write a cache file in one step, so that other processes find it whole or not at all."""
    _make_room(place.parent)
    unfinished = place.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}")
    descriptor = os.open(unfinished, _CREATE, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        unfinished.replace(place)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


@functools.cache
def _make_room(folder: Path) -> None:
    """Delete the oldest cache files until half of the capacity is free, if it is exceeded; once in a process."""
    found = sorted((each.stat().st_mtime_ns, each.stat().st_size, each) for each in folder.iterdir())
    total = sum(size for _, size, _ in found)
    if total <= CAPACITY:
        return
    for _, size, each in found:
        each.unlink(missing_ok=True)
        total -= size
        if total <= CAPACITY // 2:
            return
