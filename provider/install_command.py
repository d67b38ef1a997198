"""How a package that is missing is installed: wiretape is on no index, so its extras come from where it came from."""

from __future__ import annotations

import json
import shlex
from importlib import metadata
from typing import Final
from urllib.parse import unquote, urlsplit

_ELSEWHERE: Final = "/path/to/wiretape"
"""Stands for the user's clone, where the installation does not say where it is."""


def install_command(extras: str) -> str:
    """The command that adds extras to this installation.

    Args:
        extras: Their names, with commas: ``cli,load``.
    """
    folder, is_editable = _source()
    editable = "-e " if is_editable else ""
    return f"pip install {editable}{shlex.quote(f'{folder}[{extras}]')}"


def _source() -> tuple[str, bool]:
    """The folder or wheel that was installed, and whether it is editable."""
    try:
        text = metadata.distribution("wiretape").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        text = None
    found = json.loads(text) if text else {}
    parts = urlsplit(found.get("url", ""))
    if parts.scheme != "file":
        return _ELSEWHERE, False
    return unquote(parts.path), bool(found.get("dir_info", {}).get("editable"))
