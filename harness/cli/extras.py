"""The extras of the installed package, and the packages that each lacks."""

from __future__ import annotations

import re
from importlib import metadata
from typing import Final

_REQUIREMENT: Final = re.compile(r"(?P<package>[\w.-]+).*?;.*extra == ['\"](?P<extra>\w+)['\"]")
_FOR_DEVELOPERS: Final = frozenset({"dev", "docs", "fuzz"})


def lacking_packages() -> dict[str, list[str]]:
    """Extra for users -> its packages that are not installed; empty if wiretape is not installed as a package."""
    try:
        requirements = metadata.requires("wiretape") or []
    except metadata.PackageNotFoundError:
        return {}
    found: dict[str, list[str]] = {}
    for each in requirements:
        match = _REQUIREMENT.match(each)
        if match is None or match["extra"] in _FOR_DEVELOPERS:
            continue
        lacking = found.setdefault(match["extra"], [])
        if not _is_installed(match["package"]):
            lacking.append(match["package"])
    return found


def _is_installed(package: str) -> bool:
    try:
        metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return False
    return True
