"""What a session has shown to be secret, and what stands in for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from harness.redact.forms import Needle, needles
from harness.redact.standin import Standins
from harness.redact.strength import may_be_hunted

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
