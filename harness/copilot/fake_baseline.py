"""Drift against the fake: the fake sends the content of a recording in its own framing, and both are compared."""

from __future__ import annotations

import contextlib
import http.client
import re
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from msgspec import structs

from fake_server import Request, serve
from fake_server.scenarios import Asked, Scenario
from fake_server.script import PLACES, Config, place_of
from harness.cassette.model import Call, Cassette, Exchange, Line
from harness.cassette.store import load
from harness.compare.turns import turns_of
from harness.copilot.client_options import generation_of, model_of
from harness.copilot.reads import copilot_reads
from harness.copilot.recorded_scenario import scenario_of
from harness.copilot.script_faults import FaultPlan, Refuse, TurnFaults
from harness.copilot.script_stage import ScriptedStage
from harness.drift.drift import Drift, findings_of
from harness.drift.evidence import SourceRecording, about_fresh, load_sources
from harness.drift.findings import Finding, merged
from harness.drift.turn_shapes import ASKED_AGAIN, turn_shapes
from harness.services.copilot import COPILOT
from harness.sessions import recording
from provider import CopilotClient, CopilotError, MissingAuthError

_FAKE_REMARK: Final = "compared with the fake of {generation}, which sends the same content"
_TOKEN: Final = "wiretape-token-1"  # noqa: S105  # for the fake
_TIMEOUT: Final = 10.0
_MOST_TURNS: Final = 200
_USUAL_PROMPT: Final = "Hello"
_REFUSED: Final = 400
_REPEATED: Final = frozenset({"authorization", "content-type", "accept", "x-useridentitytype"})
_ID: Final = re.compile(r"(?=[^/]*[0-9A-Z])[A-Za-z0-9_-]{16,}")


@dataclass(frozen=True, slots=True)
class _Question:
    """A message, and the answer that the fake sends to it."""

    prompt: str
    model: str
    lines: tuple[Line, ...]


def drift_from_fake(
    fresh: Sequence[Path],
    *,
    generation: str | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> Drift:
    """Grade recordings against the fake, which sends the same content.

    Args:
        fresh: Cassettes, or folders of them.
        generation: Generation of the fake; None for the generation of each recording.
        on_step: Called with the name of each recording before the fake plays it.

    Raises:
        DriftError: There is nothing to grade.
        provider.errors.UsageError: The generation is unknown.
        harness.errors.HarnessError: A cassette is invalid.
        OSError: A cassette cannot be read.
    """
    graded = load_sources(fresh, COPILOT)
    wanted = [generation or generation_of(each.cassette) for each in graded]
    found: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="wiretape-drift-") as folder:
        for spoken in dict.fromkeys(wanted):
            mine = [each for each, spoke in zip(graded, wanted, strict=True) if spoke == spoken]
            paths = [Path(folder) / f"{spoken}-{number}.yaml" for number in range(len(mine))]
            faked = [_baseline(each, path, spoken, on_step) for each, path in zip(mine, paths, strict=True)]
            found.extend(findings_of(faked, mine, COPILOT, copilot_reads()))
    spoken = ", ".join(sorted(set(wanted)))
    return Drift(
        findings=merged(found),
        graded=tuple(each.name for each in graded),
        learnt=tuple(f"{each.name} told by fake:{spoke}" for each, spoke in zip(graded, wanted, strict=True)),
        remarks=(_FAKE_REMARK.format(generation=spoken), *about_fresh(graded)),
    )


def _baseline(source: SourceRecording, path: Path, generation: str, on_step: Callable[[str], None]) -> SourceRecording:
    on_step(source.name)
    cassette = record_fake(source.cassette, path, generation=generation)
    return SourceRecording(path, cassette, cassette.recorded.origin)


