"""A recorded turn as a scenario of the fake: the same content, in the fake's own framing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from fake_server.scenarios import (
    Asked,
    Challenge,
    Cite,
    CloseWith,
    Cut,
    Draw,
    Fail,
    NextPart,
    Ping,
    Replace,
    Say,
    Scenario,
    Step,
    Steps,
    Suggest,
    Think,
    Throttle,
    Title,
)
from fake_server.scenarios.steps import METHODS, Method
from harness.cassette.model import Line
from harness.compare.json_fields import parsed
from harness.drift.turn_shapes import first_end

_NO_KEY: Final = "none-key"


def scenario_of(lines: Iterable[Line], number: int) -> Scenario:
    """A scenario with the content of one recorded turn: its lines, and its number for the scenario's name.

    Events that the fake does not know are left out.
    """
    said = list(lines)
    end = first_end(said)
    if end is not None and end.direction != "<":
        said = said[: said.index(end)]
    steps = _StepBuilder().steps(said)
    if not any(isinstance(step, Suggest) for step in steps):
        steps.insert(0, Suggest(()))

    def play(_: Asked) -> Steps:
        yield from steps

    return Scenario(f"(turn {number} of a recording)", play, "a turn of a recording")


class _StepBuilder:
    """Makes steps of the lines of one turn."""

    def __init__(self) -> None:
        self._drawn = ""
        self._previews = 0
        self._suggestions: dict[str, str] = {}
        self._part_is_over = False

    def steps(self, lines: Iterable[Line]) -> list[Step]:
        steps = [step for line in lines if line.direction == "<" for step in self._line(line)]
        if self._suggestions:
            steps.insert(0, Suggest(tuple(self._suggestions.values())))
        return steps

    def _line(self, line: Line) -> Iterator[Step]:
        if line.kind == "close":
            yield CloseWith(line.code)
        elif line.kind in ("eof", "reset"):
            yield Cut("reset" if line.kind == "reset" else "eof")
        elif line.kind in ("text", "binary"):
            value: object = parsed(line.data)
            if isinstance(value, dict):
                yield from self._event(cast("Mapping[str, Any]", value))

    def _event(self, said: Mapping[str, Any]) -> Iterator[Step]:
        name = said.get("event")
        if name in ("appendText", "chainOfThought", "replaceText"):
            yield from self._text(str(name), _text(said, "text"))
        elif name == "partCompleted":
            self._part_is_over = True
        elif name in ("generatingImage", "partialImageGenerated", "imageGenerated"):
            yield from self._picture(str(name), said)
        elif name in ("appendSuggestion", "appendTextSuggestion"):
            key = _text(said, "suggestionId")
            self._suggestions[key] = self._suggestions.get(key, "") + _text(said, "text")
        else:
            yield from _plain(said)

    def _text(self, name: str, text: str) -> Iterator[Step]:
        if self._part_is_over and name == "appendText":
            self._part_is_over = False
            yield NextPart()
        kinds = {"appendText": Say, "chainOfThought": Think, "replaceText": Replace}
        yield kinds[name](text)

    def _picture(self, name: str, said: Mapping[str, Any]) -> Iterator[Step]:
        if name == "generatingImage":
            self._drawn, self._previews = _text(said, "prompt"), 0
        elif name == "partialImageGenerated":
            self._previews += 1
        else:
            yield Draw(self._drawn or _text(said, "prompt") or "a picture", previews=self._previews)


def _plain(said: Mapping[str, Any]) -> Iterator[Step]:
    """Yield the step for an event to which exactly one step corresponds; nothing for other events."""
    name = said.get("event")
    if name == "citation":
        yield Cite(_text(said, "title"), _text(said, "url"), _text(said, "publisher") or None)
    elif name == "titleUpdate":
        yield Title(_text(said, "title"))
    elif name == "suggestedFollowups":
        texts: object = said.get("suggestions")
        known = cast("Sequence[object]", texts) if isinstance(texts, list) else ()
        yield Suggest(tuple(each for each in known if isinstance(each, str)), even_if_empty=True)
    elif name == "ping":
        yield Ping()
    elif name == "challenge":
        method = said.get("method", _NO_KEY)
        wanted = "null" if method is None else str(method)
        if wanted in METHODS:
            yield Challenge(cast("Method", wanted))
    elif name == "error":
        yield Fail(_text(said, "errorCode"), _text(said, "message") or None)
    elif name == "chatMessageError":
        code = _text(said, "errorCode")
        yield Throttle() if code == "throttled" else Fail(code)


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""
