"""`Claim`: who records into a cassette says so from the start, so that a second recorder hears of it at once."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from harness.record.errors import LockedCassetteError
from harness.record.shared import lock_path

_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class Claim:
    """Held for as long as a recording takes; it ends with the process, however that ends.

    Args:
        path: The cassette. Links and other spellings of its path are the same one.
        state: Where locks are kept; None for the user's state directory.
        shared: Others that share may record at the same time, as what they record is added; nobody else.

    Raises:
        LockedCassetteError: Somebody else records into it.
        OSError: The state directory cannot be written.
    """

    def __init__(self, path: Path, state: Path | None = None, *, shared: bool = False) -> None:
        file = lock_path(path, state).with_suffix(".recording")
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._descriptor: int | None = os.open(file, _FLAGS, 0o600)
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            who = _said(self._descriptor)
            self.release()
            raise LockedCassetteError(path, _problem(who, shared=shared)) from error
        except BaseException:
            self.release()
            raise
        with contextlib.suppress(OSError):  # only for the other one's error message
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, b"%d" % os.getpid(), 0)

    def release(self) -> None:
        """Let others record; may be called again."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _said(descriptor: int) -> str:
    text = os.pread(descriptor, 20, 0)
    return f" (process {int(text)})" if text.isdigit() else ""


def _problem(who: str, *, shared: bool) -> str:
    other = "wait for that, or record into another file"
    advice = other if shared else f"{other}, or let both of them merge"
    return f"another recording into it is under way{who}: {advice}"
