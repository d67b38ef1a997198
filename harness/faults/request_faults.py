"""The faults of requests and upgrades: an answer in place of the stage's, or a change of the stage's answer."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from dataclasses import replace
from email.utils import formatdate
from typing import Final, TypeAlias

from fake_server.stage import Accept, Answer, BrokenBodyError, Drop, RawBytes, Request, Response, Stall
from harness.faults import raw, upgrade_faults
from harness.faults.bodies import chunks
from harness.faults.plan import ArmedRule
from harness.faults.upgrade_faults import Altered
from provider.websocket import Headers

Instead: TypeAlias = Callable[[ArmedRule, Request], Answer]
"""Makes the answer; the stage does not see the request."""

_HTML: Final = (("content-type", "text/html; charset=utf-8"),)
_CHALLENGE_PAGE: Final = (
    b"<!doctype html><title>Just a moment...</title><h1>Checking your browser</h1>"
    b"<p>A person has to pass this check in a browser.</p>"
)
_PAGE: Final = b"<!doctype html><title>Sign in to the network</title><h1>Welcome</h1><p>Sign in to go on.</p>"


# ---------------------------------------------------------------- instead of the stage
def refusal_by(armed: ArmedRule, _: Request) -> Answer:
    """The response that a rule's parameters describe: status (``code``), ``body``, ``type`` and ``retry-after``."""
    values = {"body": "", "type": "application/json", "retry-after": "", **armed.rule.parameters}
    body = str(values["body"])
    headers: Headers = (("content-type", str(values["type"])),)
    if values["retry-after"]:
        headers += (("retry-after", str(values["retry-after"])),)
    text = body or json.dumps({"error": {"code": values["code"], "message": f"wiretape: {armed.rule}"}})
    return Response(status=int(values["code"]), headers=headers, body=text.encode())


def _challenge(_: ArmedRule, __: Request) -> Answer:
    headers = (*_HTML, ("server", "cloudflare"), ("cf-mitigated", "challenge"))
    return Response(status=403, headers=headers, body=_CHALLENGE_PAGE)


def _html(_: ArmedRule, __: Request) -> Answer:
    return Response(headers=_HTML, body=_PAGE)


def _redirect(armed: ArmedRule, request: Request) -> Answer:
    target = str(armed.rule.parameters["to"]) or request.target
    return Response(status=307, headers=(("location", target),))


INSTEAD: Final[Mapping[str, Instead]] = {
    "cut": lambda _, __: Drop(how="eof"),
    "reset": lambda _, __: Drop(how="reset"),
    "half-close": lambda _, __: Drop(reads_on=True),
    "offline": lambda _, __: Drop(how="eof"),
    "stall": lambda _, __: Stall(),
    "status": refusal_by,
    "challenge": _challenge,
    "html": _html,
    "redirect": _redirect,
    "garbage": lambda armed, _: raw.garbage(armed.random),
    "malformed": lambda _, __: raw.malformed(),
}


# ---------------------------------------------------------------- after the stage
async def _delay(armed: ArmedRule, _: Request, answer: Answer) -> Answer | None:
    values = armed.rule.parameters
    more = float(values["by"]) + armed.random.random() * float(values["jitter"])
    if isinstance(answer, Response | Accept | Drop):
        return replace(answer, after=answer.after + more)
    return None


async def _slow(armed: ArmedRule, _: Request, answer: Answer) -> Answer | None:
    rate = int(armed.rule.parameters["rate"])
    return _with_body(answer, lambda body: _paced(body, rate))


async def _truncate(armed: ArmedRule, _: Request, answer: Answer) -> Answer | None:
    limit = int(armed.rule.parameters["bytes"])
    return _with_body(answer, lambda body: _limited(body, limit))


def _with_body(answer: Answer, change: Callable[[bytes | AsyncIterable[bytes]], AsyncIterable[bytes]]) -> Answer | None:
    if not isinstance(answer, Response):
        return None
    headers = answer.headers
    if isinstance(answer.body, bytes) and answer.body:
        headers = (*_without(headers, "content-length"), ("content-length", str(len(answer.body))))
    return replace(answer, headers=headers, body=change(answer.body))


