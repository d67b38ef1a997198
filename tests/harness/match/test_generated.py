"""Which two values look generated in the same way: the client's new one may then stand for the recorded one."""

from __future__ import annotations

import base64
import random
import secrets
import string
import time
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.match.generated import generated_in, masked, may_vary, pairs, slots_replaced
from harness.match.looks import Clocks, is_time, look_of

THEN, NOW = 1_795_410_000.0, 1_812_345_678.0
CLOCKS = Clocks(THEN, NOW)
LETTERS = string.ascii_letters + string.digits
WORDS = (
    "hello world",
    "gpt-4-turbo-preview",
    "claude-3-5-sonnet",
    "text-embedding-3-large",
    "my-first-blog-post",
    "getUserProfileById",
    "conversation_turn_index",
    "2026-11-23",
    "19.99",
    "+49 30 1234567",
    "item-18",
    "order 4711",
    "ABCDEFGHIJKLMNOP",
    "aaaaaaaaaaaaaaaa",
    "0000000000000000",
)


def looks(recorded: str, actual: str) -> list[tuple[str, str, str]] | None:
    found = pairs(recorded, actual, CLOCKS)
    return None if found is None else [(each.recorded, each.actual, each.look) for each in found]


def drawn(seed: int, alphabet: str, length: int) -> str:
    dice = random.Random(seed)
    return "".join(dice.choice(alphabet) for _ in range(length))


# ---------------------------------------------------------------- what looks generated
@pytest.mark.parametrize(
    ("recorded", "actual", "look"),
    [
        ("0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7", "uuid"),
        ("0f8fad5bd9cb469fa16570867728950e", "7c9e6679742540de944be07fc1f90ae7", "uuid"),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "01BX5ZZKBKACTAV9WEVGEMMVRZ", "ulid"),
        ("9f86d081884c7d65", "2c26b46b68ffc68f", "hex"),
        ("V1StGXR8_Z5jdHi6B-myT", "Uakgb_J5m9g-0JDMbcJqL", "random"),
        ("3q2+7wX9Zk8PqL5T/vYbRg==", "Jf0Xz7b1QkR4mNw8/aHs2Q==", "random"),
        ("xHAIsUltFPLEdmESsnup3g==", "Jf0Xz7b1QkR4mNw8/aHs2Q==", "random"),
    ],
)
def test_two_values_of_one_look_are_a_pair(recorded, actual, look):
    assert looks(recorded, actual) == [(recorded, actual, look)]


@pytest.mark.parametrize(
    "form",
    [
        "iso", "blank", "compact", "seconds", "fraction", "thousandths", "http", "xml-rpc", "date",
        "date without padding", "ctime", "javascript",
    ],
)  # fmt: skip
def test_time_near_the_clock_is_a_pair_in_any_spelling(form):
    assert looks(spelled(form, THEN + 5), spelled(form, NOW + 7)) == [
        (spelled(form, THEN + 5), spelled(form, NOW + 7), "time")
    ]


def spelled(form: str, moment: float) -> str:
    date = datetime.fromtimestamp(moment, UTC)
    return {
        "iso": date.isoformat().replace("+00:00", "Z"),
        "blank": f"{date:%Y-%m-%d %H:%M:%S}",
        "compact": f"{date:%Y%m%dT%H%M%SZ}",
        "seconds": str(int(moment)),
        "fraction": f"{moment + 0.25:.6f}",
        "thousandths": str(int(moment * 1000)),
        "http": format_datetime(date, usegmt=True),
        "xml-rpc": f"{date:%Y%m%dT%H:%M:%S}",
        "date": f"{date:%a %b} {date.day:2} {date:%H:%M:%S UTC %Y}",
        "date without padding": f"{date:%a %b} {date.day} {date:%H:%M:%S UTC %Y}",
        "ctime": date.ctime(),
        "javascript": f"{date:%a %b %d %Y %H:%M:%S GMT+0000}",
    }[form]


def test_time_that_is_a_day_and_more_from_the_clock_is_none():
    far = timedelta(days=2).total_seconds()
    assert looks(spelled("iso", THEN + far), spelled("iso", NOW)) is None
    assert looks(spelled("seconds", THEN), spelled("seconds", NOW - far)) is None


@pytest.mark.parametrize(("value", "near"), [(1_795_410_000, THEN), (1_795_410_000_123, THEN), (1_795_410_000.5, THEN)])
def test_number_is_a_time_in_seconds_or_thousandths(value, near):
    assert is_time(value, near)
    assert not is_time(value, near + 200_000)


def test_prefix_that_names_the_sort_has_to_be_the_same():
    assert looks("req_8f3a2b1c9d4e5f60", "req_1b2c3d4e5f6a7b8c") == [
        ("req_8f3a2b1c9d4e5f60", "req_1b2c3d4e5f6a7b8c", "random")
    ]
    assert looks("req_8f3a2b1c9d4e5f60", "msg_1b2c3d4e5f6a7b8c") is None
    assert looks("user-V1StGXR8Z5jdHi6BmyT", "team-Uakgb1J5m9g90JDMbcJq") is None


