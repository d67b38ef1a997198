"""The folders of the user in which this package keeps its files."""

from __future__ import annotations

import os
from pathlib import Path


def data_folder() -> Path:
    """``wiretape`` in the user's data folder (``XDG_DATA_HOME``, else ``~/.local/share``)."""
    return _absolute("XDG_DATA_HOME", Path(".local") / "share") / "wiretape"


def config_folder() -> Path:
    """``wiretape`` in the user's configuration folder (``XDG_CONFIG_HOME``, else ``~/.config``)."""
    return _absolute("XDG_CONFIG_HOME", Path(".config")) / "wiretape"


def _absolute(variable: str, default: Path) -> Path:
    """The folder that the variable names, else the default one beneath the user's home."""
    base = Path(os.environ.get(variable, ""))
    # The XDG base directory specification says to ignore relative paths.
    return base if base.is_absolute() else Path.home() / default
