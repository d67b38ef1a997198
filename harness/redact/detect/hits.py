"""`Hit`: a secret value at its place. `Lookup`: the rules for names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from harness.profile import plain_name
from harness.redact.detect.generic_names import NameRule, generic_rule
from harness.redact.detect.strength import is_strong

_MOST_KNOWN: Final = 4096


@dataclass(frozen=True, slots=True)
class Hit:
    """A secret value at ``data[start:end]``.

    Attributes:
        value: The value, decoded.
        kind: Kind of its placeholder.
        label: How it was detected: the profile's name of the place, or a rule's.
        reason: The same in words, for people.
    """

    start: int
    end: int
    value: bytes = field(repr=False)
    kind: str
    label: str
    reason: str = ""

    def moved(self, by: int) -> Hit:
        """The hit with its position in larger data, in which the searched data begins at ``by``."""
        return Hit(self.start + by, self.end + by, self.value, self.kind, self.label, self.reason)


Names: TypeAlias = Mapping[str, str]
"""Plain name -> kind."""
Finder: TypeAlias = Callable[[bytes, "Lookup"], Iterable[Hit]]


class Lookup:
    """The rules for names.

    Args:
        names: Names of the profile, under which every value is secret.
        what: What reasons call them: field, query value.
        generic: Whether there are also rules for names that any service may use.
    """

    def __init__(self, names: Names, what: str = "field", *, generic: bool = False) -> None:
        self.generic = generic
        self.names = names
        self._rules = {name: NameRule(name, kind, None, f"the profile's {what} {name}") for name, kind in names.items()}
        self._known: dict[bytes, NameRule | None] = {}

    def find(self, raw: bytes) -> NameRule | None:
        """The rule for a name as the data spells it; None if there is none."""
        try:
            return self._known[raw]
        except KeyError:
            pass
        name = raw.decode("utf-8", "replace")
        rule = self._rules.get(plain_name(name)) or (generic_rule(name) if self.generic else None)
        if len(self._known) < _MOST_KNOWN:
            self._known[raw] = rule
        return rule

    def in_text(self, raw: bytes, value: bytes) -> NameRule | None:
        """The rule for a name beside a value in a text, where any two words may be neighbours by chance.

        So under a profile's name a value is secret only if it is random, or if the name's generic rule takes it.
        """
        rule = self.find(raw)
        if rule is None or rule.is_secret is not None or is_strong(value):
            return rule
        return generic_rule(raw.decode("utf-8", "replace")) if self.generic else None


_SCHEME: Final = re.compile(
    rb"\s*(?:(Bearer|Basic|Digest|Negotiate|DPoP|Token|OAuth|ApiKey|Api-Key)\s+)?", re.IGNORECASE
)
_ANY_SCHEME: Final = re.compile(rb"\s*(?:([\w.-]+)\s+)?", re.ASCII)
_WITH_SCHEME: Final = frozenset({"authorization", "proxy-authorization", "proxyauthorization", "x-authorization"})
"""Headers that begin with a scheme, whatever its name (RFC 9110 §11.6.2)."""


def after_scheme(hit: Hit, data: bytes) -> Hit:
    """The hit without the authentication scheme, such as ``Bearer``, if its value begins with one."""
    look = _ANY_SCHEME if hit.label in _WITH_SCHEME else _SCHEME
    scheme = look.match(data, hit.start, hit.end)
    if hit.kind != "token" or scheme is None or scheme.end() == hit.start or scheme.end() >= hit.end:
        return hit
    kind = "basic" if (scheme.group(1) or b"").lower() == b"basic" else hit.kind
    taken = look.match(hit.value)
    value = hit.value[taken.end() :] if taken else hit.value
    return Hit(scheme.end(), hit.end, value, kind, hit.label, hit.reason)


def ruled(rule: NameRule, data: bytes, start: int, end: int, value: bytes | None = None) -> Iterator[Hit]:
    """Yield the hit for the value at ``data[start:end]``, if the rule counts it as secret."""
    raw = data[start:end] if value is None else value
    hit = after_scheme(Hit(start, end, raw, rule.kind, rule.label, rule.reason), data)
    if rule.holds(hit.value):
        yield hit


def string_value(raw: bytes) -> bytes:
    """The text of a JSON string with these bytes between its quotes; the bytes themselves if they are invalid."""
    if b"\\" not in raw:
        return raw
    try:
        return str(json.loads(b'"' + raw + b'"', strict=False)).encode("utf-8", "surrogatepass")
    except ValueError:
        return raw
