"""pytest-socket beside the plugin: wires live, and everything else stays shut."""

import pytest

from tests.support.inner_pytest.runs import NEEDED, InnerPytest


@pytest.fixture
def guarded(pytester):
    return InnerPytest(pytester, plugins=(*NEEDED, "-p", "pytest_socket"))


CLIENTS = """
import json, socket, urllib.request
from pathlib import Path
from harness.netblock import NetworkBlockedError
from provider import CopilotClient


def ask(wire):
    with urllib.request.urlopen(wire.url + "/c/api/user", timeout=10) as answer:
        return answer.status


@pytest.mark.cassette("talk")
def test_client_of_libcurl(copilot):
    assert "Hello" in copilot.chat("Hello").text


@pytest.mark.cassette("user")
def test_client_of_python(wire):
    assert ask(wire) == 200


@pytest.mark.cassette("user")
def test_client_that_looks_a_name_up(wire):
    with urllib.request.urlopen(wire.url.replace("127.0.0.1", "localhost") + "/c/api/user", timeout=10) as answer:
        assert answer.status == 200


@pytest.mark.cassette("user")
def test_nothing_else_is_open(wire):
    assert ask(wire) == 200
    with pytest.raises(NetworkBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=5)


def test_script(wire, copilot):
    wire.say("The Nile.").done()
    assert copilot.chat("Name a river").text == "The Nile."
    assert ask(wire) == 200


def test_test_without_a_wire_is_guarded():
    import pytest_socket
    guarded = (pytest_socket.SocketBlockedError, pytest_socket.SocketConnectBlockedError)
    with pytest.warns(UserWarning), pytest.raises(guarded):
        socket.create_connection(("192.0.2.1", 80), timeout=5)


def test_guard_is_back_when_the_wire_has_ended(wire_factory):
    import pytest_socket
    with wire_factory("user") as wire:
        assert ask(wire) == 200
    guarded = (pytest_socket.SocketBlockedError, pytest_socket.SocketConnectBlockedError)
    with pytest.warns(UserWarning), pytest.raises(guarded):
        socket.create_connection(("192.0.2.1", 80), timeout=5)


@pytest.fixture(scope="module")
def wide(wire_factory):
    with wire_factory("wide", allow_playback_repeats=True) as wire:
        yield wire


@pytest.mark.parametrize("number", range(3))
def test_wider_wire(wide, number):
    assert ask(wide) == 200
    assert CopilotClient(wide.token, base_url=wide.url).chat("Hello").text
"""


@pytest.mark.parametrize(
    "option",
    [
        "--disable-socket",
        pytest.param("--allow-hosts=127.0.0.1", marks=pytest.mark.slow),
        pytest.param("--allow-hosts=198.51.100.7", marks=pytest.mark.slow),
    ],
)
def test_wires_live_and_all_else_is_shut(guarded, option):
    guarded.write(CLIENTS)
    guarded.record(option).assert_outcomes(passed=10)
    guarded.run(option).assert_outcomes(passed=10)


def test_guard_that_a_test_asks_for_does_not_outlive_it(guarded):
    guarded.write("""
    import socket, urllib.request


    @pytest.fixture(scope="module")
    def wide(wire_factory):
        with wire_factory("wide") as wire:
            yield wire


    @pytest.mark.disable_socket
    def test_guarded(wide):
        assert urllib.request.urlopen(wide.url + "/c/api/user", timeout=10).status == 200


    def test_open():
        with socket.create_server(("127.0.0.1", 0)):
            pass


    @pytest.mark.disable_socket
    @pytest.mark.cassette("own")
    def test_guarded_with_a_wire_of_its_own(wire):
        assert urllib.request.urlopen(wire.url + "/c/api/user", timeout=10).status == 200


    def test_still_open():
        with socket.create_server(("127.0.0.1", 0)):
            pass
    """)
    guarded.record().assert_outcomes(passed=4)
    guarded.run("-W", "error").assert_outcomes(passed=4)


def test_async_clients_live(guarded):
    guarded.write("""
    @pytest.mark.cassette("talk")
    async def test_talk(async_copilot):
        assert "Hello" in (await async_copilot.chat("Hello").read()).text
    """)
    # As pytest-socket says, a loop of asyncio needs a pair of Unix sockets.
    options = ("--disable-socket", "--allow-unix-socket")
    guarded.record(*options).assert_outcomes(passed=1)
    guarded.run(*options).assert_outcomes(passed=1)
