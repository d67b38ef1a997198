"""pytest-recording's network block beside ours: each has its own tests, and wires stay open in all of them."""

import pytest

from tests.support.inner_pytest.runs import FAKE, InnerPytest

ASKS = """
import urllib.request


{}
def test_it({}):
    assert urllib.request.urlopen(wire.url + "/c/api/user").status == 200
"""
EMPTY = """\
cassette: 1
recorded: {at: '2026-11-23T09:00:00Z', by: hand, client: a, from: 'https://copilot.microsoft.com', complete: true}
exchanges: []
"""
CONNECTS = """
import socket


@pytest.fixture
def other():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()
"""


@pytest.fixture
def beside(pytester):
    return InnerPytest(pytester, plugins=("-p", "no:randomly", "-p", "no:rerunfailures", "-p", "no:hypothesispytest"))


@pytest.mark.parametrize(
    "marker",
    [
        "@pytest.mark.cassette('x')",
        pytest.param("", marks=pytest.mark.slow),
        pytest.param("@pytest.mark.cassette('x')\n@pytest.mark.block_network", marks=pytest.mark.slow),
    ],
)
def test_wire_is_open_to_pythons_sockets_in_their_block(beside, marker):
    beside.write(ASKS.format(marker, "wire"))
    beside.run("--record-mode=once", FAKE, "--block-network").assert_outcomes(passed=1)


@pytest.mark.slow
def test_wire_is_open_to_pythons_sockets_under_their_marker(beside):
    beside.write(ASKS.format("@pytest.mark.block_network\n@pytest.mark.cassette('x')", "wire"))
    beside.run("--record-mode=once", FAKE).assert_outcomes(passed=1)


@pytest.mark.slow
def test_wire_of_a_module_is_open_in_their_block(beside):
    beside.write("""
    import urllib.request


    @pytest.fixture(scope="module")
    def url(wire_factory):
        with wire_factory("talk") as wire:
            yield wire.url


    @pytest.mark.parametrize("time", [1, 2])
    def test_it(url, time):
        assert urllib.request.urlopen(url + "/c/api/user").status == 200
    """)
    beside.run("--record-mode=once", FAKE, "--block-network").assert_outcomes(passed=2)


def test_wire_opens_in_a_test_that_plays_their_cassette_and_their_block_is_back_afterwards(beside):
    beside.write(
        CONNECTS
        + """
@pytest.mark.vcr
def test_it(wire_factory, other):
    with wire_factory("talk") as wire:
        socket.create_connection((wire.server.host, wire.server.port)).close()
        with pytest.raises(RuntimeError, match="is blocked"):
            socket.create_connection(other)
    with pytest.raises(RuntimeError, match="Network is disabled"):
        socket.create_connection(other)
"""
    )
    beside.cassette("talk").parent.mkdir()
    beside.cassette("talk").write_text(EMPTY)
    beside.run("--block-network", "-W", "ignore").assert_outcomes(passed=1)


def test_everything_but_the_wire_is_shut_by_ours(beside):
    beside.write(
        CONNECTS
        + """
@pytest.mark.cassette("x")
def test_it(wire, copilot, other):
    assert copilot.chat("Hello").text
    with pytest.raises(RuntimeError, match="is blocked"):
        socket.create_connection(other)
"""
    )
    beside.run("--record-mode=once", FAKE, "--block-network").assert_outcomes(passed=1)


@pytest.mark.slow
def test_their_test_keeps_their_block_and_may_record(beside):
    beside.write(
        CONNECTS
        + """
@pytest.mark.vcr
def test_it(other, record_mode):
    if record_mode == "once":
        socket.create_connection(other).close()
    else:
        with pytest.raises(RuntimeError, match="Network is disabled"):
            socket.create_connection(other)
"""
    )
    beside.run("--block-network").assert_outcomes(passed=1)
    beside.run("--block-network", "--record-mode=once").assert_outcomes(passed=1)


def test_live_test_has_no_block_at_all(beside):
    beside.write(CONNECTS + "\n\n@pytest.mark.live\ndef test_it(other):\n    socket.create_connection(other).close()\n")
    beside.run("--block-network").assert_outcomes(passed=1)


def test_what_their_configuration_opens_stays_open_in_tests_of_neither(beside):
    beside.write(
        CONNECTS
        + """
@pytest.fixture
def vcr_config():
    return {"allowed_hosts": ["127[.]0"]}


def test_open(other):
    socket.create_connection(other).close()


def test_shut():
    with pytest.raises(RuntimeError, match="example.com:80 is blocked"):
        socket.create_connection(("example.com", 80))
"""
    )
    beside.run("--block-network").assert_outcomes(passed=2)


def test_without_their_plugin_a_marker_of_that_name_means_nothing(inner):
    inner.configure("markers =\n    vcr: of somebody else\n")
    inner.write(CONNECTS + "\n\n@pytest.mark.vcr\ndef test_it(other):\n    socket.create_connection(other).close()\n")
    inner.run("--block-network").assert_outcomes(failed=1)
