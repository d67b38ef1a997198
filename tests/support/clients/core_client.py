"""Talks to the fake's chat core without any socket: client messages in, a transcript out."""

from __future__ import annotations

import json
from typing import Any

from fake_server.scenarios import Scenario, Steps
from fake_server.service import routes
from fake_server.service.callers import identify
from fake_server.service.chat_socket import ChatSocket
from fake_server.service.config import Config
from fake_server.service.output import Action, Close, End, Pause, SendMessage
from fake_server.service.service import Service
from fake_server.stage import Request, Response
from provider.websocket import Message, Opcode

ORIGIN = "http://fake.test"
TOKEN = "token-of-the-tests"
INVALID = '{"event":"error","errorCode":"invalid-event","id":"%s"}'
"""The answer to an invalid message, for an event's number."""


def service_of(**settings: Any) -> Service:
    return Service(Config(**settings))


def request(method: str, target: str, body: bytes = b"", *, token: str | None = TOKEN, **headers: str) -> Request:
    fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
    if token is not None:
        fields.append(("authorization", f"Bearer {token}"))
    return Request(method=method, target=target, headers=tuple(fields), body=body, origin=ORIGIN)


def ask(service: Service, method: str, target: str, body: bytes = b"", **more: Any) -> Response:
    """One request, answered."""
    asked = request(method, target, body, **more)
    answer = routes.respond(service, asked, identify(asked, service.config, expiry=service.expiry))
    assert isinstance(answer, Response)
    return answer


def json_of(response: Response) -> Any:
    assert isinstance(response.body, bytes)
    return json.loads(response.body)


def send(prompt: str, conversation: str = "c1", **more: Any) -> str:
    """A user's message, as a client writes it."""
    content = [*more.pop("parts", ()), {"type": "text", "text": prompt}]
    return json.dumps({"event": "send", "conversationId": conversation, "content": content, "mode": "chat", **more})


class Talk:
    """One chat socket.

    Attributes:
        greeting: What the service said first.
    """

    def __init__(self, service: Service, token: str | None = TOKEN, *, patient: bool = True, **query: str) -> None:
        asked = request("GET", "/c/api/chat", token=token)
        caller = identify(asked, service.config, expiry=service.expiry)
        self.chat = ChatSocket(service, caller, origin=ORIGIN, query=query)
        self.greeting = self._shown(self.chat.open())
        if patient:
            self.greeting += self.listen()

    def say(self, *messages: str | bytes) -> list[str]:
        """Say all of that at once, then listen until nothing more comes."""
        shown: list[str] = []
        for message in messages:
            binary = isinstance(message, bytes)
            data = message if isinstance(message, bytes) else message.encode()
            shown += self._shown(self.chat.receive(Message(Opcode.BINARY if binary else Opcode.TEXT, data)))
        return shown + self.listen()

    def begin(self, message: str, steps: int) -> list[str]:
        """Say that, and listen to no more than some steps of the answer."""
        shown = self._shown(self.chat.receive(Message(Opcode.TEXT, message.encode())))
        for _ in range(steps):
            shown += self._shown(self.chat.advance())
        return shown

    def listen(self) -> list[str]:
        shown: list[str] = []
        while self.chat.has_output:
            shown += self._shown(self.chat.advance())
        return shown

    def _shown(self, actions: list[Action]) -> list[str]:
        return list(map(show, actions))


def talk(**settings: Any) -> Talk:
    """A chat socket of a new service with these fields of `Config`."""
    return Talk(service_of(**settings))


def talk_of_2025(**settings: Any) -> Talk:
    """The same in generation 2025-03: the socket begins without `connected`."""
    return talk(generation="2025-03", **settings)


def respond(method: str, token: str, **more: Any) -> str:
    """A client's answer to a challenge."""
    return json.dumps({"event": "challengeResponse", "token": token, "method": method, **more})


def show(action: Action) -> str:
    match action:
        case SendMessage(message):
            return message.data.decode() + (f" in {len(message.frames)} frames" if message.frames else "")
        case Pause(seconds):
            return f"(pause {seconds:g})"
        case End(how):
            return f"({how})"
        case Close(code, reason):
            return f"(close {code} {reason!r})"


def names(transcript: list[str]) -> list[str]:
    """The events' names alone."""
    return [line if line.startswith("(") else json.loads(line)["event"] for line in transcript]


def last(transcript: list[str], event: str) -> dict[str, Any]:
    """The last event of that name."""
    return [json.loads(line) for line in transcript if line.startswith(f'{{"event":"{event}"')][-1]


def text_of(transcript: list[str]) -> str:
    """The text that was added."""
    events = [json.loads(line) for line in transcript if line.startswith('{"event":"appendText"')]
    return "".join(event["text"] for event in events)


def playing(*steps: Any) -> Scenario:
    """A scenario ``/test`` of these steps."""

    def play(_: object) -> Steps:
        yield from steps

    return Scenario("/test", play, "for a test")
