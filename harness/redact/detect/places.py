"""Places of secrets: those that a `ServiceProfile` names, names that any service may use, places that the user named.

Each kind of place has its own finder, in the modules of this package. All of them work on raw bytes and return
offsets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from harness.profile import ServiceProfile, plain_name
from harness.redact.detect.binary import binary_hits
from harness.redact.detect.custom_places import CustomPlaces
from harness.redact.detect.generic_names import may_be_named
from harness.redact.detect.headers import header_hits, json_cookie_hits
from harness.redact.detect.hits import Finder, Hit, Lookup
from harness.redact.detect.json_fields import json_hits, jwk_hits, listed_hits
from harness.redact.detect.markup import assigned_hits, element_hits, field_hits
from harness.redact.detect.pairs import (
    bearer_hits,
    line_hits,
    pair_hits,
    part_hits,
    path_hits,
    sasl_hits,
    setting_hits,
    userinfo_hits,
)
from harness.redact.detect.personal import PERSONAL_NAMES
from harness.redact.detect.signs import has_any

_SECRET_KINDS: Final = frozenset({"token", "cookie"})


@dataclass(frozen=True, slots=True)
class PlaceFinder:
    """A finder, and the bytes without which it cannot find anything.

    Attributes:
        find: The finder.
        signs: The finder is called only if the data holds one of them; empty to call it always.
        pairs: Whether it uses the names of query values instead of those of fields.
        named: Whether it relies on names that any service may use.
        binary: Whether it is for binary data only (True), for text only (False), or for both (None).
    """

    find: Finder
    signs: tuple[bytes, ...]
    pairs: bool = False
    named: bool = True
    binary: bool | None = None


FINDERS: tuple[PlaceFinder, ...] = (
    PlaceFinder(json_hits, (b'"',), named=False),
    PlaceFinder(pair_hits, (b"=",), pairs=True, named=False),
    PlaceFinder(part_hits, (b"form-data",), named=False),
    PlaceFinder(userinfo_hits, (b"://",), named=False),
    PlaceFinder(bearer_hits, (b"earer", b"EARER"), named=False),
    PlaceFinder(json_cookie_hits, (b"ookie",), named=False),
    PlaceFinder(listed_hits, (b'"',)),
    PlaceFinder(jwk_hits, (b'"kty"',), named=False),
    PlaceFinder(element_hits, (b"</",), binary=False),
    PlaceFinder(field_hits, (b"<",), binary=False),
    PlaceFinder(assigned_hits, (b'="', b"='", b': "', b":'", b": '", b':"', b'= "', b"= '", b"`"), pairs=True),
    PlaceFinder(setting_hits, (b"=",), pairs=True),
    PlaceFinder(line_hits, (b"\n",)),
    PlaceFinder(path_hits, (b"/",), pairs=True),
    PlaceFinder(sasl_hits, (b"PLAIN", b"AUTH"), named=False),
    PlaceFinder(binary_hits, (), binary=True),
)
"""All kinds of places. To add one, add a row."""


class SecretPlaces:
    """The places of one profile, and those of any service."""

    def __init__(self, profile: ServiceProfile) -> None:
        personal = PERSONAL_NAMES if profile.redact_personal else {}
        by_hand = CustomPlaces(profile.redact)
        fields = {plain_name(name): str(kind) for name, kind in (personal | dict(profile.secret_fields)).items()}
        # Personal names apply to fields only: in queries the same names often hold other ids.
        pairs = {name: kind for name, kind in fields.items() if kind in _SECRET_KINDS or name in personal}
        pairs |= {plain_name(name): str(kind) for name, kind in profile.secret_query.items()} | by_hand.query
        headers = {plain_name(name): str(kind) for name, kind in profile.secret_headers.items()} | by_hand.headers
        self.fields = Lookup(fields | by_hand.fields, "field", generic=profile.redact_generic)
        self.pairs = Lookup(pairs, "query value", generic=profile.redact_generic)
        self.headers = Lookup(headers, "header", generic=profile.redact_generic)
        self.by_hand = by_hand
        self._cookies = profile.secret_cookies
        self._generic = profile.redact_generic

    def in_data(self, data: bytes, *, binary: bool = False) -> Iterator[Iterable[Hit]]:
        """The secrets in a target, body, message or any other text, for each kind of place."""
        named = self._generic and may_be_named(data)
        for finder in FINDERS:
            if finder.named and not named:
                continue
            if finder.binary not in {None, binary} or (finder.signs and not has_any(data, finder.signs)):
                continue
            yield finder.find(data, self.pairs if finder.pairs else self.fields)
        if self.by_hand.json:
            yield self.by_hand.in_json(data)

    def in_target(self, target: bytes) -> Iterator[Hit]:
        """The secrets in a target at path places that the user named."""
        yield from self.by_hand.in_path(target)

    def in_header(self, name: str, value: bytes) -> Iterator[Hit]:
        """The secrets in a header's value, by its name."""
        return header_hits(name, value, self.headers, cookies=self._cookies)
