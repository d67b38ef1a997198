"""Records prompts against a service: one turn at a time, slowly, until the service refuses."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from harness.cassette.model import Cassette
from harness.copilot.prompts import Prompt
from harness.sessions import RecordingServer, recording
from provider import clock
from provider.client import CopilotClient
from provider.errors import (
    ChallengeRequiredError,
    CloudflareError,
    CopilotError,
    MissingAuthError,
    RateLimitError,
    RegionError,
)
from provider.transport.types import Settings

PAUSE: Final = 6.0
"""Seconds between the beginnings of two turns: at most ten turns a minute."""
_STOPPING: Final = (ChallengeRequiredError, CloudflareError, MissingAuthError, RateLimitError, RegionError)
"""Errors that end a run: the service refuses further turns."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one prompt that was sent to the service and recorded.

    Attributes:
        prompt: The prompt.
        state: ``recorded``; ``failed``: the turn failed, and was recorded; ``stopped``: the run ends here.
        cassette: The recording.
        path: The file of the cassette.
        error: What went wrong, or empty.
    """

    prompt: Prompt
    state: Literal["recorded", "failed", "stopped"]
    cassette: Cassette | None
    path: Path
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePlan:
    """What to run, and how.

    Attributes:
        prompts: In this order.
        upstream: Origin of the service.
        folder: Where the cassettes go.
        token: The user's access token, which only the service gets; or None for an anonymous run.
        generation: Of the protocol.
        settings: How to connect to the service.
        pause: Seconds from one turn's beginning to the next one's; see `PAUSE`.
    """

    prompts: Sequence[Prompt]
    upstream: str
    folder: Path
    token: str | None = field(default=None, repr=False)
    generation: str = "2026"
    settings: Settings | None = None
    pause: float = PAUSE


class _Pacer:
    """Waits between two turns, so that the service receives no more than one message in each pause."""

    def __init__(self, pause: float, wait: Callable[[float], None]) -> None:
        self._pause = pause
        self._wait = wait
        self._last: float | None = None

    def step(self) -> None:
        if self._last is not None:
            left = self._last + self._pause - clock.monotonic()
            if left > 0:
                self._wait(left)
        self._last = clock.monotonic()


def run(plan: LivePlan, *, wait: Callable[[float], None] = clock.sleep) -> Iterator[Outcome]:
    """Run the prompts, one cassette each; ends early when the service refuses further turns.

    Args:
        plan: What to run.
        wait: How to pass the time between turns.

    Raises:
        HarnessError: A cassette cannot be written.
    """
    pacer = _Pacer(plan.pause, wait)
    for prompt in plan.prompts:
        path = plan.folder / f"{prompt.name}.yaml"
        with _client(plan, path) as (client, running):
            error = _ask(client, prompt, pacer)
        state = "recorded" if error is None else "stopped" if isinstance(error, _STOPPING) else "failed"
        yield Outcome(prompt, state, running.cassette, path, "" if error is None else str(error))
        if state == "stopped":
            return


@contextmanager
def _client(plan: LivePlan, path: Path) -> Generator[tuple[CopilotClient, RecordingServer]]:
    with (
        recording(path, plan.upstream, settings=plan.settings, token=plan.token, client="wiretape provider") as running,
        CopilotClient(
            running.placeholder_token,
            base_url=running.url,
            generation=plan.generation,
            impersonate=None,
            max_retries=0,  # a service that asks for less gets less
        ) as client,
    ):
        yield client, running


def _ask(client: CopilotClient, prompt: Prompt, pacer: _Pacer) -> CopilotError | None:
    try:
        for number, text in enumerate((prompt.text, *prompt.follow_ups)):
            pacer.step()
            media = (prompt.image,) if prompt.image is not None and number == 0 else ()
            for _ in client.chat(text, model=prompt.model, media=media):
                pass
    except CopilotError as error:
        return error
    return None
