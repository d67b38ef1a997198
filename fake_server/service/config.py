"""How a scripted service behaves, apart from its scenarios."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from fake_server.scenarios.registry import Asked, Scenario
from fake_server.scenarios.steps import METHODS, Method
from fake_server.service.refusals import How, check_refusal
from fake_server.service.switches import check_switches
from provider.wire.endpoints import DEFAULT_BASE_URL
from provider.wire.errors import UsageError
from provider.wire.generations import DEFAULT_GENERATION, find_generation


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings of a `fake_server.script.Script`.

    Attributes:
        generation: ``"2026"``, ``"2025-10"`` or ``"2025-03"``.
        switches: Other readings of the protocol than the generation's usual ones, where sources disagree:
            ``{"after-done": "suggestions-first"}``; see `fake_server.service.switches`.
        seed: Same seed, same bytes: each conversation's depend on its caller and on how many that one opened before,
            on nothing else.
        tokens: Accepted access tokens; None accepts all but those that begin with ``expired`` or ``invalid``, and
            readable ones (JWT) whose ``exp`` has passed by the service's own time, which stands still; see
            `fake_server.script.Script.pass_time`.
        strict: Refuse what single sources saw refused: an anonymous socket without a temporary session (460), a socket
            without ``clientSessionId``, uploads without a token (403), an anonymous cookie, a session key or a
            conversation that was not given out here, readable tokens for others, or of Google's without their identity
            type (401; for each by which generation, see `fake_server.service.rules`), a message before
            ``connected``, a second turn of one account at the same time.
        challenge: The method of a challenge that every socket gets before its first message is answered; None for none.
        greeting_delay: Seconds before ``connected``; None for 0, and 0.1 where it is strict, so that it shows who does
            not wait.
        chunk_delay: Seconds between the pieces of an answer.
        faults: Requests that always fail: ``{"upgrade": 401, "user": "cloudflare"}``; see
            `fake_server.service.refusals`.
        because: Whether refusals say in a header what they rest on (``x-wiretape-because``; the service has none).
        always: A prompt such as ``"/cut 5"`` that stands in for every prompt, whatever is asked.
        scenarios: Further scenarios; they take the place of ours of the same command.
        claim: Asked for each message that is taken, in the server's loop: the scenario that answers it, or None to
            leave the choice to the prompt.
        first_name: Of signed-in callers.
        max_turns: How many messages of one caller are answered; then ``too-many-messages``. None for any number.
        challenge_timeout: Seconds after which a challenge nobody answers closes the socket (§4.7: about a minute).
        origins: Pages of these origins may read the answers (CORS); the server has to let them in besides, see
            ``allowed_origins`` of `fake_server.serve`.
        page_size: How many conversations or messages one page of a list holds.
        max_conversations: How many are remembered; those that were not used for longest go first.
        max_history_bytes: How much text is remembered, of all conversations together.
        max_attachments: How many uploads are kept.
        max_attachment_bytes: How much of uploads is kept, all together.
        max_upload_bytes: Largest upload that is taken.

    Raises:
        UsageError: There is no such generation, switch or challenge.
        RefusalError: A fault is none.
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
            raise UsageError(f"There is no challenge {self.challenge!r}", hint=f"Known: {', '.join(METHODS)}.")
        for at, how in self.faults.items():
            check_refusal(at, how)
