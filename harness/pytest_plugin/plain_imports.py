"""Keeps pytest from rewriting the assertions of this distribution's packages.

pytest rewrites every package of a distribution that has a plugin. These packages hold no assertion that a user reads,
and pytest parses and compiles them without their ``.pyc`` files. PYTEST_DONT_REWRITE in a docstring saves the
rewriting, not the parsing; a finder in front of pytest's saves both. Importing this module installs the finder.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Final

_PACKAGES: Final = ("fake_server.", "harness.", "provider.")
"""With the dot: the packages themselves say PYTEST_DONT_REWRITE, which also keeps pytest from warning about them."""


class PlainImports(MetaPathFinder):
    """Finds the modules of these packages as Python does by default, and no others."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module; see `importlib.abc.MetaPathFinder`."""
        return PathFinder.find_spec(fullname, path, target) if fullname.startswith(_PACKAGES) else None


if not any(isinstance(each, PlainImports) for each in sys.meta_path):
    sys.meta_path.insert(0, PlainImports())
