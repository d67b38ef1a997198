"""`Faults`: a stage around any other one, which spoils the other's answers by rules.

Faults act towards the client only: what the client sends reaches the other stage as it is, and once. A request that a
rule answers by itself does not reach it.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from fake_server.host.pages import AnswersPreflights
from fake_server.stage import Accept, Answer, Drop, Request, Response, Socket, Stage
from harness.faults.acts import EndConnection, Finish
from harness.faults.bodies import faulty_body
from harness.faults.connection_faults import spoiled_handshake
from harness.faults.event_faults import EVENT_HANDLERS, EventSplitter, is_streamed
from harness.faults.items import Messages
from harness.faults.message_faults import MESSAGE_HANDLERS
from harness.faults.plan import ArmedRule, ArmedRules
from harness.faults.request_faults import ALTERED, INSTEAD, refusal_by
from harness.faults.rule import FaultRule
from harness.faults.sequence import FaultySequence
from harness.faults.sockets import Interruption, Run, faulty_run
from provider.websocket import encode_close, header

_INTERRUPTING: Final = frozenset({"kick", "offline"})


FaultRules: TypeAlias = Sequence[str | FaultRule] | ArmedRules
"""Fault rules or their lines; or rules with the counts of their strikes."""


def behind_faults(stage: Stage, rules: FaultRules) -> Stage:
    """The stage behind fault rules; without rules the stage itself.

    Raises:
        FaultRuleError: A line is no rule.
    """
    return Faults(stage, rules) if rules else stage


class Faults:
    """A stage that spoils the answers of another stage.

    Args:
        stage: The other stage; closed with this one.
        rules: Rules, their lines, or the `ArmedRules` of another stage, with which this one then shares the counts.
        now: A clock in seconds, for ``offline``.

    Raises:
        FaultRuleError: A line is no rule.

    Attributes:
        stage: The other stage.
        rules: The rules, and how often they struck.
    """

    def __init__(
        self,
        stage: Stage,
        rules: FaultRules = (),
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stage = stage
        self.rules = rules if isinstance(rules, ArmedRules) else ArmedRules(rules)
        self._now = now
        self._offline_until = float("-inf")
        self._open: dict[Interruption, str] = {}

    async def handle(self, request: Request) -> Answer:
        """Answer one request; see `fake_server.stage.Stage.handle`."""
        unit = "upgrade" if request.upgrade else "request"
        if self._now() < self._offline_until:
            return Drop()
        due = self.rules.at_request(unit, request.method, request.path)
        for armed in due:
            if (instead := INSTEAD.get(armed.rule.fault)) is not None and armed.strike():
                self._go_offline(armed)
                return instead(armed, request)
        answer, struck = await self._altered(request, await self.stage.handle(request), due)
        match answer:
            case Accept():
                return self._accepted(request, answer, struck)
            case Response():
                return self._responded(request, answer)
            case _:
                return answer

    async def preflight(self, request: Request) -> Answer | None:
        """The other stage's answer to a CORS preflight; no rule strikes it."""
        return await self.stage.preflight(request) if isinstance(self.stage, AnswersPreflights) else None

    def handshake(self, context: ssl.SSLContext) -> ssl.SSLContext | bytes | None:
        """Spoil a TLS handshake; see `fake_server.host.handshakes.SpoilsHandshakes`."""
        due = self.rules.at_request("connection", "", "")
        struck = next((each for each in due if each.strike()), None)
        return None if struck is None else spoiled_handshake(struck.rule.fault, struck.rule.parameters, context)

    def early(self, request: Request) -> Answer | None:
        """Answer a request before its body is read; see `fake_server.host.early.AnswersEarly`."""
        due = self.rules.at_request("request", request.method, request.path, early=True)
        struck = next((each for each in due if each.strike()), None)
        return None if struck is None else refusal_by(struck, request)

    async def close(self) -> None:
        """Release everything that the stage holds; see `fake_server.stage.Stage.close`."""
        await self.stage.close()

    # ------------------------------------------------------------ inside
    async def _altered(
        self, request: Request, answer: Answer, due: Sequence[ArmedRule]
    ) -> tuple[Answer, list[ArmedRule]]:
        """Apply due rules to the stage's answer; returns the changed answer, and the rules that struck it."""
        struck: list[ArmedRule] = []
        for armed in due:
            alter = ALTERED.get(armed.rule.fault)
            if alter is None or not armed.strike():
                continue
            altered = await alter(armed, request, answer)
            if altered is None:
                armed.withdraw()
            else:
                answer = altered
                struck.append(armed)
        return answer, struck

    def _go_offline(self, armed: ArmedRule) -> None:
        if armed.rule.fault == "offline":
            self._offline_until = self._now() + float(armed.rule.parameters["for"])
            for interruption in self._open:
                interruption.call(EndConnection("eof"))

    def _accepted(self, request: Request, answer: Accept, struck: Sequence[ArmedRule]) -> Answer:
        for armed in struck:
            if armed.rule.fault == "kick":
                self._kick(request.path, int(armed.rule.parameters["code"]))
        rules = self.rules.for_items("message", request.method, request.path)
        watched = any(each.rule.fault in _INTERRUPTING for each in self.rules.armed)
        if not (rules or watched):
            return answer
        interruption = Interruption() if watched else None
        sequence = FaultySequence(rules, Messages(), MESSAGE_HANDLERS)
        run = faulty_run(answer.run, sequence, interruption)
        if interruption is not None:
            run = self._registered(run, interruption, request.path)
        return replace(answer, run=run)

    def _registered(self, run: Run, interruption: Interruption, path: str) -> Run:
        async def registered(socket: Socket) -> None:
            self._open[interruption] = path
            try:
                await run(socket)
            finally:
                del self._open[interruption]

        return registered

    def _kick(self, path: str, code: int) -> None:
        for interruption, opened in self._open.items():
            if opened == path:
                interruption.call(Finish(encode_close(code, "another session has begun")))

    def _responded(self, request: Request, answer: Response) -> Answer:
        rules = self.rules.for_items("event", request.method, request.path)
        kind = header(answer.headers, "content-type") or ""
        is_coded = (header(answer.headers, "content-encoding") or "identity") != "identity"
        if not rules or is_coded or (isinstance(answer.body, bytes) and not is_streamed(kind)):
            return answer
        splitter = EventSplitter(kind)
        sequence = FaultySequence(rules, splitter.items, EVENT_HANDLERS)
        headers = tuple(each for each in answer.headers if each[0] != "content-length")
        return replace(answer, headers=headers, body=faulty_body(answer.body, splitter, sequence))
