"""A folder in which nothing can be made, replaced or removed, for root too."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_VERSION_3 = 0x20080522  # of capget(2): two words for each set
_IGNORES_MODES = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
_Sets = ctypes.c_uint32 * 6
"""Effective, permitted and inheritable capabilities, the lower words first."""


@contextmanager
def read_only(*folders: Path) -> Iterator[None]:
    """Take away the right to write to folders; root also loses what lets it ignore that, until the block ends."""
    modes = {folder: folder.stat().st_mode for folder in folders}
    for folder in folders:
        folder.chmod(0o555)
    sets = _effective()
    try:
        _set_effective(sets, sets[0] & ~_IGNORES_MODES)
        yield
    finally:
        _set_effective(sets, sets[0])
        for folder, mode in modes.items():
            folder.chmod(mode)


def _effective() -> ctypes.Array[ctypes.c_uint32]:
    sets = _Sets()
    _call("capget", sets)
    return sets


def _set_effective(sets: ctypes.Array[ctypes.c_uint32], effective: int) -> None:
    _call("capset", _Sets(effective, *sets[1:]))


def _call(name: str, sets: ctypes.Array[ctypes.c_uint32]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)((ctypes.c_uint32 * 2)(_VERSION_3, 0), sets):
        raise OSError(ctypes.get_errno(), name)
