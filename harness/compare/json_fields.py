"""The fields of corresponding JSON values, and the types of these fields."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

_MOST_DEPTH: Final = 40
ROOT: Final = "(value)"
"""The displayed path of a whole value."""
# In this order, since a bool is also an int in Python.
_TYPES: Final[tuple[tuple[type[Any] | tuple[type[Any], ...], str], ...]] = (
    (bool, "boolean"),
    ((int, float), "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)

Types: TypeAlias = dict[str, frozenset[str]]


class JsonFields:
    """The fields and types of several values.

    Attributes:
        types: Path of a field (``a.b[].c``) -> the JSON types of its values.
        always: Fields that every object has that can hold them. The others are optional.
    """

    def __init__(self, values: Iterable[object]) -> None:
        self.types: Types = {}
        objects: dict[str, int] = {}
        counts: dict[str, int] = {}
        for value in values:
            self._walk("", value, objects, counts, 0)
        self.always = frozenset(path for path, count in counts.items() if count == objects.get(_parent(path)))

    def _walk(self, path: str, value: object, objects: dict[str, int], counts: dict[str, int], depth: int) -> None:
        self.types[path or ROOT] = self.types.get(path or ROOT, frozenset()) | {_type(value)}
        if depth >= _MOST_DEPTH:
            return
        if isinstance(value, dict):
            objects[path] = objects.get(path, 0) + 1
            for name, inner in cast("Mapping[str, object]", value).items():
                below = f"{path}/{name.replace('/', '~1')}"
                counts[below] = counts.get(below, 0) + 1
                self._walk(below, inner, objects, counts, depth + 1)
        elif isinstance(value, list):
            for inner in cast("Sequence[object]", value):
                self._walk(f"{path}[]", inner, objects, counts, depth + 1)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _type(value: object) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")


def shown(path: str) -> str:
    """A path in readable form."""
    return path.lstrip("/").replace("/", ".") or ROOT


def differing(recorded: JsonFields, fresh: JsonFields) -> Iterable[tuple[str, str, str, str]]:
    """Kind (``new``, ``changed``), path, and both sides' types of each field that differs.

    An optional field may be missing, and null matches any type.
    """
    for path, types in sorted(recorded.types.items()):
        if path not in fresh.types:
            parent = _parent(path)
            # If an object is missing, only the object is reported, not its fields.
            if path in recorded.always and (not parent or parent in fresh.types):
                yield "changed", shown(path), _listed(types), "missing"
        elif not fresh.types[path] - {"null"} <= types and types != frozenset({"null"}):
            yield "changed", shown(path), _listed(types), _listed(fresh.types[path])
    for path in sorted(fresh.types.keys() - recorded.types.keys()):
        if _parent(path) in recorded.types or not _parent(path):
            yield "new", shown(path), "absent", _listed(fresh.types[path])


def _listed(types: frozenset[str]) -> str:
    return " or ".join(sorted(types))


def parsed(payload: bytes) -> Any:
    """A payload parsed as JSON; None if it is not JSON."""
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None
