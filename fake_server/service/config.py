"""How a scripted service behaves, apart from its scenarios."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from fake_server.scenarios.asked import Asked
from fake_server.scenarios.registry import Scenario
from fake_server.service.refusals import How, check_refusal
from provider.wire.generations import DEFAULT_GENERATION, find_generation


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings of a `fake_server.script.Script`.

    Attributes:
        generation: ``"2026"`` or ``"2025-03"``.
        seed: Same seed, same bytes: each conversation's depend on its caller and on how many that one opened before,
            on nothing else.
        tokens: Accepted access tokens; None accepts all but those that begin with ``expired`` or ``invalid``.
        strict: Refuse what single sources saw refused: an anonymous socket without a temporary session (460), a socket
            without ``clientSessionId``, uploads without a token (403), an anonymous cookie or a conversation that was
            not given out here.
        chunk_delay: Seconds between the pieces of an answer.
        faults: Requests that always fail: ``{"upgrade": 401, "user": "cloudflare"}``; see
            `fake_server.service.refusals`.
        always: A prompt such as ``"/cut 5"`` that stands in for every prompt, whatever is asked.
        scenarios: Further scenarios; they take the place of ours of the same command.
        claim: Asked for each message that is taken, in the server's loop: the scenario that answers it, or None to
            leave the choice to the prompt.
        first_name: Of signed-in callers.
        challenge_timeout: Seconds after which a challenge nobody answers closes the socket (§4.7: about a minute).
        max_conversations: How many are remembered; those that were not used for longest go first.
        max_history_bytes: How much text is remembered, of all conversations together.
        max_attachments: How many uploads are kept.
        max_attachment_bytes: How much of uploads is kept, all together.
        max_upload_bytes: Largest upload that is taken.

    Raises:
        UsageError: There is no such generation.
        RefusalError: A fault is none.
    """

    generation: str = DEFAULT_GENERATION
    seed: int = 0
    tokens: Collection[str] | None = field(default=None, repr=False)
    strict: bool = False
    chunk_delay: float = 0.0
    faults: Mapping[str, How] = field(default_factory=dict[str, How])
    always: str | None = None
    scenarios: tuple[Scenario, ...] = ()
    claim: Callable[[Asked], Scenario | None] | None = field(default=None, repr=False)
    first_name: str = "Robin"
    challenge_timeout: float = 60.0
    max_conversations: int = 1000
    max_history_bytes: int = 16 * 1024 * 1024
    max_attachments: int = 200
    max_attachment_bytes: int = 64 * 1024 * 1024
    max_upload_bytes: int = 16 * 1024 * 1024

    def __post_init__(self) -> None:
        find_generation(self.generation)
        for at, how in self.faults.items():
            check_refusal(at, how)
