"""`Claim`: who records into a cassette says so from the start, so that a second recorder hears of it at once."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from harness.record.errors import LockedCassetteError
from harness.record.locks import Lock, LockTakenError
from harness.record.shared import lock_path


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
        try:
            self._lock = Lock(lock_path(path, state).with_suffix(".recording"), shared=shared)
        except LockTakenError as error:
            raise LockedCassetteError(path, _problem(error.owner, shared=shared)) from error

    def release(self) -> None:
        """Let others record; may be called again."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _problem(owner: int, *, shared: bool) -> str:
    who = f" (process {owner})" if owner else ""
    other = "wait for that, or record into another file"
    advice = other if shared else f"{other}, or let both of them merge"
    return f"another recording into it is under way{who}: {advice}"
