"""`Keeping`: how a session that is recorded live is kept, and what becomes of a cassette that is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from harness.record.head_rules import NO_RULES, HeadRules
from harness.record.recording import RecordingSettings
from harness.record.save import Into
from harness.redact.vault import Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How a session is kept. Nobody else may record into the same cassette meanwhile, unless both merge.

    Attributes:
        merge: It is added to a cassette that is there, rather than taking its place.
        pin_date: It keeps the date of the cassette whose place it takes, and leaves that one as it is if they differ
            in times only: recorded again, the same has no diff.
        secrets: Values that are secret wherever they occur, beside what shows itself to be.
        redact: Further places of secrets, as ``wiretape record --redact`` takes them: ``query.t``.
        redact_personal: Whether what tells who somebody is counts as secret in any place.
        rules: What the cassette's head is to say of how it is compared.
        explain: Is called with what was replaced and why, once the cassette is written.
        durable: What completes a message or a line is passed on when that is on the disk; see docs/recovery.md.
        on_trouble: Called at once with what the user should hear of; see `RecordingSettings`.
    """

    merge: bool = False
    pin_date: bool = False
    durable: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)
    redact: tuple[str, ...] = ()
    redact_personal: bool = False
    rules: HeadRules = NO_RULES
    explain: Callable[[tuple[Explanation, ...]], None] | None = None
    on_trouble: Callable[[str], None] | None = field(default=None, repr=False)

    @property
    def settings(self) -> RecordingSettings:
        """For the recording."""
        claim = "shared" if self.merge else "alone"
        return RecordingSettings(
            durable=self.durable,
            claim=claim,
            secrets=self.secrets,
            redact=self.redact,
            redact_personal=self.redact_personal,
            rules=self.rules,
            explain=self.explain,
            on_trouble=self.on_trouble,
        )

    @property
    def into(self) -> Into:
        """For its end."""
        return Into(how="append" if self.merge else "new", pin_date=self.pin_date)
