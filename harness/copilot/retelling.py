"""`Retelling`: a stage that sends a report's answers to a client with its own requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from fake_server.stage import Accept, Answer, Drop, Request, Response, Socket
from harness.cassette.model import Call, Cassette, Exchange, Headers, Line, whole_body
from harness.compare.json_fields import parsed
from harness.compare.turns import ComparedTurn
from harness.headers import HOP_BY_HOP
from provider.websocket import Ended, Message, Opcode

_PATIENCE: Final = 10.0
"""Seconds that the stage waits for a message of the client."""
_HOP: Final = HOP_BY_HOP | {"content-length", "content-encoding", "date"}
_OPCODES: Final = {"text": Opcode.TEXT, "binary": Opcode.BINARY, "ping": Opcode.PING}
# Answers that our client needs, for reports without them.
_USUAL: Final[Mapping[str, bytes]] = {
    "GET /c/api/user": b'{"firstName":null}',
    "POST /c/api/start": b'{"currentConversationId":"reported-conversation"}',
    "POST /c/api/conversations": b'{"id":"reported-conversation"}',
    "POST /c/api/user/sessions/temporary": b'{"sessionKey":"reported-session-key"}',
    "POST /c/api/attachments": b'{"url":"/reported/attachment"}',
}


class Retelling:
    """Answers calls with those of the report, and each question with its next turn.

    Args:
        report: The session whose calls are answered.
        turns: The turns to send, one for each question.
    """

    def __init__(self, report: Cassette, turns: Sequence[ComparedTurn]) -> None:
        self._calls: dict[str, list[Call]] = {}
        for each in report.exchanges:
            if isinstance(each, Call):
                self._calls.setdefault(_name(each.method, each.target), []).append(each)
        self._refusal = _refused_upgrade(report) if not turns else None
        self._turns = list(turns)

    async def handle(self, request: Request) -> Answer:
        """Answer one request; see `fake_server.stage.Stage`."""
        if request.upgrade:
            return self._upgrade()
        name = _name(request.method, request.target)
        known = self._calls.get(name, [])
        if known:
            return _answer(known.pop(0) if len(known) > 1 else known[0])
        usual = _USUAL.get(name)
        if usual is None:
            return Response(status=404, headers=(("content-type", "application/json"),), body=b"{}")
        return Response(headers=(("content-type", "application/json"),), body=usual)

    async def close(self) -> None:
        """Release everything that the stage holds; see `fake_server.stage.Stage`."""

    def _upgrade(self) -> Answer:
        if self._refusal is not None:
            return _answer(self._refusal)
        return Accept(run=self._run)

    async def _run(self, socket: Socket) -> None:
        opened = False
        while self._turns:
            if not opened:
                await _send_all(socket, self._turns[0].opening)
                opened = True
            if not await _wait_for(socket, "send"):
                return
            turn = self._turns.pop(0)
            await _send_all(socket, turn.lines[1:])
            if _ends(turn.lines):
                return
        while not isinstance(await socket.receive(), Ended):
            pass


def _name(method: str, target: str) -> str:
    return f"{method} {target.partition('?')[0]}"


def _refused_upgrade(report: Cassette) -> Exchange | None:
    sockets = [each for each in report.exchanges if not isinstance(each, Call)]
    return next((each for each in sockets if each.response is None or each.response.status != 101), None)


def _answer(exchange: Exchange) -> Answer:
    response = exchange.response
    if response is None:
        how = "eof" if exchange.aborted is None else exchange.aborted.how
        return Drop(how="reset" if how == "reset" else "eof")
    return Response(status=response.status, headers=_kept(response.headers), body=whole_body(response))


def _kept(headers: Headers) -> Headers:
    return tuple((name, value) for name, value in headers if name not in _HOP)


async def _send_all(socket: Socket, lines: Sequence[Line]) -> None:
    """Send the recorded messages of the service; where the recorded client answered a challenge, wait for an answer."""
    for line in lines:
        if line.direction == ">":
            if line.kind == "text" and _event(line) == "challengeResponse":
                await _wait_for(socket, "challengeResponse")
        elif line.kind in _OPCODES:
            await socket.send(Message(_OPCODES[line.kind], line.data))
        elif line.kind == "close":
            await socket.close(line.code, line.data.decode("utf-8", "replace"))
            return
        elif line.kind in ("eof", "reset", "cut"):
            await socket.abort("reset" if line.kind == "reset" else "eof")
            return


async def _wait_for(socket: Socket, event: str) -> bool:
    """Wait for the client's event of this name, and drop all others; False if it does not come in time."""
    until = socket.now() + _PATIENCE
    while (left := until - socket.now()) > 0:
        message = await socket.poll(left)
        if message is None or isinstance(message, Ended):
            return False
        value: object = parsed(bytes(message.data))
        if isinstance(value, dict) and value.get("event") == event:  # pyright: ignore[reportUnknownMemberType]  # JSON
            return True
    return False


def _event(line: Line) -> object:
    value: object = parsed(line.data)
    return value.get("event") if isinstance(value, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # JSON


def _ends(lines: Sequence[Line]) -> bool:
    return any(line.direction == "<" and line.kind in ("close", "eof", "reset", "cut") for line in lines)
