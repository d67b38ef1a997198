"""The turns of a recorded session, and which of them failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from harness.cassette.model import Call, Cassette, Exchange, Line, SocketExchange
from harness.compare.json_fields import parsed
from harness.profile import ServiceProfile

_REFUSED: Final = 400
_REASONING: Final = "reasoning"
_FAILURES: Final = frozenset({"error", "chatMessageError"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A question, and what the service did about it.

    Attributes:
        prompt: What was asked.
        mode: The mode that it was asked in, or empty.
        conversation: Id of the conversation that it belongs to, or empty.
        lines: From the question on to the next one, both directions.
        opening: What was said on its socket before the first question.
        upgrade: The socket's exchange.
        failure: Why it counts as failed, for people; empty if it went well.
    """

    prompt: str
    mode: str = ""
    conversation: str = ""
    lines: tuple[Line, ...] = field(default=(), repr=False)
    opening: tuple[Line, ...] = field(default=(), repr=False)
    upgrade: SocketExchange = field(repr=False)
    failure: str = ""

    @property
    def model(self) -> str:
        """What our client calls that mode."""
        return "Think Deeper" if self.mode == _REASONING else "Copilot"


def turns_of(cassette: Cassette, profile: ServiceProfile) -> list[Turn]:
    """All turns, in order."""
    return [turn for each in cassette.exchanges if isinstance(each, SocketExchange) for turn in _turns(each, profile)]


def refused_call(cassette: Cassette) -> Exchange | None:
    """The first call or upgrade that was refused or broke; None if there is none."""
    for each in cassette.exchanges:
        status = 0 if each.response is None else each.response.status
        if each.response is None or status >= _REFUSED:
            return each
        if isinstance(each, SocketExchange) and status != 101:
            return each
    return None


def describe_refusal(exchange: Exchange) -> str:
    """A refused exchange, for people."""
    what = f"{exchange.method} {_path(exchange)}" if isinstance(exchange, Call) else f"the upgrade of {_path(exchange)}"
    if exchange.response is not None:
        return f"{what} was answered with {exchange.response.status}"
    how = "" if exchange.aborted is None else f" ({exchange.aborted.how})"
    return f"{what} had no answer{how}"


def _path(exchange: Exchange) -> str:
    return exchange.target.partition("?")[0]


def _turns(exchange: SocketExchange, profile: ServiceProfile) -> Iterator[Turn]:
    begins = [number for number, line in enumerate(exchange.messages) if _is_question(line)]
    if not begins:
        return
    opening = exchange.messages[: begins[0]]
    for begin, end in zip(begins, (*begins[1:], len(exchange.messages)), strict=True):
        lines = exchange.messages[begin:end]
        said = _object(lines[0])
        yield Turn(
            prompt=_prompt(said),
            mode=_word(said, "mode"),
            conversation=_word(said, "conversationId"),
            lines=lines,
            opening=opening,
            upgrade=exchange,
            failure=_failure(lines, profile),
        )


def _is_question(line: Line) -> bool:
    return line.direction == ">" and _object(line).get("event") == "send"


def _object(line: Line) -> Mapping[str, Any]:
    value: object = parsed(line.data) if line.kind in ("text", "binary") else None
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _prompt(said: Mapping[str, Any]) -> str:
    parts: object = said.get("content")
    texts = [part.get("text") for part in _objects(parts) if part.get("type") == "text"]
    return "\n".join(text for text in texts if isinstance(text, str))


def _word(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _objects(value: object) -> Iterable[Mapping[str, Any]]:
    each_of = cast("Sequence[object]", value) if isinstance(value, list) else ()
    return [cast("Mapping[str, Any]", each) for each in each_of if isinstance(each, dict)]


def _failure(lines: Sequence[Line], profile: ServiceProfile) -> str:
    ended = False
    for line in lines:
        if line.direction != "<":
            continue
        if line.kind not in ("text", "binary"):
            if not ended and line.kind in ("close", "eof", "reset", "cut"):
                code = "" if line.code is None else f" {line.code}"
                return f"the socket ended ({line.kind}{code}) before the answer did"
            continue
        name = profile.event_name(line.data)
        if name is None:
            if line.kind == "text":
                return "a message is no event"
            continue  # clients pass over what is binary and no event
        if name in _FAILURES:
            code = _object(line).get("errorCode")
            return f"the service said {name}" + (f" ({code})" if isinstance(code, str) else "")
        ended = ended or name in profile.end_of_turn
    return "" if ended else "the answer did not end"
