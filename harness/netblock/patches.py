"""Temporary replacements: `Patches` replaces and restores attributes, `LateImports` reports modules imported later."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

_ABSENT: Final = object()


class Patches:
    """The replaced attributes. `restore` leaves an attribute alone that other code has replaced in the meantime."""

    def __init__(self) -> None:
        self._replaced: list[tuple[Any, str, object, object]] = []
        self._made: dict[tuple[int, str], tuple[object, object]] = {}

    def replace(self, owner: Any, name: str, make: Callable[[Any], object]) -> None:
        """Replace an attribute, if it exists.

        Args:
            owner: A module or a class. An inherited attribute is replaced in the class itself, not in its base.
            name: The attribute.
            make: Takes the original and returns the replacement; called once for each original.
        """
        old = getattr(owner, name, _ABSENT)
        if old is _ABSENT:
            return
        key = (id(owner), name)
        known = self._made.get(key)
        if known is None or known[0] is not old:
            known = self._made[key] = (old, make(old))
        new = known[1]
        own = owner.__dict__.get(name, _ABSENT)
        setattr(owner, name, new)
        self._replaced.append((owner, name, own, new))

    def restore(self) -> None:
        """Restore all attributes, the latest first."""
        while self._replaced:
            owner, name, old, new = self._replaced.pop()
            if owner.__dict__.get(name, _ABSENT) is not new:
                continue
            if old is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, old)


class LateImports(MetaPathFinder):
    """A finder that stands first in ``sys.meta_path`` while a block is active, and finds nothing by itself.

    Args:
        wanted: Names of modules.
        on_loaded: Called with the name and the module when one of them has been loaded.
    """

    def __init__(self, wanted: frozenset[str], on_loaded: Callable[[str, ModuleType], None]) -> None:
        self._wanted = wanted
        self._on_loaded = on_loaded

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that the other finders find, with a loader that calls back when it is done."""
        if fullname not in self._wanted:
            return None
        for finder in sys.meta_path:
            if isinstance(finder, LateImports):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _NotifyingLoader(spec, spec.loader, self._on_loaded)
                return spec
        return None


class _NotifyingLoader(Loader):
    def __init__(self, spec: ModuleSpec, loader: Any, on_loaded: Callable[[str, ModuleType], None]) -> None:
        self._spec = spec
        self._loader = loader
        self._on_loaded = on_loaded

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # The module must not keep a trace of this loader: resources and reloads use the real one.
        self._spec.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._on_loaded(self._spec.name, module)
