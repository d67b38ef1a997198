"""Where something can be said, what goes over what, and what is refused."""

import pytest

from tests.support.inner_pytest.runs import FAKE

SHOWS = """
@pytest.mark.cassette("x"{more})
def test_shows(wire):
    config = wire.plan.config
    print("SAID", config.speed, config.timeout, config.unplayed, config.record_mode, config.allowed_hosts)
"""
KEYS = "record_mode, speed, unplayed, timeout, allowed_hosts, block_network, match_on, ignore_hosts"


def said(result):
    line = next(line for line in result.stdout.str().splitlines() if line.startswith("SAID"))
    return line.split()[1:4]


def test_marker_goes_over_the_fixture_and_that_over_the_file(inner):
    inner.configure("wire_speed = 2\nwire_timeout = 7\nwire_unplayed = warn\n")
    fixture = '\n\n@pytest.fixture\ndef wire_config():\n    return {"timeout": 8, "unplayed": "ignore"}\n'
    inner.write(SHOWS.format(more=', unplayed="error"') + fixture)
    assert said(inner.run("-rA")) == ["2.0", "8.0", "error"]


def test_command_line_goes_over_all(inner):
    inner.configure("wire_speed = 2\n")
    inner.write(SHOWS.format(more=', speed="recorded", timeout=3'))
    assert said(inner.run("-rA", "--wire-speed=10", "--wire-timeout=4"))[:2] == ["10.0", "4.0"]


def test_nearest_marker_counts(inner):
    inner.write("""
    pytestmark = pytest.mark.cassette("x", speed=1, timeout=1)


    @pytest.mark.cassette(speed=2, timeout=2)
    class TestNear:
        @pytest.mark.cassette("x", speed=3)
        def test_shows(self, wire):
            print("SAID", wire.plan.config.speed, wire.plan.config.timeout, "-")
    """)
    assert said(inner.run("-rA"))[:2] == ["3.0", "2.0"]


@pytest.mark.parametrize(
    "where",
    [
        '@pytest.mark.cassette("x", sped=1)\ndef test_it(wire): pass',
        '@pytest.fixture\ndef wire_config(): return {"sped": 1}\n\ndef test_it(wire): pass',
        'def test_it(wire_factory):\n    with wire_factory("x", sped=1): pass',
    ],
)
def test_unknown_key_fails_the_test_and_lists_the_known_ones(inner, where):
    inner.write(where)
    result = inner.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"*unknown key 'sped' (*): did you mean 'speed'? Expected one of {KEYS}*"])


def test_unknown_key_in_the_file_is_pytests_own_complaint(inner):
    inner.configure("wire_sped = 1\n")
    inner.write("def test_it(): pass")
    inner.run("--strict-config").stderr.fnmatch_lines(["*wire_sped*"])


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        ("speed=0", "must be * a number above zero"),
        ('speed="fast"', "must be * a number above zero"),
        ("timeout=-1", "a number of seconds above zero"),
        ('unplayed="maybe"', "must be one of error, warn, ignore"),
        ('record_mode="some"', "must be one of none, once"),
        ("before_record_request=1", "must be a function"),
        ('match_on=["method", "colour"]', "there is no 'colour'"),
        ('allowed_hosts=["("]', "is not a valid regular expression"),
        ('generation="1999", record_mode="all", upstream="fake"', "generation"),
        ('upstream="ftp://x", record_mode="all"', "must be an http:// or https:// URL"),
    ],
)
def test_wrong_value_fails_the_test_and_says_what_it_may_be(inner, marker, complaint):
    inner.cassette("x").parent.mkdir()
    inner.cassette("x").write_text(
        "cassette: 1\nrecorded: {at: '2026-11-23T09:00:00Z', by: hand, client: a, from: 'https://copilot.microsoft.com', complete: true}\nexchanges: []\n"
    )
    inner.write(f'@pytest.mark.cassette("x", {marker})\ndef test_it(wire): pass')
    result = inner.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"*wiretape: config: *{complaint}*"])


