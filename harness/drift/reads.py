"""`Reads`: which fields of a service's answers and events a client reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from msgspec.inspect import Type

_JSON_TYPES: Final[Mapping[type[Type], str]] = {
    msgspec.inspect.StrType: "string",
    msgspec.inspect.IntType: "number",
    msgspec.inspect.FloatType: "number",
    msgspec.inspect.BoolType: "boolean",
    msgspec.inspect.NoneType: "null",
    msgspec.inspect.ListType: "array",
    msgspec.inspect.VarTupleType: "array",
    msgspec.inspect.StructType: "object",
    msgspec.inspect.DictType: "object",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """How the client reads a field.

    Attributes:
        required: Whether decoding fails without it.
        types: The JSON types (``string``, ``null``, ..) that it accepts.
    """

    required: bool
    types: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """The fields that a client reads.

    Attributes:
        events: Event -> path of a field (``a.b[].c``) -> how it is read.
        answers: Path of an endpoint, or method and path, ids as ``{id}`` -> the same for the JSON of its answer.
        refusals: Statuses that the client has an error for: a new one of these breaks nothing.
        closed: Names of fields with a closed set of values: a new value is reported.
    """

    events: Mapping[str, Mapping[str, Field]] = field(default_factory=dict[str, Mapping[str, Field]])
    answers: Mapping[str, Mapping[str, Field]] = field(default_factory=dict[str, Mapping[str, Field]])
    refusals: frozenset[int] = frozenset()
    closed: frozenset[str] = frozenset()

    def of_answer(self, label: str) -> Mapping[str, Field]:
        """The fields that the client reads in an endpoint's answer (``GET /c/api/user``)."""
        return self.answers.get(label) or self.answers.get(label.partition(" ")[2]) or {}


def fields_of(kind: type[Any]) -> dict[str, Field]:
    """The fields of a struct, nested ones included: path -> field."""
    return dict(_fields(kind, ""))


def _fields(kind: type[Any], before: str) -> Iterator[tuple[str, Field]]:
    info = msgspec.inspect.type_info(kind)
    if not isinstance(info, msgspec.inspect.StructType):
        raise TypeError(f"{kind} is not a struct")
    for each in info.fields:
        yield from _field(f"{before}{each.encode_name}", each.type, required=each.required)


def _field(path: str, kind: Type, *, required: bool) -> Iterator[tuple[str, Field]]:
    kinds = kind.types if isinstance(kind, msgspec.inspect.UnionType) else (kind,)
    yield path, Field(required=required, types=frozenset(_JSON_TYPES[type(each)] for each in kinds))
    for each in kinds:
        if isinstance(each, msgspec.inspect.StructType):
            yield from _fields(each.cls, f"{path}.")
        elif isinstance(each, msgspec.inspect.ListType | msgspec.inspect.VarTupleType):
            yield from _field(f"{path}[]", each.item_type, required=False)
