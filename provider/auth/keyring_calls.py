"""Calls the system's keyring, which may hang on a dialog that nobody sees.

A keyring that has hung once is not called again in this process: each call would cost its caller the whole wait, and a
thread that never ends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

PATIENCE: Final = 5.0
"""Seconds for one call."""
_silent: Final[list[Any]] = []
"""The backends that did not answer in time."""
_one_at_a_time: Final = threading.Lock()
"""Callers that come while a keyring hangs wait for the first one's result, and then need no thread."""
Result = TypeVar("Result")


class KeyringCallError(Exception):
    """A call failed, or had no answer in time. The text says which, without the backend's own text."""


def call_keyring(backend: Any, work: Callable[[], Result]) -> Result:
    """Call a keyring in a thread of its own, and return the result.

    Args:
        backend: The keyring's backend, to which ``work`` belongs.
        work: Makes the call.

    Raises:
        KeyringCallError: The call raised an error, or had no answer in time, now or earlier.
    """
    with _one_at_a_time:
        if any(each is backend for each in _silent):
            raise _no_answer()
        outcome = _call(work)
        if outcome is None:
            _silent.append(backend)
            raise _no_answer()
    done, failed = outcome
    if failed:
        raise KeyringCallError(type(failed[0]).__name__)
    return done[0]


def _call(work: Callable[[], Result]) -> tuple[list[Result], list[BaseException]] | None:
    done: list[Result] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001  # backends raise anything
            failed.append(error)

    thread = threading.Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return (done, failed) if done or failed else None


def _no_answer() -> KeyringCallError:
    return KeyringCallError(f"the keyring did not answer within {PATIENCE:g} s")
