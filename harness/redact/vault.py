"""`Vault`: the secrets of a session with their placeholders, and the needles by which each secret is searched for.

A needle covers an encoding that no `views.Coding` can take off, since it depends on what stands around the value.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, TypeAlias

from harness.redact.detect.strength import is_searchable
from harness.redact.placeholders import PlaceholderMaker

Swap: TypeAlias = Callable[[bytes, int, bytes], tuple[int, int, bytes]]
"""``(data, position, placeholder)`` -> start and end of the span to replace, and its replacement."""

_FIRST: Final = (0, 2, 3)
"""For a value that begins at byte 0, 1 or 2 of a base64 group: the first character that depends on the value alone."""

_ALPHABET: Final = re.compile(rb"[A-Za-z0-9+/_-]*={0,2}")


@dataclass(frozen=True, slots=True)
class Needle:
    """The encoded form of one value that is searched for.

    Attributes:
        form: The encoding's name, for findings.
        sought: The bytes to search for.
        swap: Returns the bytes that replace an occurrence.
        size: Length of the value in bytes.
    """

    form: str
    sought: bytes = field(repr=False)
    swap: Swap
    size: int = 0


def _swap_plain(size: int, data: bytes, at: int, placeholder: bytes) -> tuple[int, int, bytes]:
    start = at
    while start and data[start - 1] == 0x5C:
        start -= 1
    # An odd backslash makes the first byte part of an escape, or does not belong to the value. It is replaced in either
    # case, so that JSON stays valid.
    return at - (at - start) % 2, at + size, placeholder


def _plain(value: bytes) -> Iterator[Needle]:
    yield Needle("plain", value, partial(_swap_plain, len(value)))


def _plus(value: bytes) -> Iterator[Needle]:
    if b" " in value:
        yield Needle("form", value.replace(b" ", b"+"), partial(_swap_plain, len(value)))


def _swap_base64(
    value: bytes,
    offset: int,
    sought: bytes,
    data: bytes,
    at: int,
    placeholder: bytes,
) -> tuple[int, int, bytes]:
    begin, upto = at - _FIRST[offset], at + len(sought)
    if begin >= 0:
        rest = _ALPHABET.match(data, upto, upto + -(upto - begin) % 4)
        end = rest.end() if rest else upto
        old = _decode(data[begin:end])
        if old is not None and old[offset : offset + len(value)] == value:
            # Of the same length modulo three, so that the following bytes keep their alignment.
            fitting = placeholder + b"-" * ((len(value) - len(placeholder)) % 3)
            new = old[:offset] + fitting + old[offset + len(value) :]
            return begin, end, _encode(new, like=data[begin:end])
    return at, upto, base64.b64encode(placeholder).rstrip(b"=")


def _decode(text: bytes) -> bytes | None:
    padded = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(padded + b"=" * (-len(padded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _encode(plain: bytes, *, like: bytes) -> bytes:
    coded = base64.b64encode(plain, b"-_" if b"-" in like or b"_" in like else None)
    return coded if like.endswith(b"=") or not len(like) % 4 else coded.rstrip(b"=")


def _base64(value: bytes) -> Iterator[Needle]:
    for offset in range(3):
        end = 8 * (offset + len(value)) // 6
        coded = base64.b64encode(bytes(offset) + value)[_FIRST[offset] : end]
        for sought in dict.fromkeys((coded, coded.translate(bytes.maketrans(b"+/", b"-_")))):
            yield Needle("base64", sought, partial(_swap_base64, value, offset, sought))


def _swap_hex(size: int, data: bytes, at: int, placeholder: bytes) -> tuple[int, int, bytes]:
    upper = data[at : at + size].upper() == data[at : at + size]
    coded = placeholder.hex().encode()
    return at, at + size, coded.upper() if upper else coded


def _hex(value: bytes) -> Iterator[Needle]:
    coded = value.hex().encode()
    for sought in dict.fromkeys((coded, coded.upper())):
        yield Needle("hex", sought, partial(_swap_hex, len(sought)))


FORMS: Final = (_plain, _plus, _base64, _hex)
"""All forms. To add one, write a function that yields needles."""


def needles(value: bytes) -> tuple[Needle, ...]:
    """The needles of a value, to search for in each view of the data."""
    return tuple(replace(needle, size=len(value)) for form in FORMS for needle in form(value))


# ---------------------------------------------------------------- the vault
MAX_SEARCHED: Final = 2000
"""Most values that are searched for, as each costs time in all later data. The scan refuses a cassette with more."""


USER_OF_SERVER: Final = re.compile(
    rb"@(?P<name>[\w.=/+-]{1,200}):(?P<server>[A-Za-z0-9][A-Za-z0-9.-]{0,200}(?::\d{1,5})?)", re.ASCII
)
"""The id of a user, as Matrix writes it: only the name is secret."""
_OF_USERS: Final = frozenset({"id", "text"})


@dataclass(frozen=True, slots=True)
class Secret:
    """One spelling of a secret value.

    Attributes:
        placeholder: The same for all spellings of a value.
        label: How it was detected.
        generation: The vault's generation from which on it is searched for; 0 if it is replaced in its own places only.
        needles: What to search for; empty if it is not searched for.
        reason: Why it is secret, in words.
    """

    placeholder: bytes
    label: str
    generation: int
    needles: tuple[Needle, ...] = field(repr=False)
    reason: str = ""


class Vault:
    """All secrets of a session, in memory only.

    Attributes:
        generation: Counter that grows with each learned value that is searched for: data redacted before may hold it.
        labels: How secrets were detected.
        uses: How often each placeholder was used.
        overflowed: Whether there were more searchable values than `MAX_SEARCHED`.
    """

    def __init__(self, first_number: int = 1) -> None:
        self.generation = 0
        self.labels: set[str] = set()
        self.overflowed = False
        self.placeholder_maker = PlaceholderMaker(first_number)
        self.uses = Counter[bytes]()
        self._secrets: dict[bytes, Secret] = {}
        self._searched: list[Secret] = []

    def get(self, value: bytes) -> Secret | None:
        """The secret with that value, if there is one."""
        return self._secrets.get(value)

    def known(self) -> Iterator[Secret]:
        """All secrets in the order in which they were learned, each spelling on its own."""
        yield from self._secrets.values()

    def learn(self, value: bytes, kind: str, label: str, reason: str = "") -> Secret:
        """Add a secret value, and search for it if possible."""
        known = self._secrets.get(value)
        if known is not None:
            return known
        user = USER_OF_SERVER.fullmatch(value) if kind in _OF_USERS else None
        if user is None:
            return self._add(value, kind, label, self.placeholder_maker.make(value, kind), reason)
        # Clients check the form of such an id, and make it of the user's name, which may have a placeholder already.
        name = self.learn(user["name"], kind, label, reason)
        return self._add(value, kind, label, b"@%b:%b" % (name.placeholder, user["server"]), reason)

    def learn_spelling(self, value: bytes, kind: str, of: Secret) -> None:
        """Add another spelling of a secret, with the same placeholder, if it can be searched for."""
        if value not in self._secrets and is_searchable(value, kind):
            self._add(value, kind, of.label, of.placeholder, of.reason)

    def learn_alias(self, value: bytes, placeholder: bytes) -> None:
        """Add a value that is replaced by an existing placeholder.

        Raises:
            LookupError: No secret has that placeholder.
        """
        found = next((secret for secret in self._secrets.values() if secret.placeholder == placeholder), None)
        if found is None:
            raise LookupError("the value cannot get this placeholder: no secret of the session has the placeholder")
        self.learn_spelling(value, "token", found)

    def searched(self, since: int = 0, until: int | None = None) -> Iterator[Secret]:
        """The secrets to search for that were learned after generation ``since`` and up to ``until``."""
        # Each of them raised the generation by one, so its index is the generation before it.
        yield from self._searched[since:until]

    def _add(self, value: bytes, kind: str, label: str, placeholder: bytes, reason: str) -> Secret:
        searchable = is_searchable(value, kind)
        if searchable and len(self._searched) >= MAX_SEARCHED:
            searchable, self.overflowed = False, True
        self.generation += searchable
        secret = Secret(
            placeholder, label, self.generation if searchable else 0, needles(value) if searchable else (), reason
        )
        self._secrets[value] = secret
        self.labels.add(label)
        if searchable:
            self._searched.append(secret)
        return secret


# ---------------------------------------------------------------- explanations
@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one placeholder was used.

    Attributes:
        placeholder: As the cassette shows it.
        label: How the secret was detected, as the cassette's ``redacted`` lists it.
        reason: The same in words.
        uses: How often the placeholder was used.
        everywhere: Whether the value was replaced wherever it occurred, or in its own place only.
    """

    placeholder: str
    label: str
    reason: str
    uses: int
    everywhere: bool

    def __str__(self) -> str:
        places = f"{self.uses} place{'' if self.uses == 1 else 's'}"
        where = "wherever it occurs" if self.everywhere else "in its own place only"
        return f"{self.placeholder}: {self.reason or self.label} ({places}, {where})"


_LONGEST = 60


def explain(vault: Vault) -> tuple[Explanation, ...]:
    """All placeholders of a session, in the order in which their secrets were learned."""
    found: dict[bytes, Explanation] = {}
    for secret in vault.known():
        uses = vault.uses[secret.placeholder]
        if uses and secret.placeholder not in found:
            shown = secret.placeholder[-_LONGEST:].decode("ascii")
            found[secret.placeholder] = Explanation(shown, secret.label, secret.reason, uses, bool(secret.needles))
    return tuple(found.values())
