"""A sweep of a session with several upstreams: each run has their ports."""

import json
import os
import sys

from harness.cassette.model import Body, Call, Cassette, Recorded, ResponsePart
from harness.faults.parsing import parse_rule
from harness.services.environment import service_environment
from harness.services.neutral import NEUTRAL
from harness.sweep.running import Program, run_once

PROGRAM = """
import json, os, urllib.request
try:
    url = json.load(urllib.request.urlopen(os.environ["WIRETAPE_URL"] + "/start", timeout=10))["upload"]
    assert url == os.environ["WIRETAPE_URL_STORE"] + "/put/7", url
    print(json.load(urllib.request.urlopen(url, timeout=10)))
except urllib.error.HTTPError as error:
    print("status", error.code)
"""


def _answer(value: object) -> ResponsePart:
    body = Body(data=json.dumps(value).encode())
    return ResponsePart(status=200, headers=(("content-type", "application/json"),), body=body)


def test_each_run_has_the_ports_of_further_upstreams() -> None:
    store = "https://store.example"
    recorded = Recorded(at="2026-12-02T00:00:00Z", by="relay", origin="https://api.example", upstreams={"store": store})
    calls = (
        Call(method="GET", target="/start", response=_answer({"upload": f"{store}/put/7"})),
        Call(method="GET", target=f"{store}/put/7", at=1, response=_answer([7])),
    )
    program = Program(
        command=[sys.executable, "-c", PROGRAM],
        environment=lambda url, upstreams: {**os.environ, **service_environment(url, NEUTRAL, upstreams)},
        cassette=Cassette(recorded=recorded, exchanges=calls),
        profile=NEUTRAL,
    )
    clean = run_once(program, None, deadline=30)
    assert (clean.code, clean.output, clean.differences) == (0, b"[7]\n", ()), clean.errors
    faulted = run_once(program, parse_rule("status 503 at request 1 of GET /put/7"), deadline=30)
    assert (faulted.code, faulted.output, faulted.struck) == (0, b"status 503\n", True), faulted.errors
