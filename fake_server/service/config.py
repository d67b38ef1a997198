"""The settings of the fake service."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from fake_server.scenarios.registry import Asked, Scenario
from fake_server.scenarios.steps import METHODS, Method
from fake_server.service.refusals import How, check_fault
from fake_server.service.rules import Rule
from fake_server.service.switches import check_switches
from provider.wire.endpoints import DEFAULT_BASE_URL
from provider.wire.errors import UsageError
from provider.wire.generations import DEFAULT_GENERATION, find_generation


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings of a `fake_server.script.Script`.

    Attributes:
        generation: The protocol's generation: ``"2026"``, ``"2025-10"`` or ``"2025-03"``.
        switches: Readings of the protocol in place of the generation's usual ones, where sources disagree:
            ``{"after-done": "suggestions-first"}``; see `fake_server.service.switches`.
        seed: Equal seeds give equal bytes. The bytes of a conversation also depend on its caller and on how many
            conversations that caller opened before, and on nothing else.
        tokens: The accepted access tokens. None accepts all but tokens that begin with ``expired`` or ``invalid``, and
            JWTs whose ``exp`` has passed by the service's clock, which only
            `fake_server.script.Script.pass_time` moves.
        strict: Also apply the rules for which there is only one source (``strict`` in `fake_server.service.rules`).
        challenge: Method of a challenge that each socket must pass before its first message is answered; None for none.
        greeting_delay: Seconds before ``connected``. None for 0, and for 0.1 with ``strict``, so that a client that
            does not wait fails.
        chunk_delay: Seconds between the pieces of an answer.
        faults: Requests that always fail: ``{"upgrade": 401, "user": "cloudflare"}``; see
            `fake_server.service.refusals`.
        because: Whether refusals name their rule in the header ``x-wiretape-because``, which the real service does not
            have.
        always: A prompt such as ``"/cut 5"`` that replaces every prompt.
        scenarios: Further scenarios; they replace built-in ones of the same command.
        claim: Called in the server's loop with each accepted message. It returns the scenario that answers, or None to
            let the prompt choose.
        first_name: First name of signed-in callers.
        max_turns: Number of messages of one caller that are answered; ``too-many-messages`` after that. None for any.
        challenge_timeout: Seconds after which an unanswered challenge closes the socket (§4.7: about a minute).
        origins: Origins whose pages may read responses (CORS). The server must allow them, too: see ``allowed_origins``
            of `fake_server.serve`.
        page_size: Number of conversations or messages on one page of a list.
        max_conversations: Number of conversations to keep; the least recently used ones are dropped first.
        max_history_bytes: Bytes of text to keep, in all conversations together.
        max_attachments: Number of uploads to keep.
        max_attachment_bytes: Bytes of all uploads together.
        max_upload_bytes: Bytes of the largest accepted upload.

    Raises:
        UsageError: The generation, a switch or the challenge does not exist.
        RefusalError: A fault or its place does not exist.
    """

    generation: str = DEFAULT_GENERATION
    switches: Mapping[str, str] = field(default_factory=dict[str, str])
    seed: int = 0
    tokens: Collection[str] | None = field(default=None, repr=False)
    strict: bool = False
    challenge: Method | None = None
    greeting_delay: float | None = None
    chunk_delay: float = 0.0
    faults: Mapping[str, How] = field(default_factory=dict[str, How])
    because: bool = True
    always: str | None = None
    scenarios: tuple[Scenario, ...] = ()
    claim: Callable[[Asked], Scenario | None] | None = field(default=None, repr=False)
    first_name: str = "Robin"
    max_turns: int | None = None
    challenge_timeout: float = 60.0
    origins: tuple[str, ...] = (DEFAULT_BASE_URL,)
    page_size: int = 100
    max_conversations: int = 1000
    max_history_bytes: int = 16 * 1024 * 1024
    max_attachments: int = 200
    max_attachment_bytes: int = 64 * 1024 * 1024
    max_upload_bytes: int = 16 * 1024 * 1024

    def __post_init__(self) -> None:
        find_generation(self.generation)
        check_switches(self.switches)
        if self.challenge is not None and self.challenge not in METHODS:
            raise UsageError(f"There is no challenge method {self.challenge!r}", hint=f"Known: {', '.join(METHODS)}.")
        for at, how in self.faults.items():
            check_fault(at, how)

    def enforces(self, rule: Rule) -> bool:
        """Whether the service applies a rule with these settings."""
        return (self.strict or not rule.strict) and rule.is_in(self.generation)
