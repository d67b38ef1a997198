"""Libraries that are imported while a block is in force are covered as soon as they are loaded."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class LateImports(MetaPathFinder):
    """Stands first among the finders while a block is in force; finds nothing by itself.

    Args:
        wanted: Names of modules.
        loaded: Called with each of them when it has been loaded.
    """

    def __init__(self, wanted: frozenset[str], loaded: Callable[[str, ModuleType], None]) -> None:
        self._wanted = wanted
        self._loaded = loaded

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The others' answer, with a loader that tells us when it is done."""
        if fullname not in self._wanted:
            return None
        for finder in sys.meta_path:
            if isinstance(finder, LateImports):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Telling(spec, spec.loader, self._loaded)
                return spec
        return None


class _Telling(Loader):
    def __init__(self, spec: ModuleSpec, loader: Any, loaded: Callable[[str, ModuleType], None]) -> None:
        self._spec = spec
        self._loader = loader
        self._loaded = loaded

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._spec.loader = module.__loader__ = self._loader  # as if we had never been there
        self._loader.exec_module(module)
        self._loaded(self._spec.name, module)
