"""The system clock is set while a session runs: no deadline, pace or recorded time follows it."""

import asyncio
import time
import urllib.request
from datetime import timedelta

import pytest

from fake_server import serve
from fake_server.script import Script
from fake_server.stage import Response
from harness.cassette.model import Line
from harness.cassette.store import load, save
from harness.proxy.errors import AuthorityError
from harness.proxy.kept_authority import kept_authority
from harness.sessions import recording, replaying
from provider import TimeoutError as CopilotTimeoutError
from provider import clock
from tests.support.cassettes.builders import call, cassette
from tests.support.jumping_clock import jump
from tests.support.servers.stages import StageOf

PAUSE = 0.05
LONG = 20.0
"""Seconds; a clock that jumps would be off by a day."""


@pytest.fixture
def jumping(monkeypatch):
    jump(monkeypatch)


def get(url):
    with urllib.request.urlopen(url, timeout=LONG) as answer:
        return answer.read()


@pytest.mark.usefixtures("jumping")
def test_deadline_of_a_client_passes_in_its_time(ask):
    with serve(Script()) as service:
        begun = time.monotonic()
        _, error = ask(service.url, "/stall", timeout=0.5)
    assert isinstance(error, CopilotTimeoutError)
    assert 0.4 < time.monotonic() - begun < LONG


@pytest.mark.usefixtures("jumping")
def test_recorded_times_are_those_that_passed(tmp_path):
    async def pieces():
        for number in range(5):
            yield b"data: %d\n\n" % number
            await asyncio.sleep(PAUSE)

    async def handle(_):
        return Response(headers=(("content-type", "text/event-stream"),), body=pieces())

    path = tmp_path / "stream.yaml"
    with serve(StageOf(handle)) as service, recording(path, service.url) as running:
        get(running.url + "/events")
    [exchange] = load(path).exchanges
    times = [line.time for line in exchange.response.stream]
    assert len(times) >= 5
    assert times == sorted(times)
    assert 2 * PAUSE * 1e6 <= times[4] - times[0] < LONG * 1e6


@pytest.mark.usefixtures("jumping")
def test_replay_keeps_the_recorded_pace(tmp_path):
    lines = tuple(Line("<", number * 100_000, "text", b"x") for number in range(4))
    path = tmp_path / "pace.yaml"
    save(cassette(call("GET /events", answer=b"", stream=lines)), path)
    with replaying(load(path), speed="recorded") as running:
        begun = time.monotonic()
        get(running.url + "/events")
    assert 0.25 < time.monotonic() - begun < LONG


def test_kept_authority_of_a_clock_that_was_ahead_names_the_clock(tmp_path, monkeypatch):
    path, real = tmp_path / "ca.pem", clock.now
    with monkeypatch.context() as ahead:
        ahead.setattr("harness.proxy.authority.now", lambda: real() + timedelta(days=3))
        ahead.setattr("harness.proxy.kept_authority.now", lambda: real() + timedelta(days=3))
        kept_authority(path, ["one.test"])
    with pytest.raises(AuthorityError, match=r"valid from \d{4}-\d\d-\d\d on: check .* clock"):
        kept_authority(path, ["one.test"])
