"""A project without a line of configuration, as everybody begins."""

import subprocess
import sys

import pytest

from tests.support.inner_pytest.runs import FAKE, NEEDED, InnerPytest


@pytest.fixture
def fresh(pytester):
    inner = InnerPytest(pytester)
    (inner.folder / "tox.ini").unlink()
    return inner


ASYNC = """
import asyncio


@pytest.mark.cassette("greeting")
async def test_fixture(async_copilot):
    turn = await async_copilot.chat("Hello").read()
    assert "Hello" in turn.text


@pytest.mark.cassette("user")
async def test_other_client(wire):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(wire.url.rpartition(":")[2]))
    writer.write(b"GET /c/api/user HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n")
    assert (await reader.readline()).split()[1] == b"200"
    writer.close()


class TestClass:
    async def test_script(self, wire, async_copilot):
        wire.say("The Nile.").done()
        assert (await async_copilot.chat("Name a river").read()).text == "The Nile."


@pytest.mark.asyncio
async def test_marked_already(async_copilot):
    assert (await async_copilot.chat("Hello").read()).text
"""


def test_asyncio_tests_run(fresh):
    fresh.write(ASYNC)
    fresh.run("-W", "error", "--record-mode=once", FAKE).assert_outcomes(passed=4)
    fresh.run("-W", "error").assert_outcomes(passed=4)


def test_coroutines_without_a_wire_are_nobodys_business_of_ours(fresh):
    fresh.write("async def test_it(): pass")
    result = fresh.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*async def functions are not natively supported*"])


def test_coroutines_that_anyio_runs_are_left_to_it(fresh):
    fresh.plugins = (*NEEDED, "-p", "anyio")
    fresh.write("""
    @pytest.fixture
    def anyio_backend():
        return "asyncio"


    @pytest.mark.anyio
    @pytest.mark.cassette("greeting")
    async def test_it(wire, request):
        assert request.node.get_closest_marker("asyncio") is None
        import urllib.request
        assert urllib.request.urlopen(wire.url + "/c/api/user", timeout=10).status == 200
    """)
    fresh.record("-W", "error").assert_outcomes(passed=1)


def run_pytest(folder):
    """A user's own `python -m pytest`; pytester's runs would have plugins of the test suite's."""
    command = [sys.executable, "-m", "pytest", *NEEDED]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_who_has_no_asyncio_tests_hears_nothing_of_pytest_asyncio(fresh):
    fresh.write("def test_it(): pass")
    done = run_pytest(fresh.folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Deprecat" not in done.stdout


def test_who_configures_pytest_asyncio_hears_what_it_says(fresh):
    (fresh.folder / "tox.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    fresh.write("def test_it(): pass")
    done = run_pytest(fresh.folder)
    assert 'option "asyncio_default_fixture_loop_scope" is unset' in done.stderr
