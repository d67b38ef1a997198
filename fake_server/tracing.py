"""Says what happens while it happens, with what it rests on: a stage around any other.

Only words of our own tables are said: endpoints, messages and codes by their names, never what a client wrote.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any, Final, TypeAlias, cast

from fake_server.evidence.model import DOCUMENT, Evidence, Group
from fake_server.evidence.table import find
from fake_server.service.routes import ROUTES
from fake_server.stage import Accept, Answer, Drop, How, Request, Response, Socket, Stage, Stall
from provider.websocket import Ended, Message, Opcode
from provider.wire.endpoints import CHAT

Say: TypeAlias = Callable[[str], None]
_OTHER: Final = "any other"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_DETAILS: Final = {"error": ("errorCode", Group.ERRORS), "chatMessageError": ("errorCode", Group.ERRORS)}
_LONGEST: Final = 64 * 1024
"""Longer messages are pictures: their names stand at the beginning."""


class Traced:
    """A stage that tells of every request, message and end of another one.

    Equal lines in a row are said once, and counted.
    """

    def __init__(self, stage: Stage, say: Say) -> None:
        """``say`` is given one line at a time, without a line break, in the server's loop."""
        self._stage = stage
        self._say = say
        self._numbers = count(1)

    async def handle(self, request: Request) -> Answer:
        """See `fake_server.stage.Stage.handle`."""
        answer = await self._stage.handle(request)
        name, evidence = _endpoint(request)
        told = _Told(self._say, next(self._numbers))
        told.line(f"{name} -> {_outcome(answer)}", _because(answer) or (evidence.source if evidence else ""))
        return replace(answer, run=_Traced(answer, told).run) if isinstance(answer, Accept) else answer

    async def close(self) -> None:
        """See `fake_server.stage.Stage.close`."""
        await self._stage.close()


class _Told:
    """The lines of one request, or of one socket."""

    def __init__(self, say: Say, number: int) -> None:
        self._say = say
        self._number = number
        self._last = ""
        self._repeats = 0

    def line(self, what: str, source: str) -> None:
        line = f"#{self._number} {what:<36}  {source}".rstrip()
        if line == self._last:
            self._repeats += 1
            return
        self.settle()
        self._last = line
        self._say(line)

    def settle(self) -> None:
        """Say how often the last line would have been said again."""
        if self._repeats:
            self._say(f"#{self._number}   .. {self._repeats} more")
        self._repeats = 0


class _Traced:
    """An accepted socket, as the stage behind sees it."""

    def __init__(self, accepted: Accept, told: _Told) -> None:
        self._accepted = accepted
        self._told = told
        self._socket: Socket | None = None
        self._remark = ""

    async def run(self, socket: Socket) -> None:
        self._socket = socket
        try:
            await self._accepted.run(self)
        finally:
            self._told.settle()

    @property
    def _inner(self) -> Socket:
        assert self._socket is not None, "it runs"
        return self._socket

    async def receive(self) -> Message | Ended:
        heard = await self._inner.receive()
        self._heard(heard)
        return heard

    async def poll(self, within: float) -> Message | Ended | None:
        heard = await self._inner.poll(within)
        if heard is not None:
            self._heard(heard)
        return heard

    def remark(self, because: str) -> None:
        self._remark = because

    async def send(self, message: Message) -> None:
        what, source = _told_event(message)
        self._told.line(what, _short(self._remark) or source)
        self._remark = ""
        await self._inner.send(message)

    async def send_encoded(self, frames: bytes | memoryview) -> None:
        self._told.line("< encoded frames", "")
        await self._inner.send_encoded(frames)

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        self._told.line(f"< close {code}", "")
        return await self._inner.close(code, reason)

    async def abort(self, how: How = "eof") -> None:
        self._told.line(f"< the connection ends ({how})", _source(Group.ENDS, "EOF in the answer"))
        await self._inner.abort(how)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)

    def now(self) -> float:
        return self._inner.now()

    def _heard(self, heard: Message | Ended) -> None:
        if isinstance(heard, Ended):
            code = "" if heard.code is None else f" {heard.code}"
            self._told.line(f"> {'close' if heard.how == 'close' else 'the connection ends'}{code}", "")
        else:
            self._told.line(*_told_command(heard))


