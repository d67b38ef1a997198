"""The network block of tests without a wire: where it can be said, and what stays open."""

import re

import pytest

from tests.support.inner_pytest.runs import FAKE


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


def outcomes_of(inner, modules, *options):
    """Module -> how its test ends, of one run of them all."""
    for name, text in modules.items():
        inner.write(text, f"test_{name}.py")
    result = inner.run("-v", *options)
    found = (re.match(r"test_(\w+)\.py::\S+ (PASSED|FAILED|ERROR)", line) for line in result.stdout.lines)
    return {each[1]: each[2].lower() for each in found if each}, result


def test_the_block_is_said_by_the_nearest(inner):
    outcomes, _ = outcomes_of(
        inner,
        {
            "plain": CONNECTS,
            "wire_config": CONNECTS + config('{"block_network": True}'),
            "wire_config_without_the_key": CONNECTS + config('{"timeout": 10}'),
            "marker": CONNECTS.replace("def test_plain", "@pytest.mark.block_network\ndef test_plain") + config("{}"),
            "plain_again": CONNECTS,
        },
    )
    assert outcomes == {
        "plain": "passed",
        "wire_config": "failed",
        "wire_config_without_the_key": "passed",
        "marker": "failed",
        "plain_again": "passed",
    }


def test_line_of_the_file_blocks_what_no_wire_config_opens(inner):
    inner.configure("wire_block_network = true\n")
    modules = {"plain": CONNECTS, "wire_config": CONNECTS + config('{"block_network": False}')}
    outcomes, result = outcomes_of(inner, modules)
    assert outcomes == {"plain": "failed", "wire_config": "passed"}
    result.stdout.fnmatch_lines(["*NetworkBlockedError: tcp://127.0.0.1:* is blocked*"])


WIRE_OF_A_MODULE = """
import urllib.request


@pytest.fixture(scope="module")
def url(wire_factory):
    with wire_factory("talk") as wire:
        yield wire.url


def test_it(url):
    assert urllib.request.urlopen(url + "/c/api/user").status == 200
"""
PARAMETERS = """
@pytest.fixture(params=["2025-03", "2026"])
def wire_config(request):
    return {"generation": request.param}


def test_plain():
    pass


def test_wire(wire):
    assert wire.generation in ("2025-03", "2026")
"""


def test_command_line_goes_over_wire_config_and_leaves_its_hosts_and_wires_open(inner):
    outcomes, result = outcomes_of(
        inner,
        {
            "plain": CONNECTS,
            "opened_by_wire_config": CONNECTS + config('{"block_network": False}'),
            "allowed_hosts": CONNECTS + config('{"allowed_hosts": ["127.0.0.1"]}'),
            "ignore_hosts": CONNECTS + config('{"ignore_hosts": ["127.0.0.1"]}'),
            "allowed_hosts_beside_a_wire": CONNECTS.replace("test_plain(other)", "test_plain(other, wire)")
            + config('{"allowed_hosts": ["127.0.0.1"]}'),
            "wire_of_a_module": WIRE_OF_A_MODULE,
            "wire_config_with_parameters": PARAMETERS,
        },
        "--block-network",
        "--wire-record-mode=once",
        FAKE,
    )
    assert outcomes == {
        "plain": "failed",
        "opened_by_wire_config": "failed",
        "allowed_hosts": "passed",
        "ignore_hosts": "passed",
        "allowed_hosts_beside_a_wire": "passed",
        "wire_of_a_module": "passed",
        "wire_config_with_parameters": "passed",
    }
    # Without a wire, a `wire_config` with parameters is not asked for: its test runs once.
    result.assert_outcomes(passed=7, failed=2)


@pytest.mark.parametrize("key", ["allowed_hosts", pytest.param("ignore_hosts", marks=pytest.mark.slow)])
def test_hosts_in_the_file_stay_open(inner, key):
    inner.configure(f"wire_{key} =\n    127[.]0[.]0[.]1\n")
    inner.write(CONNECTS)
    inner.run("--block-network").assert_outcomes(passed=1)


def test_marker_with_something_else_says_what_it_takes(inner):
    modules = {"positional": "block_network('x')", "named": "block_network(hosts=['x'])"}
    texts = {name: f"@pytest.mark.{marker}\ndef test_it(): pass" for name, marker in modules.items()}
    outcomes, result = outcomes_of(inner, texts)
    assert outcomes == {"positional": "error", "named": "error"}
    told = "*wiretape: config: unexpected arguments (marker block_network): expected allowed_hosts=.. or none*"
    result.stdout.fnmatch_lines([told, told])
