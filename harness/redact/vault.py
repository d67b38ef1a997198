"""Forms of a value that no `views.Coding` takes off, as the bytes to be sought."""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, TypeAlias

from harness.redact.detect.strength import may_be_hunted
from harness.redact.placeholders import Standins

Swap: TypeAlias = Callable[[bytes, int, bytes], tuple[int, int, bytes]]
"""``(data, position, standin)`` -> which span of the data is to be replaced, and by what."""

_FIRST: Final = (0, 2, 3)
"""Which base64 character of a group is the first that depends on nothing before a value that begins at byte 0, 1, 2."""

_ALPHABET: Final = re.compile(rb"[A-Za-z0-9+/_-]*={0,2}")


@dataclass(frozen=True, slots=True)
class Needle:
    """One form of one value.

    Attributes:
        form: Its name, for findings.
        sought: The bytes to be sought.
        swap: How an occurrence is replaced.
        size: How many bytes the value has.
    """

    form: str
    sought: bytes = field(repr=False)
    swap: Swap
    size: int = 0


def _swap_plain(size: int, data: bytes, at: int, standin: bytes) -> tuple[int, int, bytes]:
    start = at
    while start and data[start - 1] == 0x5C:
        start -= 1
    # An odd backslash makes the first byte part of an escape, or does not belong to the value: it goes either way,
    # so that JSON stays JSON.
    return at - (at - start) % 2, at + size, standin


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
    standin: bytes,
) -> tuple[int, int, bytes]:
    begin, upto = at - _FIRST[offset], at + len(sought)
    if begin >= 0:
        rest = _ALPHABET.match(data, upto, upto + -(upto - begin) % 4)
        end = rest.end() if rest else upto
        old = _decode(data[begin:end])
        if old is not None and old[offset : offset + len(value)] == value:
            # Of the same length modulo three, so that what follows keeps its alignment.
            fitting = standin + b"-" * ((len(value) - len(standin)) % 3)
            new = old[:offset] + fitting + old[offset + len(value) :]
            return begin, end, _encode(new, like=data[begin:end])
    return at, upto, base64.b64encode(standin).rstrip(b"=")


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


def _swap_hex(size: int, data: bytes, at: int, standin: bytes) -> tuple[int, int, bytes]:
    upper = data[at : at + size].upper() == data[at : at + size]
    coded = standin.hex().encode()
    return at, at + size, coded.upper() if upper else coded


def _hex(value: bytes) -> Iterator[Needle]:
    coded = value.hex().encode()
    for sought in dict.fromkeys((coded, coded.upper())):
        yield Needle("hex", sought, partial(_swap_hex, len(sought)))


FORMS: Final = (_plain, _plus, _base64, _hex)
"""Every form. A further one is one more function that yields needles."""


def needles(value: bytes) -> tuple[Needle, ...]:
    """All that is to be sought for a value, in each view of the data."""
    return tuple(replace(needle, size=len(value)) for form in FORMS for needle in form(value))


# ---------------------------------------------------------------- the vault
MAX_HUNTED: Final = 2000
"""More values are not hunted: each costs time in all that comes after. The scan refuses what then comes out."""


@dataclass(frozen=True, slots=True)
class Secret:
    """One spelling of a learnt value.

    Attributes:
        standin: The same for all spellings of a value.
        label: By what it was found.
        generation: That of the vault from which on it is hunted; 0 if it is replaced in its own fields only.
        needles: What to look for; empty if it is not hunted.
        reason: Why it is secret, in words.
    """

    standin: bytes
    label: str
    generation: int
    needles: tuple[Needle, ...] = field(repr=False)
    reason: str = ""


class Vault:
    """All secrets of a session, in memory only.

    Attributes:
        generation: Grows whenever there is one more value to be hunted: what was redacted before may hold it.
        labels: By what secrets were found.
        uses: How often each placeholder was put somewhere.
        overflowed: Whether there were more values to be hunted than `MAX_HUNTED`.
    """

    def __init__(self, first_number: int = 1) -> None:
        self.generation = 0
        self.labels: set[str] = set()
        self.overflowed = False
        self.standins = Standins(first_number)
        self.uses = Counter[bytes]()
        self._secrets: dict[bytes, Secret] = {}
        self._hunted: list[Secret] = []

    def get(self, value: bytes) -> Secret | None:
        """What is known of a value."""
        return self._secrets.get(value)

    def known(self) -> Iterator[Secret]:
        """All secrets, in the order in which they were learnt; spellings of one are several."""
        yield from self._secrets.values()

    def learn(self, value: bytes, kind: str, label: str, reason: str = "") -> Secret:
        """A value is secret: known from now on, and hunted if it may be."""
        known = self._secrets.get(value)
        return self._add(value, kind, label, self.standins.make(value, kind), reason) if known is None else known

    def learn_spelling(self, value: bytes, kind: str, of: Secret) -> None:
        """Another spelling of a known value: hunted if it may be, with the same stand-in."""
        if value not in self._secrets and may_be_hunted(value, kind):
            self._add(value, kind, of.label, of.standin, of.reason)

    def learn_alias(self, value: bytes, standin: bytes) -> None:
        """Another value that the known one's stand-in stands for, too."""
        found = next((secret for secret in self._secrets.values() if secret.standin == standin), None)
        if found is None:
            raise LookupError("that stand-in was not given for anything")
        self.learn_spelling(value, "token", found)

    def hunted(self, since: int = 0, until: int | None = None) -> Iterator[Secret]:
        """The secrets to be hunted that were learnt after one generation, and up to another."""
        # Each adds one to the generation, so its place in the list says when it came.
        yield from self._hunted[since:until]

    def _add(self, value: bytes, kind: str, label: str, standin: bytes, reason: str) -> Secret:
        hunt = may_be_hunted(value, kind)
        if hunt and len(self._hunted) >= MAX_HUNTED:
            hunt, self.overflowed = False, True
        self.generation += hunt
        secret = Secret(standin, label, self.generation if hunt else 0, needles(value) if hunt else (), reason)
        self._secrets[value] = secret
        self.labels.add(label)
        if hunt:
            self._hunted.append(secret)
        return secret


# ---------------------------------------------------------------- explanations
@dataclass(frozen=True, slots=True)
class Explanation:
    """One placeholder.

    Attributes:
        placeholder: What stands in the cassette.
        label: What the secret was found by, as the cassette's ``redacted`` lists it.
        reason: The same in words.
        uses: How often the placeholder was put somewhere.
        hunted: Whether the value is replaced wherever it occurs, or in its own place only.
    """

    placeholder: str
    label: str
    reason: str
    uses: int
    hunted: bool

    def __str__(self) -> str:
        places = f"{self.uses} place{'' if self.uses == 1 else 's'}"
        where = "wherever it occurs" if self.hunted else "in its own place only"
        return f"{self.placeholder}: {self.reason or self.label} ({places}, {where})"


_LONGEST = 60


def explain(vault: Vault) -> tuple[Explanation, ...]:
    """All placeholders of a session, in the order in which their secrets were learnt."""
    found: dict[bytes, Explanation] = {}
    for secret in vault.known():
        uses = vault.uses[secret.standin]
        if uses and secret.standin not in found:
            shown = secret.standin[-_LONGEST:].decode("ascii")
            found[secret.standin] = Explanation(shown, secret.label, secret.reason, uses, bool(secret.needles))
    return tuple(found.values())
