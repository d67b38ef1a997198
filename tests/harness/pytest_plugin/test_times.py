"""Times that lay ahead when recorded, and tests that freeze time."""

import pytest

EXPIRES = "Tue, 03 Feb 2026 04:15:06 GMT"
CASSETTE = f"""cassette: 1
recorded: {{at: '2026-02-03T04:05:06.5Z', by: hand, from: 'https://copilot.microsoft.com'}}
exchanges:
- call: GET /login
  at: 0
  response:
    status: 200
    headers: {{set-cookie: 'sid=1; Expires={EXPIRES}'}}
    json: {{}}
"""
LOGIN = """
    import datetime, time, urllib.request
    from email.utils import parsedate_to_datetime


    def expires(wire):
        answer = urllib.request.urlopen(wire.url + "/login")
        return parsedate_to_datetime(answer.headers["set-cookie"].partition("=")[2].partition("=")[2])


"""


@pytest.fixture
def login(inner):
    inner.cassette("login").parent.mkdir()
    inner.cassette("login").write_text(CASSETTE)
    return lambda text, *options: (inner.write(LOGIN + text), inner.run(*options))[1]


MOVES = """
    @pytest.mark.cassette("login"{marker})
    def test_it(wire):
        assert abs(expires(wire).timestamp() - time.time() - 600) < 5
"""
STAYS = """
    @pytest.mark.cassette("login"{marker})
    def test_it(wire):
        assert expires(wire) == datetime.datetime(2026, 2, 3, 4, 15, 6, tzinfo=datetime.UTC)
"""


def test_cookie_lasts_as_long_as_it_did(login):
    login(MOVES.format(marker="")).assert_outcomes(passed=1)


def test_marker_asks_for_the_recorded_clock(login):
    login(STAYS.format(marker=', clock="recorded"')).assert_outcomes(passed=1)


def test_option_asks_for_the_recorded_clock(login):
    login(STAYS.format(marker=""), "--wire-clock=recorded").assert_outcomes(passed=1)


def test_line_of_the_file_asks_for_it_and_the_marker_goes_over_it(login, inner):
    inner.configure("wire_clock = recorded\n")
    login(STAYS.format(marker="")).assert_outcomes(passed=1)
    login(MOVES.format(marker=', clock="now"')).assert_outcomes(passed=1)


def test_another_clock_is_refused(login):
    result = login(MOVES.format(marker=', clock="frozen"'))
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*clock='frozen' (*): must be one of now, recorded*"])


def test_wire_says_when_the_cassette_was_recorded(login):
    text = """
    @pytest.mark.cassette("login")
    def test_played(wire):
        assert wire.recorded_at == datetime.datetime(2026, 2, 3, 4, 5, 6, 500_000, tzinfo=datetime.UTC)
        expires(wire)


    def test_without_a_cassette(wire):
        assert wire.recorded_at is None
    """
    login(text).assert_outcomes(passed=2)
