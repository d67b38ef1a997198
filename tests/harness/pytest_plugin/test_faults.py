"""Fault rules in tests: `wire.fault`, the key ``faults`` of marker and configuration, and the verdict."""

import pytest

from fake_server.host.frames import encode_frame
from fake_server.stage import Accept, Request
from harness.calls import WireCall
from harness.cassette.store import load
from harness.replay.responses import NoCassette
from harness.services.neutral import NEUTRAL
from harness.tap.session import save_session
from harness.tap.tap import Tap, TappedExchange
from provider.websocket import Ended
from tests.support.inner_pytest.runs import FAKE

RETRYING = """
import http.client
import json
import urllib.error
import urllib.request

import pytest

def ask(wire, path="/c/api/user"):
    try:
        return urllib.request.urlopen(wire.url + path, timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code

"""


@pytest.fixture
def retrying(inner):
    """Writes tests with a client that returns statuses; `inner` has a cassette `user` with one call."""

    def write(test):
        inner.write(RETRYING + test)
        return inner

    return write


def test_a_script_is_spoilt_by_a_line(retrying):
    inner = retrying("""
def test_quota(wire):
    wire.fault("status 429 retry-after=1 of /c/api/user 2 times")
    assert [ask(wire) for _ in range(3)] == [429, 429, 200]
    assert [call.status for call in wire.calls] == [429, 429, 200]
""")
    inner.run().assert_outcomes(passed=1)


def test_a_cassette_is_spoilt_and_played_again(retrying):
    inner = retrying("""
@pytest.mark.cassette("user")
def test_record(wire):
    assert ask(wire) == 200
""")
    inner.run("--record-mode=once", FAKE).assert_outcomes(passed=1)
    inner.write(
        RETRYING
        + """
@pytest.mark.cassette("user", faults=["status 503 at request 2", "cut at request 4"])
def test_retries(wire):
    assert [ask(wire) for _ in range(3)] == [200, 503, 200]
    with pytest.raises(OSError):
        ask(wire)

@pytest.mark.cassette("user")
def test_whole(wire):
    assert ask(wire) == 200
"""
    )
    inner.run().assert_outcomes(passed=2)


def test_the_session_in_part_is_no_failure_once_a_fault_struck(retrying):
    inner = retrying("""
@pytest.mark.cassette("two")
def test_record(wire):
    assert [ask(wire), ask(wire, "/c/api/conversations")] == [200, 200]
""")
    inner.run("--record-mode=once", FAKE).assert_outcomes(passed=1)
    inner.write(
        RETRYING
        + """
@pytest.mark.cassette("two", faults="status 401")
def test_gives_up(wire):
    assert ask(wire) == 401
"""
    )
    inner.run().assert_outcomes(passed=1)


def test_the_configuration_file_spoils_every_test(retrying):
    inner = retrying("""
def test_quota(wire):
    assert ask(wire) == 503
""")
    inner.configure("wire_faults = status 503\n")
    inner.run().assert_outcomes(passed=1)


def test_a_rule_that_never_struck_fails_its_test(retrying):
    inner = retrying("""
def test_nothing(wire):
    wire.fault("cut after 3 messages of /c/api/chat")
    assert ask(wire) == 200
""")
    result = inner.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["*fault-unstruck: the session never came to the point of*", "*cut after 3 messages of /c/api/chat*"]
    )


def test_a_wrong_rule_is_named_with_its_place(retrying):
    inner = retrying("""
@pytest.mark.cassette(faults="drop it")
def test_nothing(wire):
    pass
""")
    result = inner.run()
    result.stdout.fnmatch_lines(["*faults='drop it' (marker cassette): *no fault is named 'drop'*"])


@pytest.mark.parametrize("broken", [b"\x83\x01x", b"\x81", b"\x81\x7e\x00", b"\x81\x81\x00\x00\x00\x00x"])
def test_a_session_with_broken_frames_is_saved_with_its_whole_messages(tmp_path, broken):
    call = WireCall(method="GET", path="/ws", query={}, headers={}, body=b"", status=101)
    seen = TappedExchange(Request(method="GET", target="/ws", upgrade=True), call, Accept(run=nothing))
    seen.passed += [(0.1, "<", encode_frame(1, b"hello")), (0.2, "<", broken), (0.3, "<", Ended("eof"))]
    tap = Tap(NoCassette("none"))
    tap.seen.append(seen)
    save_session(tap, tmp_path / "c.yaml", NEUTRAL)
    assert b"hello" in [line.data for line in load(tmp_path / "c.yaml").exchanges[0].messages]


async def nothing(socket):
    """A stage that leaves its socket at once."""


def test_a_marker_makes_a_test_for_each_fault(retrying):
    inner = retrying("""
FIRST = {"status": (503, 429, 401), "cut": (0,), "html": (200,), "malformed": (0,)}

@pytest.mark.faults("requests")
def test_first(wire, wire_fault):
    try:
        first = ask(wire)
    except (OSError, http.client.HTTPException):
        first = 0
    assert first in FIRST[wire_fault.split()[0]]
    assert ask(wire) == 200

@pytest.mark.faults("status 500 at request 1", "cut at request 9")
@pytest.mark.parametrize("word", ["a", "b"])
def test_with_parameters(wire, word):
    assert ask(wire) == 500
""")
    result = inner.run("-rA")
    result.assert_outcomes(passed=6 + 2, failed=2)
    shown = result.stdout.str()
    assert "PASSED test_it.py::test_first[status 429 retry-after=1 at request 1]" in shown
    assert "FAILED test_it.py::test_with_parameters[cut at request 9-a]" in shown


def test_the_tests_of_a_marker_share_a_cassette(retrying):
    test = """
@pytest.mark.parametrize("word", ["a"])
@pytest.mark.cassette
FAULTS
def test_it(wire, word):
    ANSWER
"""
    inner = retrying(test.replace("FAULTS", "").replace("ANSWER", "assert ask(wire) == 200"))
    inner.run("--record-mode=once", FAKE).assert_outcomes(passed=1)
    inner.write(
        RETRYING
        + test.replace("FAULTS", '@pytest.mark.faults("status 503", "status 401")').replace(
            "ANSWER", "assert [ask(wire) > 400, ask(wire)] == [True, 200]"
        )
    )
    inner.run("--check-orphans").assert_outcomes(passed=2)


@pytest.mark.parametrize("arguments", ["'streams'", ""])
def test_a_marker_without_a_fault_names_the_groups(retrying, arguments):
    inner = retrying(f"@pytest.mark.faults({arguments})\ndef test_it(wire): ask(wire)\n")
    result = inner.run()
    result.assert_outcomes(errors=1)
    assert "requests, upgrades, streaming, messages" in " ".join(result.stdout.str().split())
