"""Other modules' references to the functions that start programs: ``from os import system``, and ``posix.system``.

Replacing ``os.system`` does not replace them. Only attributes of modules are found, not references in closures and
objects.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

from harness.netblock.patches import Patches

_PATCHED_ANYWAY: Final = frozenset({"os", "subprocess", "_posixsubprocess"})
_SOURCES: Final = {"_posixsubprocess": ("fork_exec",), "posix": ("system", "posix_spawn", "posix_spawnp")}


class KeptFunctions:
    """Replaces functions that start programs wherever a module keeps one as an attribute; searches each module once."""

    def __init__(self) -> None:
        self._originals: dict[int, object] = {}
        self._searched: set[str] = set()
        self._found: list[tuple[str, str]] = []

    def patch(self, patches: Patches, make: Callable[[Any], object]) -> None:
        """Replace each reference by the result of ``make``; call this before the functions themselves are replaced."""
        if len(sys.modules) != len(self._searched):
            self._search()
        for module, name in self._found:
            owner = sys.modules.get(module)
            if owner is not None and id(vars(owner).get(name)) in self._originals:
                patches.replace(owner, name, make)

    def _search(self) -> None:
        for source, names in _SOURCES.items():
            module = sys.modules.get(source)
            for name in names if module is not None and source not in self._searched else ():
                original = getattr(module, name, None)
                if original is not None:
                    self._originals[id(original)] = original
        known = self._originals
        for module_name, module in tuple(sys.modules.items()):
            if module_name in self._searched:
                continue
            self._searched.add(module_name)
            values = getattr(module, "__dict__", None)
            if isinstance(values, dict) and module_name not in _PATCHED_ANYWAY:
                self._found += [(module_name, name) for name, value in tuple(values.items()) if id(value) in known]
