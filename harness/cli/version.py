"""``wiretape --version``, without the option parser, whose import takes most of the command's time."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def version_line() -> str:
    """The line that ``--version`` prints."""
    try:
        found = version("wiretape")
    except PackageNotFoundError:
        found = "unknown (not installed)"
    return f"wiretape {found}"
