"""The network block of tests without a wire: where it can be said, and what stays open."""

import pytest


@pytest.fixture
def inner(apart):
    """Runs in processes of their own: the block is the whole process's."""
    return apart


CONNECTS = """
import socket


@pytest.fixture
def other():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()


def test_plain(other):
    socket.create_connection(other).close()
"""


def config(said):
    return f"\n\n@pytest.fixture\ndef wire_config():\n    return {said}\n"


def test_line_of_the_file_blocks(inner):
    inner.write(CONNECTS)
    inner.run().assert_outcomes(passed=1)
    inner.configure("wire_block_network = true\n")
    result = inner.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*NetworkBlockedError: tcp://127.0.0.1:* is blocked*"])


def test_wire_config_blocks(inner):
    inner.write(CONNECTS + config('{"block_network": True}'))
    inner.run().assert_outcomes(failed=1)


def test_wire_config_goes_over_the_file_and_the_command_line_over_both(inner):
    inner.configure("wire_block_network = true\n")
    inner.write(CONNECTS + config('{"block_network": False}'))
    inner.run().assert_outcomes(passed=1)
    inner.run("--block-network").assert_outcomes(failed=1)


def test_wire_config_without_the_key_blocks_nothing(inner):
    inner.write(CONNECTS + config('{"timeout": 10}'))
    inner.run().assert_outcomes(passed=1)


def test_marker_goes_over_wire_config(inner):
    inner.write(CONNECTS.replace("def test_plain", "@pytest.mark.block_network\ndef test_plain") + config("{}"))
    inner.run().assert_outcomes(failed=1)


@pytest.mark.parametrize("key", ["allowed_hosts", pytest.param("ignore_hosts", marks=pytest.mark.slow)])
def test_hosts_of_wire_config_stay_open_in_a_test_without_a_wire(inner, key):
    inner.write(CONNECTS + config(f'{{"{key}": ["127.0.0.1"]}}'))
    inner.run("--block-network").assert_outcomes(passed=1)


@pytest.mark.parametrize("key", ["allowed_hosts", pytest.param("ignore_hosts", marks=pytest.mark.slow)])
def test_hosts_in_the_file_stay_open(inner, key):
    inner.configure(f"wire_{key} =\n    127[.]0[.]0[.]1\n")
    inner.write(CONNECTS)
    inner.run("--block-network").assert_outcomes(passed=1)


def test_hosts_of_wire_config_stay_open_beside_a_wire(inner):
    inner.write(
        CONNECTS.replace("test_plain(other)", "test_plain(other, wire)") + config('{"allowed_hosts": ["127.0.0.1"]}')
    )
    inner.run("--block-network").assert_outcomes(passed=1)


@pytest.mark.parametrize("marker", ["block_network('x')", "block_network(hosts=['x'])"])
def test_marker_with_something_else_says_what_it_takes(inner, marker):
    inner.write(f"@pytest.mark.{marker}\ndef test_it(): pass")
    result = inner.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*wiretape: config: unexpected arguments (marker block_network): expected allowed_hosts=.. or none*"]
    )


def test_wire_of_a_module_stays_open_in_a_test_without_one(inner):
    inner.write("""
    import urllib.request


    @pytest.fixture(scope="module")
    def url(wire_factory):
        with wire_factory("talk") as wire:
            yield wire.url


    def test_it(url):
        assert urllib.request.urlopen(url + "/c/api/user").status == 200
    """)
    inner.record("--block-network").assert_outcomes(passed=1)


def test_wire_config_with_parameters_is_not_asked_where_it_has_none(inner):
    inner.write("""
    @pytest.fixture(params=["2025-03", "2026"])
    def wire_config(request):
        return {"generation": request.param}


    def test_plain():
        pass


    def test_wire(wire):
        assert wire.generation in ("2025-03", "2026")
    """)
    inner.run("--block-network").assert_outcomes(passed=3)
