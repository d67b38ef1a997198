"""Socket.IO and SignalR as their servers speak them, and clients whose messages hold made-up numbers and ids."""

import asyncio
import json
import os
import random
import string
import time

import aiohttp

from fake_server.stage import Accept, Response
from provider.websocket import Ended, Message, Opcode
from tests.support.servers.stages import StageOf


def _text(value):
    return Message(Opcode.TEXT, value.encode())


_LETTERS = string.ascii_lowercase + string.digits


def _some(made, count, letters=_LETTERS):
    return "".join(made.choices(letters, k=count))


def socketio_service():
    made = random.Random(b"of the service" + os.urandom(4))

    async def run(socket):
        await socket.send(_text("0" + json.dumps({"sid": _some(made, 20), "upgrades": [], "pingInterval": 25000})))
        while not isinstance(message := await socket.receive(), Ended):
            if message.data == b"40":
                await socket.send(_text("40" + json.dumps({"sid": _some(made, 20)})))
            elif message.data.startswith(b"42"):
                _, asked = json.loads(message.data[2:])
                await socket.send(_text("42" + json.dumps(["told", {"ref": asked["ref"], "text": "heard"}])))

    async def handle(_):
        return Accept(run=run)

    return StageOf(handle)


async def _socketio(url, made):
    async with aiohttp.ClientSession(url) as http:
        stamp = _some(made, 7)
        async with http.ws_connect(f"/socket.io/?EIO=4&transport=websocket&t={stamp}") as socket:
            await socket.receive_str(timeout=5)
            await socket.send_str("40")
            await socket.receive_str(timeout=5)
            for number in range(2):
                ref = _some(made, 9, "bcdfghjklmnp23456789")
                await socket.send_str("42" + json.dumps(["ask", {"ref": ref, "nonce": made.random(), "tree": number}]))
                told = json.loads((await socket.receive_str(timeout=5))[2:])
                assert told == ["told", {"ref": ref, "text": "heard"}]


def signalr_service():
    made = random.Random(b"of the service" + os.urandom(4))

    async def run(socket):
        while not isinstance(message := await socket.receive(), Ended):
            for record in filter(None, message.data.split(b"\x1e")):
                called = json.loads(record)
                if "protocol" in called:
                    await socket.send(_text("{}\x1e"))
                elif called.get("type") == 1:
                    told = {
                        "type": 3,
                        "invocationId": called["invocationId"],
                        "result": called["arguments"][0]["ticket"],
                    }
                    await socket.send(_text(json.dumps(told) + "\x1e"))

    async def handle(request):
        if request.upgrade:
            return Accept(run=run)
        told = {
            "negotiateVersion": 1,
            "connectionId": _some(made, 22),
            "connectionToken": _some(made, 22),
            "availableTransports": [],
        }
        return Response(headers=(("content-type", "application/json"),), body=json.dumps(told).encode())

    return StageOf(handle)


async def _signalr(url, made):
    async with aiohttp.ClientSession(url) as http:
        async with http.post("/hub/negotiate?negotiateVersion=1") as response:
            token = (await response.json())["connectionToken"]
        async with http.ws_connect(f"/hub?id={token}") as socket:
            await socket.send_str('{"protocol":"json","version":1}\x1e')
            await socket.receive_str(timeout=5)
            for number in range(1, 3):
                ticket = made.randrange(10**6, 10**7)
                argument = {"ticket": ticket, "at": time.time_ns() // 10**6, "tree": number}
                call = {"type": 1, "invocationId": str(number), "target": "add", "arguments": [argument]}
                await socket.send_str(json.dumps(call) + "\x1e")
                told = json.loads((await socket.receive_str(timeout=5)).rstrip("\x1e"))
                assert told["result"] == ticket


def socketio_client(url, seed):
    asyncio.run(_socketio(url, random.Random(seed)))


def signalr_client(url, seed):
    asyncio.run(_signalr(url, random.Random(seed)))
