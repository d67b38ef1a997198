"""`wiretape record --browser` ends in time after SIGTERM, also where the browser hangs."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest

from fake_server import serve
from fake_server.stage import Response
from harness.cassette.store import load
from harness.record.state_dir import journals
from tests.support.browsers.processes import processes_of
from tests.support.browsers.sealed_browser import SEAL
from tests.support.project.tree import ROOT
from tests.support.servers.stages import StageOf

pytestmark = pytest.mark.browser

# Of what a page asks for in its first moments the browser does not tell everything: it asks again.
PAGE = """<!doctype html><title>x</title><link rel=icon href="data:,"><script>
const ask = () => fetch("/first").then(() => fetch("/second")).then(() => setTimeout(ask, 200));
ask();
</script>"""


@pytest.fixture
def recorder(sealed, chromium, tmp_path):
    """Records a page that asks for two things, and again; yields the process when its journal has both, and the cassette."""

    async def handle(request):
        kind = "text/html" if request.path == "/" else "text/plain"
        return Response(headers=(("content-type", kind),), body=PAGE.encode() if request.path == "/" else b"ok")

    stage, output = StageOf(handle), tmp_path / "x.yaml"
    wrapper, state = tmp_path / "chromium", tmp_path / "state"
    wrapper.write_text(f'#!/bin/sh\nexec {chromium} "{SEAL}" "$@"\n')
    wrapper.chmod(0o755)
    variables = {"COPILOT_PROFILE": sealed.profile, "XDG_STATE_HOME": state, "CHROME_PATH": wrapper, "PYTHONPATH": ROOT}
    with serve(stage) as server:
        command = [sys.executable, "-m", "harness.cli.main", "record", "-o", str(output)]
        command += ["--browser", "--headless", "--upstream", server.url]
        environment = {**os.environ, **{name: str(value) for name, value in variables.items()}}
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
            try:
                until = time.monotonic() + 60
                while not all(path in written(state) for path in (b"/first", b"/second")):
                    assert process.poll() is None, process.stderr.read()
                    assert time.monotonic() < until, "the page was not recorded"
                    time.sleep(0.02)
                yield process, output
            finally:
                for number in processes_of(sealed.profile):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(number, signal.SIGKILL)
                process.kill()


def written(state):
    """What the journals hold so far; the page's requests may end in either order."""
    return b"".join(each.path.read_bytes() for each in journals(state / "wiretape"))


def ended(process):
    began = time.monotonic()
    process.terminate()
    process.wait(30)
    return time.monotonic() - began


def test_sigterm_ends_a_recording_in_time(recorder, tmp_path):
    process, output = recorder
    assert ended(process) < 8  # 2 s, and the time in which the machine was too busy
    assert {each.target for each in load(output).exchanges} >= {"/first", "/second"}
    assert not journals(tmp_path / "state" / "wiretape")


def test_sigterm_ends_a_recording_whose_browser_hangs(recorder, sealed, tmp_path):
    process, output = recorder
    for number in processes_of(sealed.profile):
        os.kill(number, signal.SIGSTOP)
    assert ended(process) < 8
    kept = output.exists() or journals(tmp_path / "state" / "wiretape")
    assert kept, process.stderr.read()
