"""How a test fails: when, with which exit code, and what is kept for later."""

import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from harness import load
from tests.support.inner_pytest.failing import CASSETTE, URLLIB, suite_of

ASKS = {
    "no-match": 'ask(wire, "/c/api/names", {"name": "Marian", "age": 7})',
    "unplayed": 'ask(wire, "/c/api/user")',
}


def test_client_that_hangs_is_told_so(inner):
    inner.write("""
    from websockets.sync.client import connect


    @pytest.mark.cassette("talk")
    def test_talk(copilot):
        copilot.chat("Hello").text
    """)
    inner.record()
    inner.write("""
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect


    @pytest.mark.cassette("talk")
    def test_talk(wire):
        path = "/c/api/chat?api-version=2&accessToken=x&clientSessionId=00000000-0000-4000-8000-000000000000"
        with connect(wire.ws_url + path) as socket:
            with pytest.raises(ConnectionClosed) as caught:
                while True:
                    socket.recv(timeout=10)
        assert caught.value.rcvd.code == 4004
    """)
    result = inner.run("--wire-timeout=0.3")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*client-hung: *"])


def test_newer_format_is_named(played):
    played.cassette("names").write_text(CASSETTE.replace("cassette: 1", "cassette: 9"))
    played.write(suite_of("pass"))
    played.run().stdout.fnmatch_lines(["*newer-format: cassettes/names.yaml:1: *upgrade wiretape*"])


def test_broken_file_is_named_with_its_line(played):
    played.cassette("names").write_text("cassette: 1\nrecorded: [\n")
    played.write(suite_of("pass"))
    played.run().stdout.fnmatch_lines(["*broken-cassette: cassettes/names.yaml:3: *"])


def test_cassette_without_exchanges_says_so(played):
    played.cassette("names").write_text(CASSETTE.partition("exchanges:")[0] + "exchanges: []\n")
    played.write(suite_of("pass"))
    result = played.run()
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*cassettes/names.yaml has no exchanges*"])


@pytest.mark.parametrize(("policy", "outcome"), [("error", 1), ("warn", 0), ("ignore", 0)])
def test_what_is_unplayed_is_judged_as_told(played, policy, outcome):
    played.write(suite_of(ASKS["unplayed"]))
    result = played.run(f"--wire-unplayed={policy}")
    assert result.ret == outcome
    assert ("exchange 1" in result.stdout.str()) == (policy != "ignore")


def test_clients_own_error_comes_with_the_report(played):
    played.write(suite_of('urllib.request.urlopen(wire.url + "/c/api/other")'))
    result = played.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*HTTPError: HTTP Error 501*", "*- wiretape -*", "no-match: GET /c/api/other*"])


def test_refusal_that_the_client_swallows_fails_the_call(played):
    played.write(suite_of(ASKS["no-match"]))
    played.run().assert_outcomes(failed=1)


def test_colour_is_for_terminals_only(played):
    played.write(suite_of(ASKS["no-match"]))
    assert "\x1b[31mno-match" in played.run("--color=yes").stdout.str()
    assert "\x1b[" not in played.run("--color=no").stdout.str()


def test_junit_has_the_report_without_colour(played):
    played.write(suite_of(ASKS["no-match"]))
    played.run("--color=yes", "--junitxml=out.xml")
    [failure] = ET.parse(played.folder / "out.xml").iter("failure")
    assert 'recorded "Robin", came "Marian"' in failure.text
    assert "\x1b" not in failure.text
    assert "#x1B" not in failure.text


def test_secrets_are_in_no_report_and_in_no_saved_session(played):
    played.write(suite_of(ASKS["no-match"] + "\n    print(wire.calls, wire)"))
    result = played.run("--junitxml=out.xml")
    saved = list(played.folder.rglob(".pytest_cache/d/wiretape/*.yaml"))
    texts = [result.stdout.str(), (played.folder / "out.xml").read_text(), *(path.read_text() for path in saved)]
    assert len(saved) == 1
    assert not any("secret-of-the-client" in text for text in texts)


def test_saved_session_can_be_loaded_and_holds_what_was_asked(played):
    played.write(suite_of(ASKS["no-match"]))
    result = played.run()
    [line] = [line for line in result.stdout.str().splitlines() if line.startswith("actual:")]
    cassette = load(played.folder / Path(line.split()[-1]))
    assert [(each.target, each.response.status) for each in cassette.exchanges] == [("/c/api/names", 501)]


def test_command_in_the_report_records_the_test_again(inner):
    inner.write("""
    @pytest.mark.cassette
    @pytest.mark.parametrize("word", ["it's", "a/b", "Ünï", ""])
    def test_words(copilot, word):
        assert copilot.chat(f"Say {word}").text
    """)
    inner.record()
    file = inner.folder / "test_it.py"
    file.write_text(file.read_text().replace("Say", "Tell"))
    failing = inner.run("--tb=short")
    failing.assert_outcomes(failed=4)
    for line in failing.stdout.str().splitlines():
        if line.startswith("record it again:"):
            words = shlex.split(line.partition("pytest ")[2])
            inner.run(*words).assert_outcomes(passed=1)
    inner.run().assert_outcomes(passed=4)


def test_expected_failures_and_skips_are_not_judged(played):
    played.write(
        URLLIB
        + """

@pytest.mark.cassette("names")
@pytest.mark.xfail
def test_expected(wire):
    ask(wire, "/c/api/other")


@pytest.mark.cassette("names")
def test_skipped(wire):
    pytest.skip("not today")
"""
    )
    played.run().assert_outcomes(xfailed=1, skipped=1)


def test_upstream_with_a_password_is_refused_and_the_password_not_shown(inner):
    inner.write(suite_of("pass"))
    result = inner.run("--record-mode=once", "--wire-upstream=http://me:secret@127.0.0.1:9")
    result.stderr.fnmatch_lines(
        ["ERROR: upstream='http://[*][*][*]@127.0.0.1:9' (command line): must not hold a user, *"]
    )
    assert "secret" not in result.stdout.str() + result.stderr.str()
