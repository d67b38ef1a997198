"""Each record mode: what is played, what goes to the service, and what the file holds then."""

import pytest

from tests.support.inner_pytest.runs import FAKE

HELLO = """
@pytest.mark.cassette("talk")
def test_hello(copilot):
    assert "Hello" in copilot.chat("Hello").text
"""
OPENING = ["call: GET /c/api/user", "call: POST /c/api/start", "socket: /c/api/chat"]
LIST = """
import urllib.request


@pytest.mark.cassette("talk")
def test_list(wire):
    with urllib.request.urlopen(wire.url + "/c/api/conversations") as answer:
        assert answer.status == 200
"""


@pytest.fixture
def recorded(inner):
    inner.write(HELLO)
    inner.record()
    return inner


def test_none_plays(recorded):
    recorded.run("--record-mode=none").assert_outcomes(passed=1)


def test_none_is_the_default(recorded):
    before = recorded.cassette("talk").read_bytes()
    recorded.run().assert_outcomes(passed=1)
    assert recorded.cassette("talk").read_bytes() == before


def test_none_without_a_file_fails_at_the_first_request(inner):
    inner.write(HELLO)
    result = inner.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*no-cassette: GET /c/api/user*", "*missing: cassettes/talk.yaml*"])
    assert not inner.cassette("talk").exists()


def test_once_records_where_the_file_is_missing(inner):
    inner.write(HELLO)
    inner.record()
    assert inner.exchanges("talk") == OPENING


def test_once_plays_where_the_file_is_there(recorded):
    before = recorded.cassette("talk").read_bytes()
    recorded.run("--record-mode=once", "--wire-upstream=http://127.0.0.1:9").assert_outcomes(passed=1)
    assert recorded.cassette("talk").read_bytes() == before


def test_new_episodes_adds_what_is_missing_and_leaves_the_rest(recorded):
    recorded.write(HELLO + LIST)
    recorded.run("--record-mode=new_episodes", FAKE).assert_outcomes(passed=2)
    assert recorded.exchanges("talk") == [*OPENING, "call: GET /c/api/conversations"]
    recorded.run().assert_outcomes(passed=2)


def test_new_episodes_touches_no_file_when_nothing_is_missing(recorded):
    before = recorded.cassette("talk").read_bytes()
    recorded.run("--record-mode=new_episodes", FAKE).assert_outcomes(passed=1)
    assert recorded.cassette("talk").read_bytes() == before


def test_all_renews_what_is_asked_and_keeps_the_rest(recorded):
    recorded.write(LIST)
    recorded.run("--record-mode=all", FAKE).assert_outcomes(passed=1)
    recorded.write(HELLO)
    recorded.run("--record-mode=all", FAKE).assert_outcomes(passed=1)
    assert sorted(recorded.exchanges("talk")) == sorted([*OPENING, "call: GET /c/api/conversations"])


def test_rewrite_begins_anew(recorded):
    recorded.write(LIST)
    recorded.run("--record-mode=rewrite", FAKE).assert_outcomes(passed=1)
    assert recorded.exchanges("talk") == ["call: GET /c/api/conversations"]


def test_rewrite_keeps_all_that_tests_of_one_run_record(recorded):
    recorded.write(HELLO + LIST)
    recorded.run("--record-mode=rewrite", FAKE).assert_outcomes(passed=2)
    assert recorded.exchanges("talk") == [*OPENING, "call: GET /c/api/conversations"]
    recorded.run().assert_outcomes(passed=2)


def test_verify_is_content_with_an_unchanged_service_and_writes_nothing(recorded):
    before = recorded.cassette("talk").read_bytes()
    recorded.run("--record-mode=verify", FAKE).assert_outcomes(passed=1)
    assert recorded.cassette("talk").read_bytes() == before


def test_verify_names_what_has_changed_and_writes_nothing(recorded):
    before = recorded.cassette("talk").read_bytes()
    changed = before.replace(b"titleUpdate", b"titleOfOld")
    recorded.cassette("talk").write_bytes(changed)
    result = recorded.run("--record-mode=verify", FAKE)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*changed: the service is not what was recorded*", "*titleOfOld*"])
    assert recorded.cassette("talk").read_bytes() == changed


def test_verify_looks_only_at_what_the_test_asks_of_a_shared_cassette(recorded):
    recorded.write(HELLO + LIST)
    recorded.run("--record-mode=rewrite", FAKE).assert_outcomes(passed=2)
    recorded.run("--record-mode=verify", FAKE).assert_outcomes(passed=2)


def test_a_failing_test_leaves_the_old_cassette(recorded):
    before = recorded.cassette("talk").read_bytes()
    recorded.write(HELLO.replace('"Hello" in', '"Goodbye" in'))
    result = recorded.run("--record-mode=rewrite", FAKE)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*cassettes/talk.yaml stays as it was*kept in*.yaml*"])
    assert recorded.cassette("talk").read_bytes() == before


def test_a_recording_to_which_nobody_came_fails(inner):
    inner.write("""
    @pytest.mark.cassette
    def test_idle(wire):
        pass
    """)
    result = inner.run("--record-mode=once", FAKE)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*nothing-asked: nothing was recorded for cassettes/test_it/test_idle.yaml*"])


def test_disable_recording_passes_on_and_writes_nothing(inner):
    inner.write(HELLO)
    inner.run("--disable-recording", FAKE).assert_outcomes(passed=1)
    assert not inner.cassette("talk").exists()


def test_live_passes_on_and_leaves_the_network_open(apart):
    apart.write("""
    import socket


    @pytest.mark.live
    @pytest.mark.cassette("talk")
    def test_live(wire, copilot):
        assert wire.mode == "live"
        assert copilot.chat("Hello").text
        with socket.create_server(("127.0.0.1", 0)) as other:
            socket.create_connection(other.getsockname()).close()
    """)
    apart.run(FAKE).assert_outcomes(passed=1)
    assert not apart.cassette("talk").exists()