def test_wrong_value_in_the_file_stops_the_run_at_once(inner):
    inner.configure("wire_unplayed = maybe\n")
    inner.write("def test_it(): pass")
    result = inner.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*wire_unplayed='maybe' (configuration file): must be one of error, warn, ignore*"])


def test_default_names_are_files_of_their_own_whatever_the_ids(inner):
    inner.write("""
    IDS = ["a/b", "a?b", "..", "", "ünï", "x" * 300, "a b", "a\\nb", "CON"]


    @pytest.mark.cassette
    @pytest.mark.parametrize("word", IDS, ids=[str(number) if not each else each for number, each in enumerate(IDS)])
    def test_words(copilot, word):
        assert copilot.chat(f"Say {len(word)} {IDS.index(word)}").text


    @pytest.mark.cassette
    class TestInClass:
        def test_one(self, copilot):
            assert copilot.chat("One").text
    """)
    inner.record().assert_outcomes(passed=10)
    names = [path.name for path in (inner.folder / "cassettes" / "test_it").iterdir()]
    assert len(names) == len({name.lower() for name in names}) == 10
    assert "TestInClass.test_one.yaml" in names
    assert [path.name for path in inner.folder.rglob("*.yaml") if path.parent.name != "test_it"] == []
    inner.run("--check-orphans").assert_outcomes(passed=10)


def test_directory_and_default_cassette_are_settings(inner):
    inner.configure("wire_directory = tapes\n")
    inner.write("""
    @pytest.mark.default_cassette("chat/first")
    @pytest.mark.cassette
    def test_it(copilot):
        assert copilot.chat("One").text
    """)
    inner.record()
    assert (inner.folder / "tapes" / "chat" / "first.yaml").is_file()


def test_match_on_and_repeats_are_obeyed(inner):
    inner.write(
        """
    import urllib.request

    CONFIG = dict(match_on=["method", "path"], allow_playback_repeats=True)


    @pytest.mark.cassette("users", **CONFIG)
    def test_users(wire):
        for number in range(ASKED):
            urllib.request.urlopen(f"{wire.url}/c/api/user?n={number}").read()
    """.replace("ASKED", "1")
    )
    inner.record()
    text = (inner.folder / "test_it.py").read_text()
    (inner.folder / "test_it.py").write_text(text.replace("range(1)", "range(3, 6)"))
    inner.run().assert_outcomes(passed=1)
    (inner.folder / "test_it.py").write_text(text.replace("range(1)", "range(3, 6)").replace("True", "False"))
    inner.run().assert_outcomes(failed=1)


def test_hooks_change_what_is_kept_and_keep_things_out(inner):
    inner.write(
        """
    import dataclasses, urllib.request


    def without_user(request):
        return None if request.path == "/c/api/user" else request


    def short(response):
        return dataclasses.replace(response, body=b'{"results":[]}')


    @pytest.mark.cassette("hooked", before_record_request=without_user, before_record_response=short)
    def test_hooked(wire):
        for path in PATHS:
            urllib.request.urlopen(wire.url + path).read()
    """.replace("PATHS", '["/c/api/user", "/c/api/conversations"]')
    )
    inner.record()
    assert inner.exchanges("hooked") == ["call: GET /c/api/conversations"]
    assert "{results: []}" in inner.cassette("hooked").read_text()


def test_cassettes_say_that_a_fake_was_recorded(inner):
    inner.write('@pytest.mark.cassette("x")\ndef test_it(copilot): assert copilot.chat("Hi").text')
    inner.run("--record-mode=once", "--wire-upstream=fake:2025-03").assert_outcomes(passed=1)
    assert "from: fake:2025-03" in inner.cassette("x").read_text()
    inner.run(FAKE).assert_outcomes(passed=1)
