"""Autobahn's 301 cases for WebSockets, by kosoku, which asks them of a server; see docs/conformance.md."""

import re
from pathlib import Path

import pytest
from kosoku import FailureError, run_fuzzingclient

from fake_server import serve
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.relay.relay import Relay
from harness.services.copilot import COPILOT
from provider.transport.types import Settings
from tests.support.servers.stages import echoing

CASES = 301
COMPRESSION = ["12.*", "13.*"]
"""Cases of an extension that neither side offers."""
PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"

pytestmark = pytest.mark.long


@pytest.fixture
async def echo():
    async with serve(echoing(), strict=True) as server:
        yield server


@pytest.fixture
async def relay(echo, tmp_path):
    kept = RecordingOptions(state_directory=tmp_path / "state")
    with Recording(tmp_path / "cases.yaml", COPILOT, options=kept) as recording:
        stage = Relay(echo.url, COPILOT, recording, settings=Settings(trust_environment=False))
        async with serve(stage) as server:
            yield server
        recording.discard()


async def outcomes(server, cases=None, concurrency=2):
    """The cases, passed or not."""
    try:
        return await run_fuzzingclient(f"127.0.0.1:{server.port}", cases, COMPRESSION, concurrency=concurrency)
    except FailureError as failed:
        return failed.results


def excepted():
    """The cases that the page names as not passed."""
    return set(re.findall(r"^\| (\d+(?:\.\d+)+) \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))


async def failed_cases(server):
    """The cases that failed, and again by themselves: some have seconds to pass in, which a busy machine exceeds."""
    results = await outcomes(server)
    assert len(results) == CASES
    failed = [each.case_id for each in results if not each.passed]
    again = await outcomes(server, failed, concurrency=1) if failed else []
    return {each.case_id for each in again if not each.passed}


async def test_host_passes_every_case_but_those_that_the_page_names(echo):
    assert await failed_cases(echo) == excepted()


async def test_relay_before_it_passes_every_case_but_those_that_the_page_names(relay):
    assert await failed_cases(relay) == excepted()
