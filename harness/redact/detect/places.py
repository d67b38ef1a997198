"""Places of secrets: those that a `ServiceProfile` names, names that any service may use, places that the user named.

Each kind of place has its own finder, in the modules of this package. All of them work on raw bytes and return
offsets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from harness.profile import ServiceProfile, plain_name
from harness.redact.detect.binary import binary_hits
from harness.redact.detect.calls import SIGNS as CALL_SIGNS
from harness.redact.detect.calls import call_hits
from harness.redact.detect.cookie_objects import COOKIE_OBJECT_SIGNS, cookie_object_hits
from harness.redact.detect.custom_places import CustomPlaces
from harness.redact.detect.generic_names import signs_of
from harness.redact.detect.headers import header_hits, json_cookie_hits
from harness.redact.detect.hits import Finder, Hit, Lookup
from harness.redact.detect.json_fields import json_hits, jwk_hits, listed_hits
from harness.redact.detect.markup import (
    NAMED_SIGNS,
    assigned_hits,
    element_hits,
    field_hits,
    named_hits,
    named_text_hits,
)
from harness.redact.detect.packets import (
    HOCUSPOCUS_SIGNS,
    MQTT_SIGNS,
    PLAIN_SIGNS,
    RESP_SIGNS,
    STOMP_SIGNS,
    hocuspocus_hits,
    mqtt_hits,
    plain_hits,
    resp_hits,
    stomp_hits,
)
from harness.redact.detect.pairs import (
    LINK_SIGNS,
    argument_hits,
    bearer_hits,
    line_hits,
    link_hits,
    pair_hits,
    part_hits,
    path_hits,
    sasl_hits,
    setting_hits,
    userinfo_hits,
)
from harness.redact.detect.personal import PERSONAL_NAMES
from harness.redact.detect.signs import Signs, has_any
from harness.redact.detect.tables import table_hits
from harness.redact.detect.written import (
    OPTION_SIGNS,
    TOLD_SIGNS,
    USER_SIGNS,
    inline_hits,
    option_hits,
    quoted_hits,
    spaced_hits,
    told_hits,
    user_hits,
)

_SECRET_KINDS: Final = frozenset({"token", "cookie"})


@dataclass(frozen=True, slots=True)
class PlaceFinder:
    """A finder, and the bytes without which it cannot find anything.

    Attributes:
        find: The finder.
        signs: Data in which it finds something contains one of them.
        by: Which names it relies on: those of fields or of query values; None if it needs no name. A finder that needs
            a name is called only if the data may hold one, and may have no further signs.
        generic: Whether it is called only if names that any service may use have rules.
        binary: Whether it is for binary data only (True), for text only (False), or for both (None).
    """

    find: Finder
    signs: tuple[bytes, ...]
    by: Literal["field", "pair"] | None = None
    generic: bool = False
    binary: bool | None = None


FINDERS: tuple[PlaceFinder, ...] = (
    PlaceFinder(json_hits, (b'"',), by="field"),
    PlaceFinder(pair_hits, (b"=",), by="pair"),
    PlaceFinder(part_hits, (b"form-data",), by="field"),
    PlaceFinder(userinfo_hits, (b"@",)),
    PlaceFinder(bearer_hits, (b"earer", b"EARER")),
    PlaceFinder(json_cookie_hits, (b"ookie",)),
    PlaceFinder(cookie_object_hits, COOKIE_OBJECT_SIGNS),
    PlaceFinder(listed_hits, (b'"',), by="field", generic=True),
    PlaceFinder(jwk_hits, (b'"kty"',)),
    PlaceFinder(element_hits, (b"<",), by="field", generic=True, binary=False),
    PlaceFinder(named_text_hits, (b"</",), by="field", generic=True, binary=False),
    PlaceFinder(named_hits, NAMED_SIGNS, generic=True, binary=False),
    PlaceFinder(field_hits, (b"<",), by="field", generic=True, binary=False),
    PlaceFinder(assigned_hits, (b'"', b"'", b"`"), by="pair", generic=True),
    PlaceFinder(setting_hits, (b"=",), by="pair", generic=True),
    PlaceFinder(line_hits, (b":",), by="field", generic=True),
    PlaceFinder(inline_hits, (b": ", b":\t"), by="field", generic=True),
    PlaceFinder(option_hits, OPTION_SIGNS, generic=True, binary=False),
    PlaceFinder(spaced_hits, (b" =", b"\t=", b"= "), by="field", generic=True, binary=False),
    PlaceFinder(quoted_hits, (b"'",), by="field", generic=True, binary=False),
    PlaceFinder(told_hits, TOLD_SIGNS, generic=True, binary=False),
    PlaceFinder(table_hits, (b",", b";", b"\t"), by="field", generic=True, binary=False),
    PlaceFinder(user_hits, USER_SIGNS, generic=True, binary=False),
    PlaceFinder(argument_hits, (b":",), by="field", generic=True, binary=False),
    PlaceFinder(call_hits, CALL_SIGNS, generic=True, binary=False),
    PlaceFinder(path_hits, (b"/",), by="pair", generic=True),
    PlaceFinder(link_hits, LINK_SIGNS, generic=True, binary=False),
    PlaceFinder(sasl_hits, (b"PLAIN", b"AUTH", b"xmpp-sasl")),
    PlaceFinder(resp_hits, RESP_SIGNS),
    PlaceFinder(stomp_hits, STOMP_SIGNS),
    PlaceFinder(mqtt_hits, MQTT_SIGNS, binary=True),
    PlaceFinder(hocuspocus_hits, HOCUSPOCUS_SIGNS, binary=True),
    PlaceFinder(plain_hits, PLAIN_SIGNS, binary=True),
    PlaceFinder(binary_hits, (), by="field", generic=True, binary=True),
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
        self.name_signs = signs_of({**fields, **pairs}, generic=profile.redact_generic)

    def in_data(self, data: bytes, signs: Signs | None = None, *, binary: bool = False) -> Iterator[Iterable[Hit]]:
        """The secrets in a target, body, message or any other text, for each kind of place.

        Args:
            data: One view of it.
            signs: The signs in it; None to call every finder.
            binary: Whether the data is binary.
        """
        for finder in FINDERS:
            if (finder.generic and not self._generic) or finder.binary not in {None, binary}:
                continue
            if signs is None or _may_find(finder, data, signs):
                yield finder.find(data, self.pairs if finder.by == "pair" else self.fields)
        if self.by_hand.json:
            yield self.by_hand.in_json(data)

    def in_target(self, target: bytes) -> Iterator[Hit]:
        """The secrets in a target at path places that the user named."""
        yield from self.by_hand.in_path(target)

    def in_header(self, name: str, value: bytes) -> Iterator[Hit]:
        """The secrets in a header's value, by its name."""
        return header_hits(name, value, self.headers, cookies=self._cookies)


def unnamed_signs() -> Iterator[bytes]:
    """The signs of the finders that need no name."""
    yield from (sign for finder in FINDERS if finder.by is None for sign in finder.signs)


def _may_find(finder: PlaceFinder, data: bytes, signs: Signs) -> bool:
    if finder.by is None:
        return not signs.fixed.isdisjoint(finder.signs)
    is_called = signs.named if finder.binary else signs.spelt
    return is_called and (not finder.signs or has_any(data, finder.signs))
