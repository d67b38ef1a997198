"""Places: the fields, query values and headers whose values a profile calls secret or volatile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from harness.profile import Kind, ServiceProfile, plain_name


@dataclass(frozen=True, slots=True)
class Place:
    """The kind of the values in a field, query value or header that a profile names, and whether they are secret."""

    kind: Kind
    secret: bool


_COOKIE_HEADERS: Final = ("cookie", "set-cookie")
_plain = lru_cache(maxsize=4096)(plain_name)


def _table(secret: Mapping[str, Kind], volatile: Mapping[str, Kind]) -> dict[str, Place]:
    table = {plain_name(name): Place(kind, secret=False) for name, kind in volatile.items()}
    return table | {plain_name(name): Place(kind, secret=True) for name, kind in secret.items()}


class Places:
    """A profile's places, looked up by name in any spelling."""

    def __init__(self, profile: ServiceProfile) -> None:
        self.profile = profile
        self._fields = _table(profile.secret_fields, profile.volatile_fields)
        self._query = _table(profile.secret_query, profile.volatile_query)
        self._headers = {name.lower(): Place(kind, secret=True) for name, kind in profile.secret_headers.items()}
        if profile.secret_cookies:
            self._headers |= {name: Place("cookie", secret=True) for name in _COOKIE_HEADERS}

    @classmethod
    def of(cls, profile: ServiceProfile) -> Places:
        """The places of a profile. The last result is cached: test suites make thousands of players."""
        last = _last[-1] if _last else None
        if last is None or last.profile is not profile:
            last = cls(profile)
            _last[:] = [last]
        return last

    @property
    def has_fields(self) -> bool:
        """Whether the profile has any place in JSON or forms."""
        return bool(self._fields)

    def field(self, name: str) -> Place | None:
        """The place of a JSON or form field of this name; None for an ordinary field."""
        return self._fields.get(_plain(name)) if self._fields else None

    def query(self, name: str) -> Place | None:
        """The place of a query value."""
        return self._query.get(_plain(name)) if self._query else None

    def header(self, name: str) -> Place | None:
        """The place of a header (name in lower case)."""
        return self._headers.get(name)

    def secret_name(self, name: str) -> bool:
        """Whether a value of that name is secret in any place."""
        plain = _plain(name)
        found = (self._fields.get(plain), self._query.get(plain), self._headers.get(name.lower()))
        return any(place is not None and place.secret for place in found)


_last: Final[list[Places]] = []
AUTHORIZATION: Final = re.compile(r"\s*(\S*)\s*(.*)", re.DOTALL)
"""An authorization header: its scheme, and the secret after it."""
