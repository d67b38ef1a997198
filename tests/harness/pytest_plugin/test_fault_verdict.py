"""`wire.verdict`: what a sweep would say of the client of a test."""

import pytest

CLIENT = """
import time
import urllib.error
import urllib.request

import pytest

def ask(wire, path="/c/api/user"):
    return urllib.request.urlopen(wire.url + path, timeout=5).read().decode()

def attempt(wire, attempts, pause=0.0):
    for _ in range(attempts):
        try:
            return ask(wire)
        except urllib.error.HTTPError:
            time.sleep(pause)
    return ""
"""


def test_verdicts(inner):
    inner.write(
        CLIENT
        + """
def test_recovered(wire):
    answer = ask(wire)
    wire.fault("status 503")
    assert wire.verdict(attempt(wire, 2), expected=answer) == "recovered"
    assert wire.verdict("", expected=answer) == "lost text"
    assert wire.verdict(answer + answer, expected=answer) != "recovered"

def test_clean_error(wire):
    wire.fault("status 503")
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(wire)
    assert wire.verdict(error=caught.value) == "clean error"

def test_wrong_success(wire):
    wire.fault("html at request 1")
    assert wire.verdict(ask(wire), expected="{}") == "wrong success"

def test_too_early(wire):
    wire.fault("status 429 retry-after=1 of /c/api/user")
    assert wire.verdict(attempt(wire, 2)) == "Retry-After ignored"

def test_storm(wire):
    wire.fault("status 503 from request 1 always")
    assert wire.verdict(attempt(wire, 30)) == "stormed"

def test_not_yet_struck(wire):
    wire.fault("status 503 at request 2")
    assert wire.verdict(ask(wire)) == "not struck"
    attempt(wire, 1)
"""
    )
    inner.run().assert_outcomes(passed=6)


def test_verdict_needs_a_rule(inner):
    inner.write("def test_it(wire): wire.verdict()\n")
    result = inner.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*FaultRuleError: wire.verdict: the test has no fault rule*"])


@pytest.mark.parametrize("answers", [True, False])
def test_socket_that_a_client_leaves_open_beside_its_successor_is_leaked(inner, answers):
    inner.write(
        f"""
import websockets.sync.client

def opened(wire):
    return websockets.sync.client.connect(wire.ws_url + "/c/api/chat?api-version=2", proxy=None)

def test_it(wire):
    wire.fault("delay 1ms at upgrade 1")
    first = opened(wire)
    first.recv(5)
    if {answers}:
        first.close()
    second = opened(wire)
    second.recv(5)
    second.close()
    assert wire.verdict() == ("recovered" if {answers} else "leaked socket")
    first.close()
"""
    )
    inner.run().assert_outcomes(passed=1)
