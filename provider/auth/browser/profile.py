"""The browser's profile: a folder that only its owner can read, and that one browser at a time uses."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from provider.auth.folders import data_folder
from provider.auth.locks import open_lock_file, try_lock
from provider.errors import LoginError

LOCK_NAME: Final = "wiretape.lock"
_SIGNED_IN_NAME: Final = "wiretape.signed-in"
_MOST_ORIGINS: Final = 100
TEMPORARY_PREFIX: Final = "wt-browser-"
_LOCK_PATIENCE: Final = 0.1
_LONGEST_TEMPORARY: Final = 48
"""Characters. Chromium adds 55 for a socket in its temporary folder, and a socket's path has at most 104."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldProfile:
    """A locked profile.

    Attributes:
        path: Its folder.
        temporary: A private folder for the browser's temporary files; removed when the profile is released.
        lock: The lock's file descriptor. A browser that inherits it keeps the profile locked until it ends, even if
            this process is killed.
    """

    path: Path
    temporary: Path
    lock: int


def default_profile() -> Path:
    """Return the folder of the browser's profile without ``--profile``: ``browser`` in wiretape's data folder."""
    return data_folder() / "browser"


def was_signed_in(path: Path, origin: str) -> bool:
    """Whether the last sign-in with a profile at an origin gave a token."""
    return origin in _signed_in(path)


def mark_signed_in(path: Path, origin: str) -> None:
    """Note in the profile's folder that it is signed in; the caller holds the profile. Failures are ignored."""
    _write_signed_in(path, [*(each for each in _signed_in(path) if each != origin), origin])


def forget_signed_in(path: Path, origin: str) -> None:
    """Note that the profile gave no token, and that a person has to sign in the next time."""
    _write_signed_in(path, [each for each in _signed_in(path) if each != origin])


def _write_signed_in(path: Path, origins: list[str]) -> None:
    with contextlib.suppress(OSError):
        (path / _SIGNED_IN_NAME).write_text("\n".join(origins[-_MOST_ORIGINS:]), encoding="utf-8")


def _signed_in(path: Path) -> list[str]:
    try:
        return (path / _SIGNED_IN_NAME).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


@contextlib.asynccontextmanager
async def hold_profile(path: Path, on_wait: Callable[[], None]) -> AsyncGenerator[HeldProfile, None]:
    """Lock the profile for as long as the block runs; the folder is made if it is missing.

    It waits for another process or task, without a deadline. The operating system unlocks for a killed process.

    Args:
        path: The profile's folder.
        on_wait: Called once if the lock is not free.

    Raises:
        LoginError: The folder cannot be made, or belongs to another user (``start-failed``).
    """
    with _open_lock(path) as lock:
        waited = False
        while not _try_to_lock(lock):
            if not waited:
                on_wait()
            waited = True
            await asyncio.sleep(_LOCK_PATIENCE)
        _remove_leftovers(lock)
        temporary = _make_temporary(lock)
        try:
            yield HeldProfile(path=_absolute(path), temporary=temporary, lock=lock)
        finally:
            remove_tree(temporary)
            if not temporary.exists():
                os.ftruncate(lock, 0)


def remove_tree(folder: Path) -> None:
    """Remove a folder. It tries again, because a process that was just killed may still write into it."""
    for _ in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return


def _absolute(path: Path) -> Path:
    return path.absolute()


@contextlib.contextmanager
def _open_lock(path: Path) -> Generator[int, None, None]:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o700)
        lock = _above_the_pipe(open_lock_file(path / LOCK_NAME))
    except OSError as error:
        raise LoginError(
            f"The browser's profile {path} cannot be used ({error.strerror})",
            hint="Set COPILOT_PROFILE to a folder of yours.",
            reason="start-failed",
        ) from error
    try:
        yield lock
    finally:
        os.close(lock)


def _above_the_pipe(descriptor: int) -> int:
    """Move a descriptor above 9, because the browser gets its pipe at 3 and 4 and inherits this one."""
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    finally:
        os.close(descriptor)


def _try_to_lock(lock: int) -> bool:
    try:
        return try_lock(lock)
    except OSError as error:
        raise LoginError(
            f"The browser's profile cannot be locked ({error.strerror})",
            hint="Set COPILOT_PROFILE to a folder on a local disk.",
            reason="start-failed",
        ) from error


def _make_temporary(lock: int) -> Path:
    """Make a private folder. The lock file names it first, so that the next process finds it if this one is killed."""
    base = tempfile.gettempdir()
    if len(os.fsencode(base)) > _LONGEST_TEMPORARY - len(TEMPORARY_PREFIX) and Path("/tmp").is_dir():  # noqa: S108
        base = "/tmp"  # noqa: S108  # a folder with a random name and mode 0700 is made in it
    temporary = Path(base) / f"{TEMPORARY_PREFIX}{secrets.token_hex(6)}"
    os.ftruncate(lock, 0)
    os.lseek(lock, 0, os.SEEK_SET)
    os.write(lock, os.fsencode(temporary))
    temporary.mkdir(mode=0o700)
    return temporary


def _remove_leftovers(lock: int) -> None:
    """Remove the temporary folder of an earlier process that was killed."""
    os.lseek(lock, 0, os.SEEK_SET)
    left = Path(os.fsdecode(os.read(lock, 4096)))
    if left.is_absolute() and left.name.startswith(TEMPORARY_PREFIX) and left.is_dir() and not left.is_symlink():
        remove_tree(left)
