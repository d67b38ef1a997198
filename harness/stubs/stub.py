"""`Stub`: answers of one kind of request."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Final, Self, TypeAlias

from fake_server.stage import Answer, Drop, How, Response, Stall
from harness.calls import WireCall
from harness.stubs.condition import Condition
from harness.stubs.events import StreamFormat
from harness.stubs.expectation import Expectation
from harness.stubs.replies import GivenHeaders, Responder, how, response, seconds, stream
from harness.stubs.values import ABSENT

_EMPTY: Final = Response()
Sent: TypeAlias = Responder | Answer


class Stub(Expectation):
    """A stub of requests: ``wire.on("GET", "/items").reply(json=[1, 2])``.

    Each call of `reply`, `reply_with`, `stream`, `cut`, `stall` and `pass_through` adds one answer. The stub gives them
    in this order, and repeats the last one. Without any it replies with an empty 200.
    """

    def __init__(self, number: int, condition: Condition) -> None:
        super().__init__(number, condition)
        self._answers: list[Sent | None] = []

    # ---------------------------------------------------------------- answers
    def reply(  # the parts of a response
        self,
        status: int = 200,
        *,
        json: object = ABSENT,
        text: str | None = None,
        content: bytes | None = None,
        headers: GivenHeaders | None = None,
        after: float = 0.0,
    ) -> Self:
        """Answer with a response; at most one of ``json``, ``text`` and ``content`` is its body.

        Args:
            status: From 200 to 599.
            json: Sent as ``application/json``.
            text: Sent as UTF-8, ``text/plain``.
            content: Sent as it is; name its type in ``headers``.
            headers: Replace those that the body implies.
            after: Seconds to wait before the first byte.

        Raises:
            StubError: A value is out of range, or there are two bodies.
        """
        return self._add(response(status, json=json, text=text, content=content, headers=headers, after=after))

    def stream(  # the parts of a stream
        self,
        events: Iterable[object],
        *,
        delay: float = 0.0,
        format: StreamFormat = "sse",  # noqa: A002  # the word of the docs
        status: int = 200,
        headers: GivenHeaders | None = None,
        cut: How | None = None,
    ) -> Self:
        """Answer with a stream of events, each in a chunk of its own.

        Args:
            events: Texts, JSON values, or `harness.stubs.StreamEvent` objects; bytes are sent as they are.
            delay: Seconds before each event but the first.
            format: ``"sse"`` (server-sent events), ``"ndjson"`` (one JSON value a line) or ``"text"``.
            status: From 200 to 599.
            headers: Replace those that the format implies.
            cut: Ends the connection after the last event, in the middle of the body: ``"eof"`` or ``"reset"``.

        Raises:
            StubError: A value is out of range, or an event does not belong to the format.
        """
        made = stream(events, delay=delay, form=format, status=status, headers=headers, cut=cut)
        return self._add(made)

    def reply_with(self, function: Responder) -> Self:
        """Answer with what a function returns, such as `harness.stubs.response`.

        Args:
            function: Gets the call, in the servers' thread; may be a coroutine function.
        """
        return self._add(function)

    def cut(self, how_: How = "eof", *, after: float = 0.0) -> Self:
        """End the connection without an answer, ``after`` seconds.

        Raises:
            StubError: A value is invalid.
        """
        return self._add(Drop(how=how("cut", how_), after=seconds("cut: after", after)))

    def stall(self) -> Self:
        """Answer nothing, and keep the connection open."""
        return self._add(Stall())

    def pass_through(self) -> Self:
        """Let what is behind the stubs answer: the wire's cassette, service or script."""
        return self._add(None)

    def _add(self, answer: Sent | None) -> Self:
        self._answers.append(answer)
        return self

    # ---------------------------------------------------------------- for the stage
    def answer_of(self, number: int) -> Sent | None:
        """The answer to the call of that number, from 0; None to pass it through."""
        return self._answers[min(number, len(self._answers) - 1)] if self._answers else _EMPTY


async def given(answer: Responder | Answer, call: WireCall) -> Answer:
    """An answer, or what its function returns for a call."""
    if not callable(answer):
        return answer
    function: Callable[[WireCall], object] = answer
    made = function(call)
    made = await made if inspect.isawaitable(made) else made
    if isinstance(made, (Response, Drop, Stall)):
        return made
    raise TypeError(f"reply_with: the function returned {type(made).__name__}: expected harness.stubs.response(..)")
