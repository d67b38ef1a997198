"""Matching of requests with a cassette: the player alone, without a socket."""

from __future__ import annotations

import asyncio
import time

from benchmarks.rounds import ROUNDS, measure
from benchmarks.rows import Row
from fake_server.stage import Request, Response
from harness.cassette.model import Body, Call, Cassette, Recorded, RequestPart, ResponsePart
from harness.replay.player import Player
from harness.services.copilot import COPILOT

FEW, MANY = 1_000, 10_000


def calls(count: int, text: bytes = b"{}") -> Cassette:
    """A cassette of so many GET calls that differ in their paths."""
    answer = ResponsePart(status=200, headers=(("content-type", "application/json"),), body=Body(data=text))
    exchanges = tuple(
        Call(method="GET", target=f"/c/api/items/{number}", request=RequestPart(), response=answer)
        for number in range(count)
    )
    return Cassette(recorded=Recorded(at="2026-01-01T00:00:00Z", by="hand"), exchanges=exchanges)


def _match(count: int) -> float:
    player = Player(calls(count), COPILOT)
    requests = [Request(method="GET", target=f"/c/api/items/{number}") for number in range(count)]

    async def play() -> float:
        begun = time.process_time()
        for request in requests:
            answer = await player.handle(request)
            assert isinstance(answer, Response)
            assert answer.status == 200, answer
        return (time.process_time() - begun) / count * 1e6

    return asyncio.run(play())


def rows(rounds: int = ROUNDS) -> list[Row]:
    results = measure({f"{count} requests": lambda n=count: _match(n) for count in (FEW, MANY)}, min(rounds, 3))
    few, many = (results[f"{count} requests"].median for count in (FEW, MANY))
    return [
        Row(
            key="matching.many", what=f"matching a request with a cassette of {MANY:,}, CPU", unit="µs",
            ours=many, peer=(f"with one of {FEW:,}", few), goal=1.5,
            means="A large cassette is as quick as a small one: matching is linear.",
        )
    ]  # fmt: skip
