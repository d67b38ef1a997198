"""What redaction costs: bytes a second and time per message, with and without a session's secrets known."""

from __future__ import annotations

import base64
import json
import time

from benchmarks.rounds import measure, report
from harness.redact.engine import Redactor
from harness.services.copilot import COPILOT

_MESSAGES = 2_000
_DELTAS = [
    json.dumps({"event": "appendText", "messageId": "m1", "partId": "0", "text": f" word {n},", "id": str(n)}).encode()
    for n in range(_MESSAGES)
]
_BODY = json.dumps(
    {"results": [{"id": n, "title": "A page", "text": "It says this.\n" * 20} for n in range(400)]}
).encode()
_BINARY = bytes(range(256)) * 512


def _new(secrets: int) -> Redactor:
    redactor = Redactor(COPILOT)
    for number in range(secrets):
        value = base64.b64encode(f"{number:04}".encode() * 12).decode().rstrip("=")
        redactor.headers([("authorization", f"Bearer {value}")])
    return redactor


def _messages(secrets: int) -> float:
    redactor = _new(secrets)
    begun = time.perf_counter()
    for message in _DELTAS:
        redactor.data(message)
    return (time.perf_counter() - begun) / _MESSAGES * 1e6


def _throughput(data: bytes, secrets: int) -> float:
    redactor = _new(secrets)
    begun = time.perf_counter()
    redactor.data(data)
    return len(data) / 1e6 / (time.perf_counter() - begun)


def _scan(secrets: int) -> float:
    redactor = _new(secrets)
    begun = time.perf_counter()
    redactor.scan(_BODY)
    return len(_BODY) / 1e6 / (time.perf_counter() - begun)


def main() -> None:
    per_message = {f"appendText, {n} secrets known": lambda n=n: _messages(n) for n in (0, 20, 200)}
    report("Redaction of a message (less is better)", "us", measure(per_message), {})
    per_byte = {
        "JSON body, 0 secrets known": lambda: _throughput(_BODY, 0),
        "JSON body, 20 secrets known": lambda: _throughput(_BODY, 20),
        "binary body, 20 secrets known": lambda: _throughput(_BINARY, 20),
        "scan of the finished bytes, 20 secrets known": lambda: _scan(20),
    }
    report(f"Redaction of a body of {len(_BODY) / 1e3:.0f} kB (more is better)", "MB/s", measure(per_byte), {})
