"""What lay ahead when it was recorded lies ahead as far when it is played."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formatdate
from http.cookiejar import http2time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.replay.moved_times import MovedTimes, read_date

BEGAN = datetime(2027, 6, 9, 10, 0, tzinfo=UTC).timestamp()
YEAR = 365 * 24 * 3600


def moved(*headers, began=BEGAN, by=YEAR):
    return MovedTimes(began, began + by, headers).headers(headers)


def value(name, text, **more):
    ((_, found),) = moved((name, text), **more)
    return found


# ---------------------------------------------------------------- forms


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Wed, 09 Jun 2027 10:18:14 GMT", "Thu, 08 Jun 2028 10:18:14 GMT"),
        ("Wednesday, 09-Jun-27 10:18:14 GMT", "Thursday, 08-Jun-28 10:18:14 GMT"),
        ("Wed Jun  9 10:18:14 2027", "Thu Jun  8 10:18:14 2028"),
        ("Wed, 09-Jun-2027 10:18:14 GMT", "Thu, 08-Jun-2028 10:18:14 GMT"),
        ("wed, 9 jun 2027 10:18:14 UTC", "thu, 8 jun 2028 10:18:14 UTC"),
        ("09 Jun 2027 10:18:14", "08 Jun 2028 10:18:14"),
        ("Wed, 09 June 2027 10:18:14 GMT", "Thu, 08 Jun 2028 10:18:14 GMT"),
        ("Wed, 09 Jun 2027 12:18:14 +0200", "Thu, 08 Jun 2028 12:18:14 +0200"),
        # A minute before by Greenwich.
        ("Wed, 09 Jun 2027 11:59:00 +0200", "Wed, 09 Jun 2027 11:59:00 +0200"),
        ("Wed Jun 16 10:18:14 2027", "Thu Jun 15 10:18:14 2028"),
    ],
)
def test_date_keeps_its_form(before, after):
    assert value("expires", before) == after
    assert value("set-cookie", f"a=1; Expires={before}; Path=/") == f"a=1; Expires={after}; Path=/"


def test_asctimes_day_keeps_its_width():
    assert value("expires", "Wed Jun 16 10:18:14 2027", by=-10 * 24 * 3600) == "Sun Jun  6 10:18:14 2027"


def test_two_digits_do_not_say_a_year_beyond_their_century():
    assert value("expires", "Saturday, 01-Jun-69 10:00:00 GMT", by=2 * YEAR) == "Monday, 01-Jun-2071 10:00:00 GMT"


@pytest.mark.parametrize(
    "text", ["0", "-1", "", "never", "Wed, 31 Jun 2027 10:18:14 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "1812536294"]
)
def test_what_is_no_date_or_has_none_later_stays(text):
    assert value("expires", text) == text
    assert value("set-cookie", f"a=1; expires={text}; Path=/") == f"a=1; expires={text}; Path=/"


@given(st.integers(1, 30 * YEAR), st.integers(-YEAR, 30 * YEAR))
def test_any_date_ahead_lies_ahead_as_far(ahead, by):
    found = http2time(value("expires", formatdate(BEGAN + ahead, usegmt=True), by=by))
    assert found == BEGAN + ahead + by


@given(st.text(max_size=40) | st.from_regex(r"[A-Za-z]{0,3},? ?[0-9]{1,2}[- ][A-Z][a-z]{2}[- ][0-9]{2,4} [0-9:]{0,8}"))
def test_no_text_is_too_odd(text):
    value("expires", text)
    value("set-cookie", f"a=1; expires={text}")


# ---------------------------------------------------------------- what moves


@pytest.mark.parametrize(
    "gone", ["Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01-Jan-70 00:00:01 GMT", "Wed, 09 Jun 2027 10:00:00 GMT"]
)
def test_what_was_over_stays_over(gone):
    assert value("expires", gone) == gone
    assert value("set-cookie", f"a=; Expires={gone}") == f"a=; Expires={gone}"


def test_only_the_date_of_a_cookie_changes_and_the_order_of_its_attributes_stays():
    cookie = 'expires=x;Max-Age=60 ;  eXpires = "Wed, 09 Jun 2027 10:18:14 GMT" ;secure; Path=/; SameSite=Lax'
    assert value("set-cookie", cookie) == cookie.replace("Wed, 09 Jun 2027", "Thu, 08 Jun 2028")


def test_each_of_several_cookies_moves_folded_into_one_header_too():
    one = "a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT"
    two = "b=2; Path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT"
    three = "c=3; Expires=Wed, 09-Jun-2027 11:00:00 GMT"
    later = [each.replace("Wed, 09", "Thu, 08").replace("2027", "2028") for each in (one, three)]
    assert [found for _, found in moved(*(("set-cookie", each) for each in (one, two, three)))] == [
        later[0],
        two,
        later[1],
    ]
    assert value("set-cookie", f"{one}, {two}, {three}") == f"{later[0]}, {two}, {later[1]}"


@pytest.mark.parametrize(
    "header",
    [
        ("set-cookie", "a=1; Max-Age=60"),
        ("set-cookie", "expires=Wed, 09 Jun 2027 10:18:14 GMT"),
        ("age", "10"),
        ("last-modified", "Wed, 09 Jun 2027 10:18:14 GMT"),
        ("cache-control", "max-age=60"),
        ("retry-after", "120"),
        ("x-expires", "Wed, 09 Jun 2027 10:18:14 GMT"),
        ("location", "/a?Expires=1812536294&Signature=x"),
    ],
)
def test_other_headers_stay(header):
    assert moved(header) == (header,)


def test_date_moves_with_expires_so_that_an_answer_is_fresh_as_long():
    before = (("date", "Wed, 09 Jun 2027 09:59:59 GMT"), ("expires", "Wed, 09 Jun 2027 10:10:00 GMT"), ("age", "0"))
    found = dict(moved(*before))
    assert read_date(found["date"]) == BEGAN - 1 + YEAR
    assert read_date(found["expires"]) == BEGAN + 600 + YEAR


def test_date_of_a_cached_answer_moves_and_its_age_stays():
    found = dict(moved(("date", "Wed, 09 Jun 2027 09:55:00 GMT"), ("age", "300")))
    assert (read_date(found["date"]), found["age"]) == (BEGAN - 300 + YEAR, "300")


def test_date_that_lay_long_ago_stays():
    header = ("date", "Tue, 15 Nov 1994 08:12:31 GMT")
    assert moved(header, ("expires", "Thu, 01 Jan 1970 00:00:00 GMT"))[0] == header


def test_times_are_rounded_up_so_that_nothing_is_over_early():
    text = value("expires", "Wed, 09 Jun 2027 10:00:01 GMT", began=BEGAN + 0.9, by=YEAR + 0.05)
    assert read_date(text) == BEGAN + 1 + YEAR + 1


def test_nothing_changes_in_the_very_moment():
    headers = (("set-cookie", "a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT"),)
    assert MovedTimes(BEGAN, BEGAN, headers).headers(headers) is headers


def test_answer_older_than_its_cassette_says_goes_by_its_own_date():
    # Another test recorded into the same cassette a year later, which has one time for all.
    headers = (
        ("date", "Wed, 09 Jun 2027 10:00:00 GMT"),
        ("set-cookie", "a=1; Expires=Wed, 09 Jun 2027 10:10:00 GMT"),
        ("set-cookie", "b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
    )
    found = MovedTimes(BEGAN + YEAR, BEGAN + 3 * YEAR, headers).headers(headers)
    assert [read_date(found[0][1]), read_date(found[1][1].partition("=")[2].partition("=")[2])] == [
        BEGAN + 3 * YEAR,
        BEGAN + 3 * YEAR + 600,
    ]
    assert found[2] == headers[2]


# ---------------------------------------------------------------- bodies


def body(text, fields=("expireson",), by=YEAR):
    return MovedTimes(BEGAN, BEGAN + by, (), fields).data(text.encode()).data.decode()


SECONDS = int(BEGAN) + 600


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{SECONDS}", f"{SECONDS + YEAR}"),
        (f'"{SECONDS}"', f'"{SECONDS + YEAR}"'),
        (f"{SECONDS}.25", f"{SECONDS + YEAR}.25"),
        (f"{SECONDS}123", f"{SECONDS + YEAR}123"),
        ('"2027-06-09T10:10:00Z"', '"2028-06-08T10:10:00Z"'),
        ('"2027-06-09 12:10:00.5+02:00"', '"2028-06-08 12:10:00.5+02:00"'),
        ('"Wed, 09 Jun 2027 10:10:00 GMT"', '"Thu, 08 Jun 2028 10:10:00 GMT"'),
    ],
)
@pytest.mark.parametrize("name", ["expires_on", "expiresOn", "expires-on", "EXPIRES_ON"])
def test_named_field_moves_in_its_own_spelling(name, before, after):
    assert body(f'{{ "{name}" : {before}, "n": {before}}}') == f'{{ "{name}" : {after}, "n": {before}}}'


@pytest.mark.parametrize(
    "text",
    [
        f'{{"expires_in":{SECONDS},"ext_expires_on":{SECONDS},"expires_on_x":{SECONDS},"exp":{SECONDS}}}',
        f'{{"expires_on":{int(BEGAN) - 1}}}',
        '{"expires_on":"2027-06-09T09:59:59Z"}',
        '{"expires_on":3600}',
        '{"expires_on":null}',
        '{"expires_on":"soon"}',
        f'{{"a":"expires_on","b":{SECONDS}}}',
    ],
)
def test_all_else_in_a_body_stays(text):
    assert body(text) == text


def test_named_field_moves_in_json_within_json():
    assert (
        body(rf'{{"cache":"{{\"expiresOn\":\"{SECONDS}\"}}"}}')
        == rf'{{"cache":"{{\"expiresOn\":\"{SECONDS + YEAR}\"}}"}}'
    )


def test_no_field_moves_that_the_profile_does_not_name():
    text = f'{{"expires_on":{SECONDS}}}'
    assert body(text, fields=()) == text
