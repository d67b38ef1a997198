"""The session of the pictures: a small service for the weather, and a client that trusts it too much."""

from __future__ import annotations

import asyncio
import json

from fake_server.stage import Accept, Answer, Request, Response, Socket
from provider.websocket import Message, Opcode
from tests.support.servers.stages import StageOf

PAUSE = 0.02
USUAL = ("It", " is", " 21", " degrees", " in", " Lisbon", ".")
COLDER = ("It", " is", " 12", " degrees", " in", " Lisbon", ".")

CLIENT = '''\
"""Asks for the weather, and prints what it is told."""

import json
import os
import urllib.request

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

CITY = os.environ.get("CITY", "Lisbon")


def weather(url, socket_url):
    with urllib.request.urlopen(f"{url}/v1/cities?name={CITY}", timeout=10) as answer:
        city = json.load(answer)["id"]
    text = ""
    with connect(f"{socket_url}/v1/chat", proxy=None) as socket:
        socket.send(json.dumps({"event": "ask", "city": city, "text": f"How warm is it in {CITY}?"}))
        try:
            while (message := json.loads(socket.recv(timeout=10)))["event"] != "done":
                text += message.get("text", "")
        except ConnectionClosed:
            pass
    return text


if __name__ == "__main__":
    print(weather(os.environ["WIRETAPE_URL"], os.environ["WIRETAPE_WS_URL"]))
'''
TEST = """\
import pytest
from client import weather


@pytest.mark.cassette("weather")
def test_names_the_temperature(wire):
    assert "21 degrees" in weather(wire.url, wire.ws_url)
"""


def service(words: tuple[str, ...] = USUAL) -> StageOf:
    """A service that answers in these pieces."""

    async def answer(socket: Socket) -> None:
        await socket.receive()
        await _send(socket, {"event": "started", "model": "weather-2"})
        for word in words:
            await asyncio.sleep(PAUSE)
            await _send(socket, {"event": "figure" if word.strip().isdigit() else "token", "text": word})
        await _send(socket, {"event": "done"})
        await socket.receive()

    async def handle(request: Request) -> Answer:
        if request.upgrade:
            return Accept(run=answer)
        return Response(headers=(("content-type", "application/json"),), body=b'{"id": "lis", "name": "Lisbon"}')

    return StageOf(handle)


async def _send(socket: Socket, value: dict[str, str]) -> None:
    await socket.send(Message(Opcode.TEXT, json.dumps(value, separators=(",", ":")).encode()))
