"""What redaction costs, in CPU: time per message, bytes a second, and the time of a recording that learns secrets."""

from __future__ import annotations

import base64
import json
import random
import string
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.rounds import ROUNDS, measure
from benchmarks.rows import Row, median
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.redact.engine import Redactor
from harness.services.copilot import COPILOT

_MESSAGES = 2_000
_DELTAS = [
    json.dumps({"event": "appendText", "messageId": "m1", "partId": "0", "text": f" word {n},", "id": str(n)}).encode()
    for n in range(_MESSAGES)
]
_RESULTS = [{"id": n, "title": "A page", "text": "It says this.\n" * 20} for n in range(400)]
_BODY = json.dumps({"results": _RESULTS}).encode()
_NAMES = json.dumps({"results": [{**each, "author": "The key of a design"} for each in _RESULTS]}).encode()
_BINARY = bytes(range(256)) * 512


def _new(secrets: int) -> Redactor:
    redactor = Redactor(COPILOT)
    for number in range(secrets):
        value = base64.b64encode(f"{number:04}".encode() * 12).decode().rstrip("=")
        redactor.headers([("authorization", f"Bearer {value}")])
    return redactor


def _per_message(act: Callable[[bytes], object]) -> float:
    act(_DELTAS[0])
    begun = time.process_time()
    for message in _DELTAS:
        act(message)
    return (time.process_time() - begun) / _MESSAGES * 1e6


def _per_byte(act: Callable[[bytes], object], data: bytes, first: bytes = b"nothing") -> float:
    act(first)
    begun = time.process_time()
    act(data)
    return len(data) / 1e6 / (time.process_time() - begun)


def _token(rng: random.Random) -> str:
    return "".join(rng.choices(string.ascii_letters + string.digits, k=40))


def _learning(exchanges: int) -> float:
    """Seconds for so many exchanges, each of which sets a cookie that none did before, and has a body of 2.6 kB."""
    rng, cookie = random.Random(1), "none"
    body = json.dumps({"results": [{**each, "text": "It says this.\n" * 8} for each in _RESULTS[:16]]}).encode()
    with tempfile.TemporaryDirectory() as directory:
        options = RecordingOptions(state_directory=Path(directory) / "state")
        recording = Recording(Path(directory) / "learning.yaml", COPILOT, options=options)
        begun = time.process_time()
        for number in range(exchanges):
            fields = (("host", "service.test"), ("accept", "application/json"), ("cookie", f"sid={cookie}"))
            exchange = recording.begin("GET", f"/c/api/conversations/{number}", fields, at=float(number))
            cookie = _token(rng)
            fields = (("content-type", "application/json"), ("set-cookie", f"sid={cookie}; Path=/; HttpOnly"))
            exchange.respond(200, fields, at=number + 0.1)
            exchange.chunk(body, at=number + 0.2)
            exchange.end(at=number + 0.3)
        taken = time.process_time() - begun
        recording.discard()
    return taken


_PARSE, _PARSE_BODY, _FEW = "json.loads", "json.loads of the body", "an exchange of 100"


def rows(rounds: int = ROUNDS) -> list[Row]:
    return [*_message_rows(rounds), *_body_rows(rounds), _learning_row(min(rounds, 3))]


def _message_rows(rounds: int) -> list[Row]:
    candidates: dict[str, Callable[[], float]] = {_PARSE: lambda: _per_message(json.loads)}
    for number in (0, 200):
        candidates[f"appendText, {number} secrets"] = lambda n=number: _per_message(_new(n).data)
    results = measure(candidates, rounds)
    return [
        Row(
            key=f"redaction.message-{number}", what=f"an appendText event with {number} known secrets, CPU", unit="µs",
            ours=results[f"appendText, {number} secrets"].median, peer=median(results, _PARSE), goal=3.5,
            means="The recorder keeps up with a stream, however many secrets it has learned.",
        )
        for number in (0, 200)
    ]  # fmt: skip


def _body_rows(rounds: int) -> list[Row]:
    results = measure(
        {
            _PARSE_BODY: lambda: _per_byte(json.loads, _BODY, b"{}"),
            "JSON body": lambda: _per_byte(_new(20).data, _BODY),
            "names": lambda: _per_byte(_new(20).data, _NAMES),
            "binary": lambda: _per_byte(_new(20).data, _BINARY),
            "scan": lambda: _per_byte(_new(20).scan, _BODY),
        },
        rounds,
    )

    def row(key: str, name: str, what: str, goal: float | None, means: str) -> Row:
        ours = results[name].median
        peer = median(results, _PARSE_BODY)
        return Row(key=f"redaction.{key}", what=what, means=means, unit="MB/s", ours=ours, better="more",
                   limit=peer, goal=goal)  # fmt: skip

    size = f"{len(_BODY) / 1e3:.0f} kB"
    return [
        row("body", "JSON body", f"a JSON body of {size}, 20 secrets", 40, "Large answers pass without a pause."),
        row("body-names", "names", "the same with words like names (author, the key of)", None,
            "The slowest usual text: each word that may announce a secret is looked at."),
        row("body-binary", "binary", "a binary body", None, "Pictures are searched, too."),
        row("scan", "scan", "search of the finished bytes", 40, "`wiretape lint` reads a folder of cassettes quickly."),
    ]  # fmt: skip


def _learning_row(rounds: int) -> Row:
    results = measure({f"{number} exchanges": lambda n=number: _learning(n) for number in (100, 800)}, rounds)
    few, many = (results[f"{number} exchanges"].median / number * 1e3 for number in (100, 800))
    return Row(
        key="redaction.learning", what="an exchange of 800 that all set a fresh cookie, CPU", unit="ms",
        ours=many, peer=(_FEW, few), goal=1.5,
        means="A long session costs as much an exchange as a short one: each new secret is sought where it can be.",
    )  # fmt: skip