def test_every_generated_part_of_a_longer_text_is_a_pair_of_its_own():
    one, two = str(uuid.UUID(int=1 << 100)), str(uuid.UUID(int=5 << 99))
    recorded = f"at {spelled('iso', THEN)} by {one}, twice"
    assert looks(recorded, f"at {spelled('iso', NOW)} by {two}, twice") == [
        (spelled("iso", THEN), spelled("iso", NOW), "time"),
        (one, two, "uuid"),
    ]
    assert looks(recorded, f"at {spelled('iso', NOW)} by {two}, once") is None


def test_what_stands_for_a_value_already_is_no_difference():
    one, two = (str(uuid.UUID(int=number << 98)) for number in (3, 5))
    assert pairs(one, two, CLOCKS, {one: two}.get) == []
    assert slots_replaced(f"/chats/{one}/turns", {one: two}.get) == f"/chats/{two}/turns"


# ---------------------------------------------------------------- what does not, however like it is
@pytest.mark.parametrize(
    ("recorded", "actual"),
    [
        ("gpt-4-turbo-preview", "gpt-4o-mini-preview"),
        ("claude-3-5-sonnet", "claude-3-7-sonnet"),
        ("claude-3-5-sonnet-20240620", "claude-3-5-sonnet-20241022"),
        ("gemini-1.5-pro-latest", "gemini-2.0-pro-latest"),
        ("text-embedding-3-small", "text-embedding-3-large"),
        ("llama3-70b-8192-instruct", "llama3-08b-8192-instruct"),
        ("my-first-blog-post", "his-last-blog-post"),
        ("how-to-boil-an-egg", "how-to-fry-a-steak"),
        ("getUserProfileById", "setUserProfileById"),
        ("conversationTurnIndex", "conversationTurnCount"),
        ("MAX_RETRY_ATTEMPTS", "MIN_RETRY_ATTEMPTS"),
        ("CreateOrderRequestV2", "CreateOrderRequestV3"),
        ("AbstractFactoryBean", "TransactionManager1"),
        ("2026-11-23", "2027-06-07"),
        ("2026-11-23T05:00", "2027-06-07T05:00"),
        ("19.99", "24.99"),
        ("1999.00 EUR", "2499.00 EUR"),
        ("+49 30 12345678", "+49 30 87654321"),
        ("+1-202-555-0143", "+1-202-555-0199"),
        ("4711", "4712"),
        ("18", "19"),
        ("1234567890123456", "9876543210987654"),
        ("SKU-000123-BLUE-XL", "SKU-000124-BLUE-XL"),
        ("INV-2026-000117", "INV-2026-000118"),
        ("en-US", "de-DE"),
        ("Robin Hood", "Maid Marian"),
        ("robin@sherwood.example", "marian@sherwood.example"),
        ("v1.2.3-beta.4", "v1.2.4-beta.1"),
        ("application/json; charset=utf-8", "application/xml; charset=utf-8"),
        ("us-east-1", "eu-west-2"),
        ("#ff8800", "#0088ff"),
        ("deadbeef", "cafebabe"),
        ("192.168.10.115", "192.168.10.116"),
    ],
)
def test_names_numbers_and_words_are_no_pair(recorded, actual):
    assert pairs(recorded, actual, CLOCKS) is None


@pytest.mark.parametrize(
    ("recorded", "actual"),
    [
        ("0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5bd9cb469fa16570867728950e"),
        ("9f86d081884c7d65", "9f86d081884c7d659"),
        ("V1StGXR8_Z5jdHi6B-myT", "the-best-of-all-slugs"),
        (str(int(THEN)), spelled("iso", NOW)[:10]),
    ],
    ids=["another form", "another length", "a slug", "a date"],
)
def test_values_of_two_looks_are_no_pair(recorded, actual):
    assert pairs(recorded, actual, CLOCKS) is None


@pytest.mark.parametrize(
    ("nil", "value"),
    [
        ("00000000-0000-0000-0000-000000000000", "7c9e6679-7425-40de-944b-e07fc1f90ae7"),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", "7c9e6679-7425-40de-944b-e07fc1f90ae7"),
        ("0000000000000000", "2c26b46b68ffc68f"),
    ],
)
def test_value_that_means_none_stands_for_no_other(nil, value):
    assert pairs(nil, value, CLOCKS) is None
    assert pairs(value, nil, CLOCKS) is None


# ---------------------------------------------------------------- in general
@given(st.text(max_size=120))
def test_a_text_pairs_with_itself(text):
    assert pairs(text, text, CLOCKS) == []


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), st.data())
def test_texts_that_differ_in_a_word_are_never_a_pair(words, data):
    at = data.draw(st.integers(0, len(words) - 1))
    other = data.draw(st.sampled_from(WORDS))
    assume(words[at] != other)
    assert pairs(" | ".join(words), " | ".join([*words[:at], other, *words[at + 1 :]]), CLOCKS) is None


