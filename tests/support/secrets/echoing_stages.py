"""Services that tell their callers' secrets: each answer repeats what the request was signed with."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, urlsplit

from fake_server.stage import Accept, Answer, Drop, Request, Response, Socket, Stall
from provider.websocket import Message, Opcode
from tests.support.servers.stages import StageOf

Conversation = Callable[[Socket, str], Awaitable[None]]


def secrets_of(request: Request) -> str:
    """All that a request was signed with, in one line."""
    named = [value for name, value in request.headers if name in ("authorization", "cookie", "x-useridentitytype")]
    keys = [value for name, value in request.headers if name == "x-copilot-temporarysessionkey"]
    return " ".join([*named, *keys, *(value for _, value in parse_qsl(urlsplit(request.target).query))])


def refusing(status: int, kind: str = "application/json") -> StageOf:
    """Every request gets that status, with its own secrets in headers and body."""

    async def handle(request: Request) -> Answer:
        told = secrets_of(request)
        body = json.dumps({"error": told}) if kind.endswith("json") else f"<!doctype html><p>Just a moment {told}"
        fields = (("content-type", kind), ("location", f"/?{told.split(' ')[-1]}"), ("x-told", told))
        return Response(
            status=status, headers=(*fields, ("set-cookie", f"told={told.split(' ')[-1]}")), body=body.encode()
        )

    return StageOf(handle)


def answering_badly(body: Callable[[str], bytes], kind: str = "application/json") -> StageOf:
    """Every request is a success whose body is made of its secrets."""

    async def handle(request: Request) -> Answer:
        return Response(headers=(("content-type", kind),), body=body(secrets_of(request)))

    return StageOf(handle)


def talking(run: Conversation, rest: StageOf | None = None) -> StageOf:
    """REST works well enough; on the socket the conversation is told the secrets."""

    async def handle(request: Request) -> Answer:
        if request.upgrade:
            told = secrets_of(request)

            async def converse(socket: Socket) -> None:
                await say(socket, event="connected", requestId="r1", id="0")
                await run(socket, told)

            return Accept(run=converse)
        if rest is not None:
            return await rest.handle(request)
        body = {"firstName": "Robin", "currentConversationId": "c1", "id": "c1", "isNewUser": False}
        return Response(headers=(("content-type", "application/json"),), body=json.dumps(body).encode())

    return StageOf(handle)


async def say(socket: Socket, **event: object) -> None:
    """One event."""
    await socket.send(Message(Opcode.TEXT, json.dumps(event).encode()))


async def error_event(socket: Socket, told: str) -> None:
    """An error whose code and text are secrets."""
    await socket.receive()
    await say(socket, event="error", errorCode=told, message=told, id="0")
    await socket.close()


async def malformed_event(socket: Socket, told: str) -> None:
    """An event of another shape, with secrets in place of the wrong values and names."""
    await socket.receive()
    await say(socket, event="appendText", messageId=told, partId=told, text={told: told})
    await socket.close()


async def no_json(socket: Socket, told: str) -> None:
    """What is no JSON."""
    await socket.receive()
    await socket.send(Message(Opcode.TEXT, f"{{{told}".encode()))
    await socket.close()


async def closing(socket: Socket, told: str) -> None:
    """A close frame whose reason is the secret that comes last."""
    await socket.receive()
    await socket.close(4000, told[-110:])


def cut() -> StageOf:
    """No answer: the connection ends."""

    async def handle(_: Request) -> Answer:
        return Drop(how="reset")

    return StageOf(handle)


def silent() -> StageOf:
    """No answer at all."""

    async def handle(_: Request) -> Answer:
        return Stall()

    return StageOf(handle)


def refusing_upgrades(status: int) -> StageOf:
    """REST works well enough; an upgrade gets that status, with its secrets in the headers."""
    rest, refuse = talking(closing), refusing(status)

    async def handle(request: Request) -> Answer:
        return await (refuse if request.upgrade else rest).handle(request)

    return StageOf(handle)


def ending_upgrades(answer: Answer) -> StageOf:
    """REST works well enough; an upgrade gets that answer: a `Drop` or a `Stall`."""
    rest = talking(closing)

    async def handle(request: Request) -> Answer:
        return answer if request.upgrade else await rest.handle(request)

    return StageOf(handle)