async def _paced(body: bytes | AsyncIterable[bytes], rate: int) -> AsyncIterator[bytes]:
    step = max(1, rate // 20)
    async for chunk in chunks(body):
        for at in range(0, len(chunk), step):
            piece = chunk[at : at + step]
            yield piece
            await asyncio.sleep(len(piece) / rate)


async def _limited(body: bytes | AsyncIterable[bytes], limit: int) -> AsyncIterator[bytes]:
    left = limit
    async for chunk in chunks(body):
        if chunk[:left]:
            yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            raise BrokenBodyError("eof")


async def _slice(armed: ArmedRule, _: Request, answer: Answer) -> Answer | None:
    if not isinstance(answer, Response):
        return None
    body = await raw.whole_body(answer)
    data = raw.head(answer, ("content-length", str(len(body)))) + body
    return RawBytes(pieces=raw.sliced(data, int(armed.rule.parameters["size"])))


async def _dribble(armed: ArmedRule, _: Request, answer: Answer) -> Answer | None:
    if not isinstance(answer, Response):
        return None
    body = await raw.whole_body(answer)
    return RawBytes(pieces=_dribbled(raw.head(answer, ("content-length", str(len(body)))), body, armed))


async def _dribbled(head: bytes, body: bytes, armed: ArmedRule) -> AsyncIterator[bytes]:
    async for piece in raw.sliced(head, 1, float(armed.rule.parameters["every"])):
        yield piece
    yield body


async def _no_trailers(armed: ArmedRule, _: Request, answer: Answer) -> Answer | None:
    if not isinstance(answer, Response) or not answer.trailers:
        return None
    known = answer.trailers

    def none() -> Headers:
        # A relay knows only at the body's end whether there are any.
        if not isinstance(known, tuple) and not known():
            armed.withdraw()
        return ()

    return replace(answer, trailers=none)


async def _cut_gzip(_: ArmedRule, __: Request, answer: Answer) -> Answer | None:
    if not isinstance(answer, Response):
        return None
    body = await raw.whole_body(answer)
    coded = dict(answer.headers).get("content-encoding", "") == "gzip"
    packed = body if coded else gzip.compress(body)
    headers = (*_without(answer.headers, "content-encoding", "content-length"), ("content-encoding", "gzip"))
    return replace(answer, headers=headers, body=packed[: len(packed) // 2])


async def _interim(armed: ArmedRule, request: Request, answer: Answer) -> Answer | None:
    for number in range(int(armed.rule.parameters["count"])):
        request.inform(103, (("link", f"</{number}.css>; rel=preload"),))
    return answer


async def _wrong_type(armed: ArmedRule, _: Request, answer: Answer) -> Answer | None:
    return _with_headers(answer, "content-type", str(armed.rule.parameters["type"]))


async def _skew(armed: ArmedRule, _: Request, answer: Answer) -> Answer | None:
    moment = time.time() - float(armed.rule.parameters["by"])
    return _with_headers(answer, "date", formatdate(moment, usegmt=True))


def _with_headers(answer: Answer, name: str, value: str) -> Answer | None:
    if not isinstance(answer, Response):
        return None
    return replace(answer, headers=(*_without(answer.headers, name), (name, value)))


def _without(headers: Headers, *names: str) -> Headers:
    return tuple(field for field in headers if field[0] not in names)


def _by_bytes(make: Callable[[Response], AsyncIterable[bytes]]) -> Altered:
    async def altered(_: ArmedRule, __: Request, answer: Answer) -> Answer | None:
        return RawBytes(pieces=make(answer)) if isinstance(answer, Response) else None

    return altered


ALTERED: Final[Mapping[str, Altered]] = {
    "delay": _delay,
    "slow": _slow,
    "slice": _slice,
    "truncate": _truncate,
    "short-body": _by_bytes(lambda answer: raw.with_length(answer, raw.DIFFERENCE)),
    "long-body": _by_bytes(lambda answer: raw.with_length(answer, -raw.DIFFERENCE)),
    "bad-chunk": _by_bytes(raw.with_bad_chunk),
    "no-last-chunk": _by_bytes(raw.chunked),
    "no-trailers": _no_trailers,
    "cut-gzip": _cut_gzip,
    "dribble": _dribble,
    "interim": _interim,
    "wrong-type": _wrong_type,
    "skew": _skew,
    **upgrade_faults.ALTERED,
}
