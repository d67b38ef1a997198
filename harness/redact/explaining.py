"""What was replaced, and why: for people who ask for it. Never what it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.redact.learnt import Vault


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
