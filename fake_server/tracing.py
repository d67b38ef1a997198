"""``--trace``: a stage around another one that prints each request, message and end.

Beside each it prints the source of that behaviour: the paragraph of docs/protocol.md.

A line has only names from our own tables: endpoints, messages and codes, never a client's text.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count
from typing import Any, Final, TypeAlias, cast

from fake_server.evidence.model import DOCUMENT, Evidence, Group
from fake_server.evidence.table import find
from fake_server.service.routes import ROUTES
from fake_server.stage import (
    Accept,
    Answer,
    Drop,
    How,
    RawBytes,
    Request,
    Response,
    Socket,
    SocketWrapper,
    Stage,
    Stall,
)
from provider.websocket import Ended, Message, Opcode
from provider.wire.endpoints import CHAT

Say: TypeAlias = Callable[[str], None]
_OTHER: Final = "any other"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_DETAILS: Final = {"error": ("errorCode", Group.ERRORS), "chatMessageError": ("errorCode", Group.ERRORS)}
_LONGEST: Final = 64 * 1024
"""Longer messages are pictures, whose names are at the beginning."""


class Traced:
    """A stage that traces every request, message and end of another one.

    It prints equal lines in a row once, with their number.
    """

    def __init__(self, stage: Stage, say: Say) -> None:
        """Trace a stage. ``say`` gets one line at a time, without a line break, in the server's loop."""
        self._stage = stage
        self._say = say
        self._numbers = count(1)

    async def handle(self, request: Request) -> Answer:
        """Answer one request; see `fake_server.stage.Stage.handle`."""
        answer = await self._stage.handle(request)
        name, evidence = _endpoint(request)
        lines = _Lines(self._say, next(self._numbers))
        lines.add(f"{name} -> {_outcome(answer)}", _because(answer) or (evidence.source if evidence else ""))
        return replace(answer, run=_traced(answer, lines)) if isinstance(answer, Accept) else answer

    async def close(self) -> None:
        """Release everything that the stage holds; see `fake_server.stage.Stage.close`."""
        await self._stage.close()


def _traced(accept: Accept, lines: _Lines) -> Callable[[Socket], Awaitable[None]]:
    async def run(socket: Socket) -> None:
        try:
            await accept.run(_TracedSocket(socket, lines))
        finally:
            lines.flush()

    return run


class _Lines:
    """The trace of one request, or of one socket."""

    def __init__(self, say: Say, number: int) -> None:
        self._say = say
        self._number = number
        self._last = ""
        self._repeats = 0

    def add(self, what: str, source: str) -> None:
        line = f"#{self._number} {what:<36}  {source}".rstrip()
        if line == self._last:
            self._repeats += 1
            return
        self.flush()
        self._last = line
        self._say(line)

    def flush(self) -> None:
        """Print the number of repeats of the last line."""
        if self._repeats:
            self._say(f"#{self._number}   .. {self._repeats} more")
        self._repeats = 0


class _TracedSocket(SocketWrapper):
    """A socket that writes each of its messages, and how it ended, to the trace."""

    def __init__(self, socket: Socket, lines: _Lines) -> None:
        super().__init__(socket)
        self._lines = lines
        self._because = ""

    async def receive(self) -> Message | Ended:
        received = await super().receive()
        self._trace(received)
        return received

    async def poll(self, within: float) -> Message | Ended | None:
        received = await super().poll(within)
        if received is not None:
            self._trace(received)
        return received

    def remark(self, because: str) -> None:
        self._because = because

    async def send(self, message: Message) -> None:
        what, source = _sent_event(message)
        self._lines.add(what, _short(self._because) or source)
        self._because = ""
        await super().send(message)

    async def send_encoded(self, frames: bytes | memoryview) -> None:
        self._lines.add("< encoded frames", "")
        await super().send_encoded(frames)

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        self._lines.add(f"< close {code}", "")
        return await super().close(code, reason)

    async def abort(self, how: How = "eof") -> None:
        self._lines.add(f"< the connection ends ({how})", _source(Group.ENDS, "EOF in the answer"))
        await super().abort(how)

    def _trace(self, received: Message | Ended) -> None:
        if isinstance(received, Ended):
            code = "" if received.code is None else f" {received.code}"
            self._lines.add(f"> {'close' if received.how == 'close' else 'the connection ends'}{code}", "")
        else:
            self._lines.add(*_received_command(received))


# ---------------------------------------------------------------- requests
def _endpoint(request: Request) -> tuple[str, Evidence | None]:
    """The endpoint's name and row; a fixed text for requests that our tables do not have."""
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
        case RawBytes():
            return "raw bytes"


def _because(answer: Answer) -> str:
    return "" if isinstance(answer, Accept) else _short(answer.because)


def _short(because: str) -> str:
    """The source of a behaviour without the document's name, which is always the same: ``§4.7 [3]: ..``."""
    return because.replace(f"{DOCUMENT} ", "§")


# ---------------------------------------------------------------- messages
def _received_command(message: Message) -> tuple[str, str]:
    if message.opcode not in (Opcode.TEXT, Opcode.BINARY):
        return f"> {message.opcode.name.lower()} frame", _source(Group.ENDS, "WebSocket ping")
    name = _known(Group.COMMANDS, _fields(message).get("event"))
    binary = " (binary)" if message.opcode is Opcode.BINARY else ""
    return f"> {_shown(name)}{binary}", _source(Group.COMMANDS, name)


def _sent_event(message: Message) -> tuple[str, str]:
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
    """Return the keys and values of a message that is a JSON object; empty for any other message.

    A message longer than `_LONGEST` is not parsed: the result has only its ``event``.
    """
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
    """The name, if our tables have it; a fixed text for a name that a client made up."""
    return name if isinstance(name, str) and find(group, name) is not None else _OTHER


def _shown(name: str) -> str:
    return f"({name})" if name == _OTHER else name


def _source(group: Group, name: str) -> str:
    evidence = find(group, name)
    if evidence is None:
        return ""
    told = f"{evidence.source}: {evidence.behaviour}" if group in (Group.ERRORS, Group.CHALLENGES) else evidence.source
    return f"{told} (--switch {evidence.switch})" if evidence.switch else told
