"""Tests that share a cassette, in whatever way it is said: all record into it, and all are judged together."""

import pytest

from tests.support.inner_pytest.runs import FAKE

TALKS = """
def test_one(copilot):
    assert copilot.chat("One").text


def test_two(copilot):
    assert copilot.chat("Two").text
"""
USER = """
import urllib.request


@pytest.mark.cassette
def test_user(wire):
    assert urllib.request.urlopen(wire.url + "/c/api/user").status == 200
"""
LIST = USER.replace("user", "list").replace("/c/api/list", "/c/api/conversations")
BOTH = '{"default_cassette": "both"}'


def config(said, *, scope="module", arguments=""):
    return f'\n\n@pytest.fixture(scope="{scope}")\ndef wire_config({arguments}):\n    return {said}\n'


def sockets_of(inner, name):
    return [each for each in inner.exchanges(name) if each.startswith("socket")]


@pytest.mark.parametrize("workers", [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)], ids=["alone", "xdist"])
def test_cassette_shared_by_wire_config_is_recorded_by_all_and_played_by_all(inner, workers):
    inner.write("pytestmark = pytest.mark.cassette" + config(BOTH) + TALKS)
    inner.record(*workers).assert_outcomes(passed=2)
    assert len(sockets_of(inner, "both")) == 2
    inner.run(*workers).assert_outcomes(passed=2)


def test_directory_of_wire_config_is_seen_too(inner):
    inner.write('pytestmark = pytest.mark.cassette("both")' + config('{"directory": "tapes"}') + TALKS)
    inner.record().assert_outcomes(passed=2)
    inner.run("--check-orphans").assert_outcomes(passed=2)
    assert not inner.cassette("both").exists()


def test_cassette_shared_below_a_marker_with_a_directory(inner):
    inner.write("""
    @pytest.mark.cassette(directory="tapes")
    class TestAll:
        @pytest.mark.cassette("both")
        def test_one(self, copilot):
            assert copilot.chat("One").text

        @pytest.mark.cassette("both")
        def test_two(self, copilot):
            assert copilot.chat("Two").text
    """)
    inner.record().assert_outcomes(passed=2)
    inner.run().assert_outcomes(passed=2)


def test_modules_with_a_wire_config_each_share_what_both_name(inner):
    inner.write(USER + config(BOTH), "test_a.py")
    inner.write(LIST + config(BOTH), "test_b.py")
    inner.record().assert_outcomes(passed=2)
    assert inner.exchanges("both") == ["call: GET /c/api/user", "call: GET /c/api/conversations"]
    result = inner.run()
    result.assert_outcomes(passed=2)
    assert result.ret == 0


def test_wire_config_that_differs_by_test_is_taken_at_its_word(inner):
    said = '{"default_cassette": request.node.get_closest_marker("tape").args[0]}'
    inner.configure("markers =\n    tape: which\n")
    inner.write(
        "pytestmark = pytest.mark.cassette"
        + config(said, scope="function", arguments="request")
        + TALKS.replace("def test_", '@pytest.mark.tape("both")\ndef test_')
        + '\n\n@pytest.mark.tape("own")\ndef test_own(copilot):\n    assert copilot.chat("Own").text\n'
    )
    inner.record().assert_outcomes(passed=3)
    assert (len(sockets_of(inner, "both")), len(sockets_of(inner, "own"))) == (2, 1)
    inner.run().assert_outcomes(passed=3)


def test_what_nobody_played_of_a_cassette_shared_by_wire_config_fails_the_session(inner):
    inner.write(USER + LIST.partition("\n\n\n")[2] + config(BOTH))
    inner.record().assert_outcomes(passed=2)
    inner.write(USER + USER.partition("\n\n\n")[2].replace("test_user", "test_again") + config(BOTH))
    result = inner.run("--wire-unplayed=error")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["unplayed: cassettes/both.yaml is shared by 2 tests*", "*: GET /c/api/conversations"])


def test_test_with_a_cassette_of_its_own_is_judged_by_itself_under_a_wire_config(inner):
    inner.write(USER + LIST.partition("\n\n\n")[2] + config('{"timeout": 10}'))
    inner.record()
    text = (inner.folder / "test_it.py").read_text()
    (inner.folder / "test_it.py").write_text(text.replace("assert urllib", "return\n    assert urllib", 1))
    result = inner.run()
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*wiretape: unplayed: *test_user.yaml has 1 exchange*"])


NAMED = USER.replace("cassette", 'cassette("mine")')
MORE = '    assert urllib.request.urlopen(wire.url + "/c/api/conversations").status == 200\n'


def test_what_its_only_test_left_is_said_at_the_end_where_others_might_have_shared_it(inner):
    inner.write(NAMED + MORE, "test_a.py")
    inner.write(LIST + config('{"timeout": 10}'), "test_b.py")
    inner.record().assert_outcomes(passed=2)
    inner.write(NAMED, "test_a.py")
    result = inner.run()
    result.assert_outcomes(passed=2)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["unplayed: cassettes/mine.yaml is used by test_a.py::test_user alone*"])


def test_it_is_a_warning_where_the_others_were_not_run(inner):
    inner.write(NAMED + MORE, "test_a.py")
    inner.record()
    inner.write(NAMED, "test_a.py")
    inner.write(LIST.replace("@pytest", "@pytest.mark.skip\n@pytest") + config('{"timeout": 10}'), "test_b.py")
    result = inner.run()
    result.assert_outcomes(passed=1, skipped=1)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["warning: unplayed: cassettes/mine.yaml is used by test_a.py::test_user alone*"])


def test_once_adds_nothing_to_a_cassette_that_was_there_before_the_run(inner):
    inner.write("pytestmark = pytest.mark.cassette" + config(BOTH) + TALKS)
    inner.record()
    before = inner.cassette("both").read_bytes()
    inner.write("pytestmark = pytest.mark.cassette" + config(BOTH) + TALKS.replace("Two", "Three"))
    inner.run("--record-mode=once", FAKE).assert_outcomes(passed=1, failed=1)
    assert inner.cassette("both").read_bytes() == before


def test_report_of_a_shared_cassette_keeps_the_others_part(inner):
    inner.write("pytestmark = pytest.mark.cassette" + config(BOTH) + TALKS)
    inner.record()
    inner.write("pytestmark = pytest.mark.cassette" + config(BOTH) + TALKS.replace("Two", "Three"))
    result = inner.run()
    line = next(line for line in result.stdout.lines if line.startswith("record it again:"))
    assert "--record-mode=all" in line
    inner.run(*line.partition("pytest ")[2].split()).assert_outcomes(passed=1)
    assert inner.exchanges("both").count("socket: /c/api/chat") == 3


def test_wire_that_a_test_opens_twice_plays_what_it_has_just_recorded(inner):
    inner.write("""
    import urllib.request


    def test_twice(wire_factory):
        for mode in ("once", "none"):
            with wire_factory("twice") as wire:
                urllib.request.urlopen(wire.url + "/c/api/user").read()
    """)
    inner.record().assert_outcomes(passed=1)
    assert inner.exchanges("twice") == ["call: GET /c/api/user"]
