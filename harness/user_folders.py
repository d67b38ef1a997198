"""The folders of the user in which wiretape keeps files."""

from __future__ import annotations

import os
from pathlib import Path


def state_directory() -> Path:
    """The user's state directory: ``$XDG_STATE_HOME/wiretape``, by default ``~/.local/state/wiretape``."""
    home = os.environ.get("XDG_STATE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "state") / "wiretape"
