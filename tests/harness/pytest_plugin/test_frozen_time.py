"""Tests that freeze or move time: their own code sees that time, servers and clients of the plugin keep the real one."""

from datetime import UTC, datetime, timedelta

import pytest

from harness import load
from tests.support.inner_pytest.runs import InnerPytest


@pytest.fixture
def inner(apart):
    """Runs in processes of their own: a frozen clock is the whole process's."""
    return apart


TESTS = """
import asyncio, datetime, time
import time_machine
from freezegun import freeze_time

hello = pytest.mark.cassette("hello")


@freeze_time("2030-01-01 12:00:00")
@hello
def test_decorated(copilot):
    assert "Hello" in copilot.chat("Hello").text
    assert datetime.datetime.now().year == 2030
    assert time.monotonic() == time.monotonic()


@hello
def test_block(copilot):
    with freeze_time("2019-03-04"):
        assert "Hello" in copilot.chat("Hello").text
        assert time.time() == 1551657600.0


@hello
def test_ticking_block(copilot):
    with freeze_time("1975-03-04", tick=True):
        assert "Hello" in copilot.chat("Hello").text
        assert datetime.date.today().year == 1975


@pytest.fixture
def frozen():
    with freeze_time("2041-05-06"):
        yield


@hello
def test_frozen_before_the_wire_and_until_after_it(frozen, copilot):
    assert "Hello" in copilot.chat("Hello").text
    assert datetime.datetime.now().year == 2041


@hello
@time_machine.travel("2021-01-01 12:00:00", tick=False)
def test_time_machine(copilot):
    assert "Hello" in copilot.chat("Hello").text
    assert datetime.datetime.now().year == 2021


@hello
@freeze_time("2030-01-01", real_asyncio=False)
async def test_loop_stands_still(async_copilot):
    turn = await async_copilot.chat("Hello").read()
    assert "Hello" in turn.text
    now = asyncio.get_running_loop().time()
    await asyncio.sleep(0)
    assert asyncio.get_running_loop().time() == now


@hello
@freeze_time("2030-01-01", real_asyncio=True)
async def test_loop_goes_on(async_copilot):
    turn = await async_copilot.chat("Hello").read()
    assert "Hello" in turn.text
    assert datetime.datetime.now().year == 2030


@hello
async def test_loop_is_frozen_in_the_midst(async_copilot):
    turn = async_copilot.chat("Hello")
    with freeze_time("2030-01-01", real_asyncio=False):
        assert "Hello" in (await turn.read()).text
"""

NAMES = [
    "decorated",
    "block",
    "ticking_block",
    "frozen_before_the_wire_and_until_after_it",
    "time_machine",
    "loop_stands_still",
    "loop_goes_on",
    "loop_is_frozen_in_the_midst",
]


@pytest.mark.parametrize("speed", ["instant", pytest.param("recorded", marks=pytest.mark.slow)])
def test_recorded_sessions_are_played_in_frozen_time(inner, speed):
    inner.write(TESTS)
    inner.record("-k", "test_block")
    inner.run(f"--wire-speed={speed}").assert_outcomes(passed=len(NAMES))


# In a process of its own where the first server starts in frozen time, and where the loop stands still.
@pytest.mark.parametrize(
    "names",
    [
        ["loop_stands_still"],
        pytest.param(["frozen_before_the_wire_and_until_after_it"], marks=pytest.mark.slow),
        pytest.param(NAMES, marks=pytest.mark.slow, id="all"),
    ],
    ids=lambda names: names[0],
)
def test_sessions_are_recorded_in_frozen_time_with_their_real_dates(inner, names):
    inner.write(TESTS.replace('pytest.mark.cassette("hello")', "pytest.mark.cassette"))
    begun = datetime.now(UTC).replace(microsecond=0)
    inner.record(*(f"test_it.py::test_{name}" for name in names)).assert_outcomes(passed=len(names))
    for name in names:
        recorded = load(inner.cassette(f"test_it/test_{name}")).recorded
        assert recorded.complete, name
        assert timedelta(0) <= datetime.fromisoformat(recorded.at) - begun < timedelta(minutes=2), name


PATIENCE = """
import urllib.request
import time_machine
from freezegun import freeze_time
from provider.errors import TimeoutError as ClientTimeoutError

# On a machine under load a short deadline may pass before the turn is asked for.
wire_config = pytest.fixture(lambda: {"unplayed": "ignore"}, name="wire_config")
FREEZERS = {
    "frozen": lambda: freeze_time("2030-01-01"),
    "ticking": lambda: freeze_time("2030-01-01", tick=True),
    "travelling": lambda: time_machine.travel("2030-01-01", tick=False),
}


@pytest.fixture(params=FREEZERS)
def frozen(request):
    with FREEZERS[request.param]():
        yield


def test_deadline_of_a_client(wire, copilot, frozen):
    wire.say("The Nile").stall().done()
    with pytest.raises(ClientTimeoutError):
        copilot.chat("Name a river", timeout=0.3).text


async def test_deadline_of_an_asyncio_client(wire, async_copilot, frozen):
    wire.say("The Nile").stall().done()
    with pytest.raises(ClientTimeoutError):
        await async_copilot.chat("Name a river", timeout=0.3).read()
"""


def test_deadlines_of_clients_come_in_frozen_time(inner):
    inner.write(PATIENCE)
    inner.run().assert_outcomes(passed=6)


WAITS = """
from freezegun import freeze_time
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


@pytest.mark.cassette("talk")
def test_records(copilot):
    assert copilot.chat("Hello").text


@freeze_time("2030-01-01")
@pytest.mark.cassette("talk")
def test_waits_for_what_never_comes(wire):
    path = "/c/api/chat?api-version=2&accessToken=x&clientSessionId=00000000-0000-4000-8000-000000000000"
    with connect(wire.ws_url + path) as socket:
        with pytest.raises(ConnectionClosed):
            while True:
                socket.recv(timeout=20)
"""


def test_deadline_of_the_player_comes_in_frozen_time(inner, pytester):
    inner.write(WAITS)
    InnerPytest(pytester, in_process=True).record("-k", "records")
    result = inner.run("-k", "waits", "--wire-timeout=0.3")
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["*client-hung: *"])
