"""The turns of a recorded session, and which of them failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from harness.cassette.model import Call, Cassette, Exchange, Line, SocketExchange
from harness.compare.json_fields import parsed
from harness.profile import Question, ServiceProfile

_REFUSED: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedTurn:
    """A question of the client, and the service's answer.

    Attributes:
        prompt: The question's text.
        mode: The mode of the question, or empty.
        conversation: Id of the conversation that it belongs to, or empty.
        lines: Messages in both directions, from the question to the next one.
        opening: Messages on its socket before the first question.
        upgrade: The socket's exchange.
        failure: Why the turn counts as failed, for people; empty if it succeeded.
    """

    prompt: str
    mode: str = ""
    conversation: str = ""
    lines: tuple[Line, ...] = field(default=(), repr=False)
    opening: tuple[Line, ...] = field(default=(), repr=False)
    upgrade: SocketExchange = field(repr=False)
    failure: str = ""


def turns_of(cassette: Cassette, profile: ServiceProfile) -> list[ComparedTurn]:
    """All turns of a recorded session, in order."""
    return [turn for each in cassette.exchanges if isinstance(each, SocketExchange) for turn in _turns(each, profile)]


def refused_call(cassette: Cassette) -> Exchange | None:
    """The first request or upgrade that the service refused or broke off; None if there is none."""
    for each in cassette.exchanges:
        status = 0 if each.response is None else each.response.status
        if each.response is None or status >= _REFUSED:
            return each
        if isinstance(each, SocketExchange) and status != 101:
            return each
    return None


def describe_refusal(exchange: Exchange) -> str:
    """A refused exchange in words, for the user."""
    what = f"{exchange.method} {_path(exchange)}" if isinstance(exchange, Call) else f"the upgrade of {_path(exchange)}"
    if exchange.response is not None:
        return f"{what} was answered with {exchange.response.status}"
    how = "" if exchange.aborted is None else f" ({exchange.aborted.how})"
    return f"{what} had no answer{how}"


def _path(exchange: Exchange) -> str:
    return exchange.target.partition("?")[0]


def _turns(exchange: SocketExchange, profile: ServiceProfile) -> Iterator[ComparedTurn]:
    questions = [
        (number, question)
        for number, line in enumerate(exchange.messages)
        if (question := _question(line, profile)) is not None
    ]
    ends = [*(number for number, _ in questions[1:]), len(exchange.messages)]
    for (begin, question), end in zip(questions, ends, strict=False):
        lines = exchange.messages[begin:end]
        yield ComparedTurn(
            prompt=question.prompt,
            mode=question.mode,
            conversation=question.conversation,
            lines=lines,
            opening=exchange.messages[: questions[0][0]],
            upgrade=exchange,
            failure=_failure(lines, profile),
        )


def _question(line: Line, profile: ServiceProfile) -> Question | None:
    return profile.question(line.data) if line.direction == ">" and _is_message(line) else None


def _is_message(line: Line) -> bool:
    return line.kind in ("text", "binary")


def _failure(lines: Sequence[Line], profile: ServiceProfile) -> str:
    ended = False
    for line in lines:
        if line.direction != "<":
            continue
        if not _is_message(line):
            if not ended and line.kind in ("close", "eof", "reset", "cut"):
                code = "" if line.code is None else f" {line.code}"
                return f"the socket ended ({line.kind}{code}) before the answer did"
            continue
        name = profile.event_name(line.data)
        if name is None and line.kind == "binary":
            continue  # clients ignore binary messages that are no events
        if name is None:
            return "a message is no event"
        if name in profile.failures:
            return f"the service said {name}" + _error_code(line, profile.failures[name])
        ended = ended or name in profile.end_of_turn
    return "" if ended else "the answer did not end"


def _error_code(line: Line, field_name: str) -> str:
    value: object = parsed(line.data)
    code = cast("Mapping[str, Any]", value).get(field_name) if isinstance(value, dict) else None
    return f" ({code})" if isinstance(code, str) else ""