def record_fake(cassette: Cassette, path: Path, *, generation: str) -> Cassette:
    """Record a session of our client with the fake, which gives the answers of an existing recording.

    The fake sends those answers in its own events and frames, so that a comparison shows where the fake differs from
    the service. The client sends the recording's messages, and then repeats its other calls.

    Args:
        cassette: The recording whose content the fake sends.
        path: The cassette of the fake's recording.
        generation: The generation of the protocol that the fake speaks.

    Raises:
        HarnessError: The recording cannot be written.
        provider.errors.UsageError: The generation is unknown.
    """
    questions = _questions(cassette)
    plan = _plan(cassette)
    stage = ScriptedStage(Config(generation=generation), plan, _Choosing(questions))
    with (
        serve(stage, own_origins=COPILOT.origins) as fake,
        recording(path, fake.url, client="wiretape provider") as running,
    ):
        conversation = _ask(running.url, questions, generation, attempts=len(plan.waiting) + 1)
        for call in _further(cassette, conversation):
            _repeat(running.url, call)
    return load(path)


def _questions(cassette: Cassette) -> list[_Question]:
    """The messages. One that is sent twice because of a challenge counts once."""
    asked: list[_Question] = []
    shapes = list(turn_shapes(cassette, COPILOT))
    goes_on = False
    for turn, shape in zip(turns_of(cassette, COPILOT), shapes, strict=True):
        if goes_on and asked[-1].prompt == turn.prompt:
            asked[-1] = _Question(turn.prompt, model_of(turn.mode), asked[-1].lines + turn.lines)
        else:
            asked.append(_Question(turn.prompt, model_of(turn.mode), turn.lines))
        goes_on = shape.end == ASKED_AGAIN and shape.events[-1:] == ("challenge",)
    return asked[:_MOST_TURNS]


def _plan(cassette: Cassette) -> FaultPlan:
    plan = FaultPlan()
    for each in cassette.exchanges:
        status = 0 if each.response is None else each.response.status
        place = place_of(Request(method=_method(each), target=each.target))
        if status >= _REFUSED and place in PLACES:
            plan.add(Refuse(status, place))
    return plan


def _method(exchange: Exchange) -> str:
    return exchange.method if isinstance(exchange, Call) else "GET"


class _Choosing:
    """Chooses the scenario for each message that the fake receives: the recorded answers, one after the other."""

    def __init__(self, questions: Sequence[_Question]) -> None:
        self._left = list(questions)
        self._numbers = count(1)

    def __call__(self, _: Asked) -> tuple[Scenario, TurnFaults] | None:
        if not self._left:
            return None
        return scenario_of(self._left.pop(0).lines, next(self._numbers)), TurnFaults()


def _ask(url: str, questions: Sequence[_Question], generation: str, *, attempts: int) -> str:
    """Send all messages in one conversation, again where they are refused. Returns its id, or an empty text."""
    with CopilotClient(
        _TOKEN,
        base_url=url,
        generation=generation,
        timeout=_TIMEOUT,
        impersonate=None,
        max_retries=0,
        answer_challenges=True,
    ) as client:
        for question in questions:
            while attempts:
                try:
                    for _ in client.chat(question.prompt or _USUAL_PROMPT, model=question.model):
                        pass
                    break
                except MissingAuthError:
                    attempts -= 1
                except CopilotError:
                    break
        return "" if client.conversation is None else client.conversation.conversation_id


def _further(cassette: Cassette, conversation: str) -> list[Call]:
    """Each call of a recording once, with the fake's ids of conversations."""
    calls: dict[tuple[str, str, bytes], Call] = {}
    for each in cassette.exchanges:
        if isinstance(each, Call) and each.target.startswith("/"):
            path, mark, query = each.target.partition("?")
            named = "/".join(conversation if _ID.fullmatch(part) else part for part in path.split("/"))
            target = named + mark + query
            calls.setdefault((each.method, target, each.request.body.data), structs.replace(each, target=target))
    return list(calls.values())


def _repeat(url: str, call: Call) -> None:
    """Make a call, and discard the response: the recorder keeps it."""
    headers = {name: value for name, value in call.request.headers if name in _REPEATED}
    data = call.request.body.data or None
    request = urllib.request.Request(url + call.target, data=data, headers=headers, method=call.method)  # noqa: S310  # a local server
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    unanswered = contextlib.suppress(OSError, http.client.HTTPException, ValueError)
    with unanswered, opener.open(request, timeout=_TIMEOUT) as answer:
        answer.read()
