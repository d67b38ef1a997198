"""A fake whose answers and events are changed on their way: what a service looks like that has moved on."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from fake_server.script import Config, Script
from fake_server.stage import Accept, Response
from provider.websocket import Message, Opcode


def as_it_is(event):
    """No change."""
    return [event]


@dataclass(frozen=True)
class Change:
    """One thing that a service does otherwise.

    Attributes:
        event: Gives the events that go out in the place of one.
        answer: Gives the answer to a request in the place of another.
    """

    event: Callable = as_it_is
    answer: Callable = lambda request, answer: answer


class ChangedStage:
    """The fake, changed."""

    def __init__(self, change, config=None):
        self._script = Script(config or Config())
        self._change = change

    async def handle(self, request):
        answer = await self._script.handle(request)
        if isinstance(answer, Accept):

            async def run(socket):
                await answer.run(ChangedSocket(socket, self._change))

            return replace(answer, run=run)
        return self._change.answer(request, answer) if isinstance(answer, Response) else answer

    async def close(self):
        await self._script.close()


class ChangedSocket:
    """A socket that says something else."""

    def __init__(self, socket, change):
        self._socket = socket
        self._change = change

    def __getattr__(self, name):
        return getattr(self._socket, name)

    async def send(self, message):
        if message.opcode is not Opcode.TEXT:
            await self._socket.send(message)
            return
        for event in self._change.event(json.loads(message.data)):
            is_binary = event.pop("as binary", False)
            data = json.dumps(event, separators=(",", ":")).encode()
            await self._socket.send(Message(Opcode.BINARY if is_binary else Opcode.TEXT, data))


def renamed(name, before, after):
    """A field of an event under another name."""

    def change(event):
        if event["event"] == name:
            event = {after if key == before else key: value for key, value in event.items()}
        return [event]

    return change


def without(name):
    """An event less."""
    return lambda event: [] if event["event"] == name else [event]


def with_field(name, **fields):
    """Fields of an event, added or replaced."""
    return lambda event: [event | fields] if event["event"] == name else [event]


def called(name, now):
    """An event under another name."""
    return with_field(name, event=now)


def held(name, until):
    """An event that comes behind another one."""
    waiting = []

    def change(event):
        if event["event"] == name:
            waiting.append(event)
            return []
        if event["event"] == until:
            freed = [event, *waiting]
            waiting.clear()
            return freed
        return [event]

    return change


def answered(path, **changes):
    """The answer to a path: ``status=..``, or the JSON's fields by ``body``."""
    body = changes.pop("body", None)

    def change(request, answer):
        if request.path != path:
            return answer
        if body is None:
            return replace(answer, **changes)
        return replace(answer, body=json.dumps(body(json.loads(answer.body))).encode(), **changes)

    return change
