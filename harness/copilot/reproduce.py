"""`reproduce`: turns a report into a cassette of our client, and a test that replays it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from fake_server import serve
from harness.cassette.model import Cassette, Exchange
from harness.cassette.store import load, save
from harness.compare.turns import ComparedTurn, describe_refusal, refused_call, turns_of
from harness.copilot.client_options import DEFAULT_MODEL, generation_of, model_of
from harness.copilot.generated_test import Facts, source_of_test
from harness.copilot.retelling import Retelling
from harness.har.importing import import_har
from harness.reproduce.errors import ReproduceError
from harness.reproduce.names import files_of
from harness.services.copilot import COPILOT
from harness.sessions import recording, replaying
from harness.whole_files import staged
from provider import CopilotClient, CopilotError

_TIMEOUT: Final = 20.0
_SUFFIXES: Final = frozenset({".yaml", ".yml"})
_USUAL_PROMPT: Final = "Hello"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduced:
    """The files that were written, and what they show.

    Attributes:
        cassette: The cassette's file.
        test: The test's file.
        failure: How the report's turn failed; empty if it seems to be complete.
        error: Class of the error that our client raises, or None.
        said: The text of that error, or of the answer.
        left_out: Number of turns and exchanges of the report that the cassette does not contain.
    """

    cassette: Path
    test: Path
    failure: str
    error: str | None
    said: str
    left_out: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Outcome:
    error: str | None
    said: str
    text: str


def reproduce(
    report: Path,
    folder: Path,
    *,
    name: str | None = None,
    origin: str | None = None,
    whole: bool = False,
    force: bool = False,
) -> Reproduced:
    """Write a test from a report, and its cassette: both, or on any error neither.

    Args:
        report: A HAR, or a cassette (``.yaml``).
        folder: The folder of the test; its cassette is written to ``cassettes`` there.
        name: Of both files; by default the report's name. Any text: other characters are replaced.
        origin: Of the service in a HAR; by default Copilot's.
        whole: Whether to keep the turns before the failed one.
        force: Whether to replace existing files.

    Raises:
        ReproduceError: There is nothing to reproduce, a file exists already, or the replay of the cassette differs
            from its recording.
        harness.errors.HarnessError: The report cannot be read, or the cassette would hold a secret.
        OSError: A file cannot be written.
    """
    chosen, cassette, test = files_of(report, folder, name, force=force)
    known = _read(report, origin)
    turns, failure = _chosen(known, whole=whole)
    generation = generation_of(known)
    made, recorded, played = _recorded_and_played(known, turns, generation)
    if played != recorded:
        raise ReproduceError(
            f"{cassette}: recorded anew, our client ended with {recorded.said}, but replayed with {played.said}: "
            "nothing is written"
        )
    facts = Facts(
        name=chosen,
        prompts=_prompts(turns),
        error=played.error,
        text=played.text,
        failure=failure,
        generation=generation,
    )
    cassette.parent.mkdir(parents=True, exist_ok=True)
    with staged(test, source_of_test(facts).encode("ascii")):
        save(made, cassette)
    left_out = (len(turns_of(known, COPILOT)) - len(turns), max(0, len(known.exchanges) - len(made.exchanges)))
    return Reproduced(
        cassette=cassette, test=test, failure=failure, error=played.error, said=played.said, left_out=left_out
    )


def _read(report: Path, origin: str | None) -> Cassette:
    if report.suffix.lower() in _SUFFIXES:
        return load(report)
    with tempfile.TemporaryDirectory(prefix="wiretape-report-") as folder:
        return import_har(report, Path(folder) / "report.yaml", origin=origin).cassette


def _chosen(known: Cassette, *, whole: bool) -> tuple[Sequence[ComparedTurn], str]:
    """The turns to reproduce, of which the last one failed, and how it failed."""
    turns = turns_of(known, COPILOT)
    failed = next((number for number, turn in enumerate(turns) if turn.failure), None)
    refused: Exchange | None = refused_call(known) if failed is None else None
    if refused is not None and not turns:
        return (), describe_refusal(refused)
    if not turns:
        raise ReproduceError(
            "the report holds neither a question nor a failed request: record the failure again, with its WebSocket"
        )
    last = len(turns) - 1 if failed is None else failed
    chosen = turns[: last + 1] if whole else turns[last : last + 1]
    return chosen, turns[last].failure or ("" if refused is None else describe_refusal(refused))


def _prompts(turns: Sequence[ComparedTurn]) -> tuple[str, ...]:
    return tuple(turn.prompt or _USUAL_PROMPT for turn in turns) or (_USUAL_PROMPT,)


def _recorded_and_played(
    known: Cassette, turns: Sequence[ComparedTurn], generation: str
) -> tuple[Cassette, _Outcome, _Outcome]:
    """Record the turns with our client, and replay them to it; returns the cassette, and how the client ended twice."""
    with tempfile.TemporaryDirectory(prefix="wiretape-report-") as folder:
        path = Path(folder) / "report.yaml"
        with (
            serve(Retelling(known, turns), own_origins=COPILOT.origins) as service,
            recording(path, service.url, client="wiretape provider") as running,
        ):
            recorded = _ask(running.url, turns, generation)
        made = load(path)
        about = msgspec.structs.replace(made.recorded, by="reproduce", origin=known.recorded.origin)
        save(msgspec.structs.replace(made, recorded=about), path)
        with replaying(path) as server:
            played = _ask(server.url, turns, generation)
        return load(path), recorded, played


def _ask(url: str, turns: Sequence[ComparedTurn], generation: str) -> _Outcome:
    text = ""
    with CopilotClient(
        "wiretape-token-1", base_url=url, generation=generation, timeout=_TIMEOUT, impersonate=None, max_retries=0
    ) as client:
        try:
            for number, prompt in enumerate(_prompts(turns)):
                model = model_of(turns[number].mode) if turns else DEFAULT_MODEL
                text = client.chat(prompt, model=model).text
        except CopilotError as error:
            return _Outcome(type(error).__name__, str(error), error.partial)
    return _Outcome(None, text, text)