@given(st.uuids(), st.uuids(), st.sampled_from(WORDS), st.sampled_from(WORDS))
def test_a_uuid_beside_words_is_a_pair_and_the_words_have_to_be_equal(one, two, word, other):
    assume(one != two and word != other)
    assert looks(f"{word}: {one}", f"{word}: {two}") == [(str(one), str(two), "uuid")]
    assert looks(f"{word}: {one}", f"{other}: {two}") is None


@pytest.mark.parametrize("before", ["Timestamp-", "at_", "-", "token/", "Token-of-"])
def test_time_behind_a_word_is_a_pair_of_its_own(before):
    texts = [before + spelled("iso", moment) for moment in (THEN, NOW)]
    assert [(each.recorded, each.actual, each.look) for each in pairs(*texts, CLOCKS) or ()] == [
        (spelled("iso", THEN), spelled("iso", NOW), "time")
    ]


@given(st.integers(0, 10**6), st.sampled_from(["uuid", "hex", "random", "base64", "req_", "time"]))
def test_what_makes_a_pair_is_alike_once_it_is_masked(seed, sort):
    one, two = made(sort, seed), made(sort, seed + 1)
    assume(pairs(one, two, CLOCKS))
    assert masked(f"a {one} b") == masked(f"a {two} b")


def made(sort: str, seed: int) -> str:
    dice = random.Random(seed)
    return {
        "uuid": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        "hex": dice.randbytes(16).hex(),
        "random": drawn(seed, LETTERS, 21),
        "base64": base64.b64encode(dice.randbytes(16)).decode(),
        "req_": f"req_{drawn(seed, LETTERS, 24)}",
        "time": spelled("iso", NOW - dice.randrange(3600)),
    }[sort]


@given(st.uuids(), st.uuids())
def test_uuids_are_alike_once_they_are_masked(one, two):
    assert masked(f"/chats/{one}/turns") == masked(f"/chats/{two}/turns")
    assert list(generated_in(f"/chats/{one}/turns")) == [str(one)]


@pytest.mark.parametrize(
    ("recorded", "actual", "look"),
    [
        ("LQHAHAmHofPrn_nQEcLEY", "ODI8h06IGAPXVrYUP-gko", "random"),
        ("ODI8h06IGAPXVrYUP-gko", "LQHAHAmHofPrn_nQEcLEY", "random"),
        ("SimpleHTTPServer", "ForkingTCPServer", None),
        ("SimpleHTTPServer", "q8ZxK2vTn7BwJ4Lp", None),
    ],
    ids=["recorded reads like a name", "actual reads like a name", "two names", "a name and a random value"],
)
def test_random_value_may_read_a_little_like_a_name_beside_one_that_does_not(recorded, actual, look):
    assert look_of(recorded, actual, CLOCKS) == look


@pytest.mark.parametrize("length", [16, 21, 27, 32])
def test_random_values_are_known_but_for_a_few(length):
    drawings = [(drawn(2 * n, LETTERS, length), drawn(2 * n + 1, LETTERS, length)) for n in range(500)]
    missed = sum(look_of(one, two, CLOCKS) is None for one, two in drawings)
    assert missed <= 10


@pytest.mark.parametrize(
    "make", [lambda: secrets.token_hex(8), lambda: secrets.token_hex(16), lambda: str(uuid.uuid4())]
)
def test_hex_and_uuids_are_known_always(make):
    # One hex value of 16 digits in 1,800 has no letter.
    pairs_of_values = [(make(), make()) for _ in range(200)]
    assert all(look_of(one, two, CLOCKS) is not None for one, two in pairs_of_values)


@pytest.mark.parametrize("moment", ["2026-11-30T00:54:38.717Z", "20261130T005438Z", "1796256838198", "1796256838"])
def test_time_is_masked_within_a_path_as_well(moment):
    assert masked(f"GET /e0/{moment}/apple") == "GET /e0/\0time/apple"
    assert moment in list(generated_in(f"GET /e0/{moment}/apple"))


@pytest.mark.parametrize(
    "hostile",
    [
        "a" * 300_000,
        "a-" * 150_000,
        "0" * 300_000,
        "=" * 300_000,
        "Mon, " * 60_000,
        "1." * 150_000,
        "/tmp/a-abcdef" * 23_000 + "=",
        "/2026-11-30T00" * 21_000,
        "-2026-11-30T00" * 21_000,
    ],
)
def test_hostile_text_takes_linear_time(hostile):
    began = time.process_time()
    pairs(hostile, hostile[:-1] + "x", CLOCKS)
    masked(hostile)
    list(generated_in(hostile))
    # A second where nothing else runs, twice that on a busy machine; quadratic time would be minutes.
    assert time.process_time() - began < 10


# ---------------------------------------------------------------- hints
def test_hint_takes_times_of_any_day_and_never_names():
    assert may_vary("2020-01-01T00:00:00Z", "2026-11-23T05:00:00Z")
    assert may_vary(1_577_836_800, 1_795_410_000)
    assert not may_vary("2020-01-01", "2026-11-23")
    assert not may_vary(True, False)
    assert not may_vary(18, 19)
    assert not may_vary("claude-3-5-sonnet", "claude-3-7-sonnet")
