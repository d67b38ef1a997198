"""A service of our own, whose client makes up numbers, ids, times, a signature, and short keys: one program, both sides."""

import asyncio
import hashlib
import json
import random
import secrets
import string
from datetime import UTC, datetime

import aiohttp

from fake_server.stage import Accept, Response
from provider.websocket import Ended, Message, Opcode
from tests.support.servers.stages import StageOf


def service():
    """Orders by REST, which the service numbers, and a socket that acknowledges what was ordered."""

    async def run(socket):
        while not isinstance(message := await socket.receive(), Ended):
            sent = json.loads(message.data)
            told = {"op": "ack", "ref": sent["ref"], "left": 3}
            await socket.send(Message(Opcode.TEXT, json.dumps(told).encode()))
            await socket.send(Message(Opcode.TEXT, b'{"op":"end"}'))

    async def handle(request):
        if request.upgrade:
            return Accept(run=run)
        if request.path == "/session":
            told = {"session": secrets.token_hex(5)}
        else:
            sent = json.loads(request.body or "{}")
            told = {"ref": sent.get("ref"), "state": "taken", "variant": dict(request.headers).get("x-variant")}
        return Response(headers=(("content-type", "application/json"),), body=json.dumps(told).encode())

    return StageOf(handle)


def _ten(made):
    return "".join(made.choices(string.ascii_lowercase + string.digits, k=9)) + made.choice(string.digits)


def run_client(url, seed, *, note="blue", header=None):
    """Run the client, and return what it received. ``seed`` decides the values that the client makes up."""
    headers = {} if header is None else {header: "8f3aQ9zL27xVb4TnR6kW0pYd"}
    return asyncio.run(_talk(url, random.Random(seed), note, headers))


async def _talk(url, made, note, headers):
    async with aiohttp.ClientSession(url, headers=headers) as http:
        async with http.post("/session", json={}) as response:
            session = (await response.json())["session"]
        told = []
        for item in (18, 21):
            ref = _ten(made)
            order = {
                "session": session,
                "ref": ref,
                "drawn": made.randrange(10**7, 10**8),
                "sent": datetime.now(UTC).isoformat(),
                "key": "".join(made.choices("bcdfghjkmnpqrtvwxz23456789", k=4)),
                "item": item,
                "note": note,
            }
            order["digest"] = hashlib.sha256(json.dumps(order).encode()).hexdigest()
            async with http.post("/orders", json=order) as response:
                response.raise_for_status()
                answer = await response.json()
            assert answer["ref"] == ref
            told.append(answer["state"])
        for variant in ("a", "b"):
            async with http.post("/prices", json={}, headers={"X-Variant": variant}) as response:
                response.raise_for_status()
                told.append((await response.json())["variant"])
        async with http.ws_connect("/feed") as socket:
            for _ in range(2):
                ref = _ten(made)
                await socket.send_json({"op": "watch", "ref": ref})
                answer = await socket.receive_json(timeout=5)
                assert answer["ref"] == ref
                told.append((await socket.receive_json(timeout=5))["op"])
    return told
