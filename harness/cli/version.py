"""``wiretape --version``, without the option parser, whose import takes most of the command's time."""

from __future__ import annotations

import os
import sys
from typing import Final

_SUFFIX: Final = ".dist-info"


def version_line() -> str:
    """The line that ``--version`` prints."""
    return f"wiretape {_folder_version() or _metadata_version()}"


def _folder_version() -> str | None:
    """The version in the name of the installed metadata's folder; `importlib.metadata` costs 25 ms to import."""
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208  # names alone: no path objects
        except OSError:  # such as an archive
            continue
        for name in names:
            if name.startswith("wiretape-") and name.endswith(_SUFFIX):
                return name.removeprefix("wiretape-").removesuffix(_SUFFIX)
    return None


def _metadata_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("wiretape")
    except PackageNotFoundError:
        return "unknown (not installed)"
