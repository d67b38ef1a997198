"""What tests let differ: the keys that say it, and what the session tells of it in the end."""

import pytest

from harness.cassette.store import load
from tests.support.inner_pytest.runs import FAKE

# `once` records with one value, and plays with another.
ASKS = """
import json, os, urllib.request


def ask(wire, target, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(wire.url + target, data, {"content-type": "application/json"})
    try:
        return urllib.request.urlopen(request, timeout=5).status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


WORD = os.environ["WORD"]
"""
WORDS = """

@pytest.mark.cassette("words"{more})
def test_words(wire):
    ask(wire, "/c/api/user?t=" + WORD)
"""
UUIDS = """
import uuid


@pytest.mark.cassette
def test_one(wire):
    ask(wire, "/a", {"id": str(uuid.uuid4()), "other": str(uuid.uuid4())})
    ask(wire, "/b", {"id": str(uuid.uuid4())})


@pytest.mark.cassette
def test_two(wire):
    ask(wire, "/a", {"id": str(uuid.uuid4())})
"""


@pytest.fixture
def said(inner, monkeypatch):
    """Writes tests, records them with one word, and has them say another."""

    def write(text):
        inner.write(ASKS + text)
        monkeypatch.setenv("WORD", "alice")
        inner.record()
        monkeypatch.setenv("WORD", "robin")
        return inner

    return write


@pytest.mark.parametrize("more", [', ignore=["query.t"]', ', bind="query.t"', ', match_on=["method", "path"]'])
def test_marker_lets_a_place_differ(said, more):
    said(WORDS.format(more=more)).run().assert_outcomes(passed=1)


def test_without_it_the_test_fails(said):
    said(WORDS.format(more="")).run().assert_outcomes(errors=0, failed=1)


@pytest.mark.parametrize("key", ["wire_ignore", "wire_bind"])
def test_configuration_file_lets_places_differ(said, key):
    inner = said(WORDS.format(more=""))
    inner.configure(f"{key} =\n    query.u\n    query.t\n")
    inner.run().assert_outcomes(passed=1)


def test_fixture_lets_places_differ(said):
    fixture = '\n\n@pytest.fixture\ndef wire_config():\n    return {"ignore": ["query.t"]}\n'
    said(WORDS.format(more="") + fixture).run().assert_outcomes(passed=1)


def test_new_episodes_play_what_differs_in_ignored_places_only(said):
    inner = said(WORDS.format(more=', ignore=["query.t"]'))
    before = inner.cassette("words").read_text()
    inner.run("--wire-record-mode=new_episodes", FAKE).assert_outcomes(passed=1)
    assert inner.cassette("words").read_text() == before


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (
            'ignore=["body"]',
            "ignore=[[]'body'[]] (marker cassette): *this is a whole message, body or path; name a value inside*",
        ),
        ('bind="cookie.a"', "bind='cookie.a' (marker cassette): *'cookie.a' is not a place; write query.NAME*"),
        ("auto_bind=1", "auto_bind=1*must be True or False*"),
        ("strict_order=1", "strict_order=1*must be True or False*"),
    ],
)
def test_wrong_value_says_what_it_would_have_to_be(inner, key, why):
    inner.write(f'@pytest.mark.cassette("x", {key})\ndef test_it(wire): pass')
    result = inner.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"*wiretape: config: {why}"])


def test_wrong_place_in_the_file_is_told_before_any_test_runs(inner):
    inner.configure("wire_ignore = path\n")
    inner.write("def test_it(): pass")
    result = inner.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*ignore path: this is a whole message, body or path*"])


def test_auto_bind_can_be_turned_off(said):
    inner = said(UUIDS)
    inner.configure("wire_auto_bind = false\n")
    inner.run().assert_outcomes(failed=2)


ORDER = """

@pytest.mark.cassette("both", strict_order=STRICT)
def test_order(wire):
    for target in ("/c/api/user", "/c/api/conversations")[:: 1 if WORD == "alice" else -1]:
        assert ask(wire, target) == 200
"""


@pytest.mark.parametrize("strict", [True, False])
def test_order_counts_where_it_is_strict(said, strict):
    result = said(ORDER.replace("STRICT", str(strict))).run()
    result.assert_outcomes(**{"failed" if strict else "passed": 1})


# ---------------------------------------------------------------- what the session says
@pytest.mark.parametrize("workers", [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)], ids=["alone", "xdist"])
def test_bound_values_are_counted_and_listed(said, workers):
    inner = said(UUIDS)
    inner.run(*workers).stdout.fnmatch_lines(["wiretape: 4 generated values bound in 2 tests (-v lists the places)"])
    result = inner.run("-v", *workers)
    result.stdout.fnmatch_lines(
        [
            "wiretape: 4 generated values bound in 2 tests",
            "  cassettes/test_it/test_one.yaml: json.id (uuid), 2 x",
            "  cassettes/test_it/test_two.yaml: json.id (uuid), 1 x",
        ]
    )


def test_nothing_is_said_where_nothing_was_bound(said):
    assert "wiretape:" not in said(WORDS.format(more=', ignore="query.t"')).run().stdout.str()


def test_failed_test_counts_nothing(said):
    inner = said(UUIDS + "    assert WORD == 'alice'\n")
    inner.run().stdout.fnmatch_lines(["wiretape: 3 generated values bound in 1 test (-v lists the places)"])


@pytest.mark.parametrize("workers", [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)], ids=["alone", "xdist"])
def test_head_that_relaxes_is_told(said, workers):
    inner = said(WORDS.format(more=""))
    path = inner.cassette("words")
    path.write_text(path.read_text().replace("exchanges:\n", "ignore: [query.t]\nexchanges:\n"))
    result = inner.run(*workers)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["wiretape: cassettes/words.yaml is relaxed by its head: --ignore query.t"])


def test_head_survives_each_mode_that_writes(said):
    inner = said(WORDS.format(more=""))
    path = inner.cassette("words")
    path.write_text(path.read_text().replace("exchanges:\n", "ignore: [query.t]\nexchanges:\n"))
    for mode in ("new_episodes", "all", "rewrite"):
        inner.run(f"--wire-record-mode={mode}", FAKE).assert_outcomes(passed=1)
        assert load(path).ignore == ("query.t",), mode
        assert len(load(path).exchanges) == 1, mode


def test_wrong_place_in_a_head_fails_the_test(said):
    inner = said(WORDS.format(more=""))
    path = inner.cassette("words")
    path.write_text(path.read_text().replace("exchanges:\n", "ignore: [body]\nexchanges:\n"))
    result = inner.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ignore body: this is a whole message, body or path*"])


LANGUAGES = """

@pytest.mark.cassette("both")
def test_language(wire):
    for language in ("de", "fr"):
        request = urllib.request.Request(wire.url + "/c/api/user", headers={"accept-language": language + WORD})
        assert urllib.request.urlopen(request, timeout=5).status == 200
"""


def test_what_the_player_had_to_decide_is_told(said):
    result = said(LANGUAGES).run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["wiretape: note: cassettes/both.yaml: *accept-language; the first one was played"])


def test_recorded_again_an_exchange_takes_the_place_of_one_that_differs_where_it_may(said):
    inner = said(WORDS.format(more=', ignore=["query.t"]'))
    inner.run("--wire-record-mode=all", FAKE).assert_outcomes(passed=1)
    [exchange] = load(inner.cassette("words")).exchanges
    assert exchange.target.endswith("t=robin")