# ---------------------------------------------------------------- requests
def _endpoint(request: Request) -> tuple[str, Evidence | None]:
    """An endpoint as the tables name it; what is in none of them is not said."""
    method = request.method if request.method in _METHODS else "(another method)"
    if request.path == CHAT:
        return f"{method} {CHAT}", find(Group.HANDSHAKE, "accessToken")
    there = [route for route in ROUTES if route.path.fullmatch(request.path)]
    route = next((each for each in there if each.has_method(request.method)), None)
    if route is not None:
        return f"{method} {route.path_template}", find(Group.ENDPOINTS, route.name)
    return f"{method} {there[0].path_template if there else '(another path)'}", None


def _outcome(answer: Answer) -> str:
    match answer:
        case Response():
            return str(answer.status)
        case Accept():
            return "101"
        case Drop():
            return f"nothing, the connection ends ({answer.how})"
        case Stall():
            return "nothing, the connection stays"


def _because(answer: Answer) -> str:
    return "" if isinstance(answer, Accept) else _short(answer.because)


def _short(because: str) -> str:
    """A reason without the page's name, which is the same in each."""
    return because.replace(f"{DOCUMENT} ", "§")


# ---------------------------------------------------------------- messages
def _told_command(message: Message) -> tuple[str, str]:
    if message.opcode not in (Opcode.TEXT, Opcode.BINARY):
        return f"> {message.opcode.name.lower()} frame", _source(Group.ENDS, "WebSocket ping")
    name = _known(Group.COMMANDS, _fields(message).get("event"))
    binary = " (binary)" if message.opcode is Opcode.BINARY else ""
    return f"> {_shown(name)}{binary}", _source(Group.COMMANDS, name)


def _told_event(message: Message) -> tuple[str, str]:
    fields = _fields(message)
    name = _known(Group.EVENTS, fields.get("event"))
    if name in _DETAILS:
        key, group = _DETAILS[name]
        code = _known(group, fields.get(key))
        return f"< {name} {_shown(code)}", _source(group, code)
    if name == "challenge":
        method = _method(fields)
        return f"< challenge {_shown(method)}", _source(Group.CHALLENGES, method)
    return f"< {_shown(name)}", _source(Group.EVENTS, name)


def _method(fields: dict[str, Any]) -> str:
    if "method" not in fields:
        return "none-key"
    return "null" if fields["method"] is None else _known(Group.CHALLENGES, fields["method"])


def _fields(message: Message) -> dict[str, Any]:
    """The message as JSON; empty if it is none, or a picture, of which the name alone is read."""
    if len(message.data) > _LONGEST:
        return _name_alone(message.data)
    try:
        decoded: object = json.loads(message.data)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", decoded) if isinstance(decoded, dict) else {}


def _name_alone(text: bytes) -> dict[str, Any]:
    head = text[:100].partition(b'{"event":"')[2].partition(b'"')[0]
    return {"event": head.decode("ascii", "replace")}


def _known(group: Group, name: object) -> str:
    """The name, if the tables have it: what a client made up is not said."""
    return name if isinstance(name, str) and find(group, name) is not None else _OTHER


def _shown(name: str) -> str:
    return f"({name})" if name == _OTHER else name


def _source(group: Group, name: str) -> str:
    evidence = find(group, name)
    if evidence is None:
        return ""
    told = f"{evidence.source}: {evidence.behaviour}" if group in (Group.ERRORS, Group.CHALLENGES) else evidence.source
    return f"{told} (--switch {evidence.switch})" if evidence.switch else told
