"""`ask_again`: asks the questions of recordings again, and records the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from harness.compare.turns import turns_of
from harness.copilot.client_options import model_of
from harness.copilot.live import LivePlan, run
from harness.copilot.prompts import Prompt
from harness.drift.evidence import DriftError, SourceRecording, source_of
from harness.services.copilot import COPILOT


def ask_again(
    sources: Sequence[SourceRecording],
    *,
    upstream: str,
    token: str | None,
    folder: Path,
    pause: float,
    on_step: Callable[[str], None] = lambda _: None,
) -> list[SourceRecording]:
    """Send the questions of all turns again, a conversation for each recording; returns the new recordings.

    Ends early when the service refuses further turns.

    Uploads are not sent again: a recording does not have the file as it was.

    Args:
        sources: What was asked before.
        upstream: Origin of the service.
        token: The user's access token, which only the service gets; or None for an anonymous run.
        folder: Where the recordings go.
        pause: Seconds from one turn's beginning to the next one's.
        on_step: Called with a line for people after each conversation.

    Raises:
        DriftError: Nothing was asked, or nothing could be recorded.
        HarnessError: A cassette cannot be written.
    """
    prompts = list(_prompts(sources))
    if not prompts:
        raise DriftError(
            "the recordings hold no question to Copilot: give recordings with at least one, to ask it again"
        )
    plan = LivePlan(prompts=prompts, upstream=upstream, folder=folder, token=token, pause=pause)
    asked: list[SourceRecording] = []
    for outcome in run(plan):
        why = f": {outcome.error}" if outcome.error else ""
        on_step(f"[{len(asked) + 1}/{len(prompts)}] {outcome.prompt.name}: {outcome.state}{why}")
        if outcome.cassette is not None:
            asked.append(SourceRecording(outcome.path, outcome.cassette, source_of(outcome.cassette, COPILOT)))
    if not asked:
        raise DriftError("no question could be asked and recorded: the lines above name the cause of each")
    return asked


def _prompts(sources: Sequence[SourceRecording]) -> Iterator[Prompt]:
    for number, source in enumerate(sources):
        turns = [turn for turn in turns_of(source.cassette, COPILOT) if turn.prompt]
        if turns:
            first, *more = [turn.prompt for turn in turns]
            yield Prompt(f"{number + 1}-{source.name}", first, model=model_of(turns[0].mode), follow_ups=tuple(more))
