"""A session that holds secrets of all kinds in carriers of all kinds: over real sockets, and as a HAR."""

import base64
import random
from dataclasses import dataclass, field

from fake_server.stage import Accept, Request, Response
from provider.websocket import Ended, Message, Opcode
from tests.support.secrets.canary_har import har_entry
from tests.support.secrets.canary_session import Asked, make_call
from tests.support.secrets.carriers import CARRIERS, fits
from tests.support.secrets.kinds import KINDS
from tests.support.servers.stages import StageOf

_IN_ANSWERS = {"set-cookie", "location"}


@dataclass
class World:
    """What is asked and answered, said on the socket, and what of it is secret.

    Attributes:
        planted: For each secret that must not be left: its kind, its carrier, and the secret.
    """

    calls: list[Asked] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    planted: list[tuple[str, str, str]] = field(default_factory=list)


def world(seed: int, rounds: int = 2) -> World:
    """Each kind in as many carriers as there are rounds, and each carrier several times."""
    made, rng = World(), random.Random(seed)
    for number in range(rounds):
        for index, kind in enumerate(KINDS):
            choice = [each for each in CARRIERS if fits(kind, each) and each.name != "subprotocol"]
            carrier = choice[(index * 7 + number * 11 + seed) % len(choice)]
            secret = kind.make(rng)
            _add(made, f"/{number}/{index}", carrier.make(kind.name or "note", secret))
            made.planted.append((kind.label, carrier.name, kind.core(secret)))
    return made


def _add(made: World, path: str, carried: object) -> None:
    if isinstance(carried, str):
        made.calls.append(Asked("GET", f"{path}{carried}" if carried.startswith("/") else carried))
    elif isinstance(carried, tuple):
        ((name, value),) = carried
        answered = [(name, value)] if name in _IN_ANSWERS else []
        made.calls.append(Asked("GET", path, [] if answered else [(name, value)], answer_headers=answered))
    elif b"\xd9" in carried or b"\x00" in carried or not carried.isascii() or len(made.messages) * 3 < len(made.calls):
        made.messages.append(carried)
    else:
        text = carried.decode()
        made.calls.append(Asked("POST", path, [("content-type", "text/plain")], text, answer=text))


def _opcode(data: bytes) -> int:
    try:
        data.decode()
    except UnicodeDecodeError:
        return 2
    return 2 if b"\x01" in data else 1


def service(made: World) -> StageOf:
    """The service's side."""
    known = {each.target: each for each in made.calls}

    async def run(socket):
        while not isinstance(message := await socket.receive(), Ended):
            await socket.send(Message(Opcode(message.opcode), message.data, ()))

    async def handle(request: Request):
        if request.upgrade:
            return Accept(run=run)
        asked = known.get(request.target, Asked("GET", "/"))
        return Response(headers=tuple(asked.answer_headers), body=asked.answer.encode())

    return StageOf(handle)


def talk(made: World, way) -> None:
    """The client's side."""
    for asked in made.calls:
        make_call(way, asked)
    with way.socket("/socket") as socket:
        for data in made.messages:
            socket.send(data.decode() if _opcode(data) == 1 else data)
            socket.recv(timeout=20)


def har(made: World, origin: str) -> dict:
    """The same as a HAR."""
    moment = "2026-11-23T05:{:02}:{:02}.000Z".format
    entries = [har_entry(origin, asked, moment(*divmod(number, 60))) for number, asked in enumerate(made.calls)]
    asked = Asked("GET", "/socket", [("connection", "Upgrade"), ("upgrade", "websocket")])
    socket = har_entry("wss" + origin.removeprefix("https"), asked, moment(59, 0))
    socket["response"]["status"] = 101
    socket["_resourceType"] = "websocket"
    socket["_webSocketMessages"] = [
        {
            "type": "send",
            "time": 1795410021.0 + number / 1000,
            "opcode": _opcode(data),
            "data": base64.b64encode(data).decode() if _opcode(data) == 2 else data.decode(),
        }
        for number, data in enumerate(made.messages)
    ]
    return {
        "log": {"version": "1.2", "creator": {"name": "WebInspector", "version": "537"}, "entries": [*entries, socket]}
    }
