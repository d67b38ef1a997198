"""What modules have kept of the functions that start programs: ``from os import system``, and ``posix.system`` itself.

Replacing ``os.system`` does not reach them. Only names of modules are found, not what closures and objects hold.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

from harness.netblock.patches import Patches

_PATCHED_ANYWAY: Final = frozenset({"os", "subprocess", "_posixsubprocess"})
_SOURCES: Final = {"_posixsubprocess": ("fork_exec",), "posix": ("system", "posix_spawn", "posix_spawnp")}


class KeptFunctions:
    """Finds and replaces them. Each module is looked through once."""

    def __init__(self) -> None:
        self._originals: dict[int, object] = {}
        self._looked: set[str] = set()
        self._found: list[tuple[str, str]] = []

    def patch(self, patches: Patches, make: Callable[[Any], object]) -> None:
        """Replace what is found, before anything else is replaced."""
        if len(sys.modules) != len(self._looked):
            self._look()
        for module, name in self._found:
            owner = sys.modules.get(module)
            if owner is not None and id(vars(owner).get(name)) in self._originals:
                patches.replace(owner, name, make)

    def _look(self) -> None:
        for source, names in _SOURCES.items():
            module = sys.modules.get(source)
            for name in names if module is not None and source not in self._looked else ():
                original = getattr(module, name, None)
                if original is not None:
                    self._originals[id(original)] = original
        known = self._originals
        for module_name, module in tuple(sys.modules.items()):
            if module_name in self._looked:
                continue
            self._looked.add(module_name)
            values = getattr(module, "__dict__", None)
            if isinstance(values, dict) and module_name not in _PATCHED_ANYWAY:
                self._found += [(module_name, name) for name, value in tuple(values.items()) if id(value) in known]
