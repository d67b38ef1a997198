"""`MatchOn`: which parts of a request have to be equal, by name, and functions of the user that compare as well."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, TypeAlias

from harness.errors import HarnessError
from harness.match.request import RequestView

Matcher: TypeAlias = Callable[[RequestView, RequestView], object]
"""Takes the recorded and the actual request, both redacted. Returns False or raises AssertionError if they differ."""

_URI: Final = ("scheme", "host", "port", "path", "query")
DEFAULT_MATCH_ON: Final = ("method", "uri", "authorization", "body", "messages")
NAMES: Final = ("method", *_URI, "uri", "authorization", "headers", "body", "raw_body", "messages")


class UnknownMatcherError(HarnessError):
    """``match_on`` has an unknown name.

    Attributes:
        name: The name.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        meant = get_close_matches(self.name, NAMES, n=1)
        hint = f" Did you mean {meant[0]}?" if meant else ""
        return f"match_on: there is no {self.name!r}.{hint} Known: {', '.join(NAMES)}, or a function"


@dataclass(frozen=True, slots=True)
class MatchOn:
    """The parts of a request that have to be equal for a match, and the user's functions that compare.

    Attributes:
        names: Some of `NAMES`; ``uri`` is replaced by the names of its parts.
        functions: Called when all named parts are equal.
    """

    names: frozenset[str]
    functions: tuple[Matcher, ...] = ()

    @classmethod
    def of(cls, match_on: Iterable[str | Matcher]) -> MatchOn:
        """The selection of these names and functions.

        Raises:
            UnknownMatcherError: A name is not one of `NAMES`.
        """
        names: set[str] = set()
        functions: list[Matcher] = []
        for each in match_on:
            if callable(each):
                functions.append(each)
            elif each in NAMES:
                names.update(_URI if each == "uri" else (each,))
            else:
                raise UnknownMatcherError(each)
        return cls(frozenset(names), tuple(functions))

    @property
    def is_keyed(self) -> bool:
        """Whether only exchanges of the same method, origin and path can match."""
        return self.names >= {"method", "scheme", "host", "port", "path"}

    @property
    def is_default(self) -> bool:
        """Whether it equals `DEFAULT_MATCH_ON`."""
        return self == MATCH_BY_DEFAULT


MATCH_BY_DEFAULT: Final = MatchOn.of(DEFAULT_MATCH_ON)
