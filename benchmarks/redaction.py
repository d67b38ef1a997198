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

from benchmarks.rounds import measure, report
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
_EXCHANGES = (100, 200, 400, 800)


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


def _per_byte(act: Callable[[bytes], object], data: bytes) -> float:
    act(b"nothing")
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


def main() -> None:
    parse, none, many = "json.loads of an appendText", "appendText, 0 secrets known", "appendText, 200 secrets known"
    per_message: dict[str, Callable[[], float]] = {parse: lambda: _per_message(json.loads)}
    for number in (0, 20, 200):
        per_message[f"appendText, {number} secrets known"] = lambda n=number: _per_message(_new(n).data)
    ratios = {"0 secrets beside json.loads": (none, parse, "3.5"), "200 secrets beside it": (many, parse, "3.5")}
    report("Redaction of a message (less is better)", "us", measure(per_message), ratios)
    per_byte = {
        "JSON body, 0 secrets known": lambda: _per_byte(_new(0).data, _BODY),
        "JSON body, 20 secrets known": lambda: _per_byte(_new(20).data, _BODY),
        "JSON body with words like names, 20 secrets": lambda: _per_byte(_new(20).data, _NAMES),
        "binary body, 20 secrets known": lambda: _per_byte(_new(20).data, _BINARY),
        "scan of the finished bytes, 20 secrets known": lambda: _per_byte(_new(20).scan, _BODY),
    }
    report(f"Redaction of a body of {len(_BODY) / 1e3:.0f} kB (more is better)", "MB/s", measure(per_byte), {})
    learning = {f"{number} exchanges": lambda n=number: _learning(n) for number in _EXCHANGES}
    report("Recording exchanges with fresh cookies (less is better)", "s", measure(learning, rounds=3), {})
