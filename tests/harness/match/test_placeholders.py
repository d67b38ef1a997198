"""A recorded text with placeholders is a pattern: what fits it, and what each placeholder then stands for."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.match.placeholders import captured, is_placeholder, placeholders_in, replaced, taken_apart

EMAIL = "wiretape-email-1@example.com"
OTHER_EMAIL = "wiretape-email-2@example.com"
TOKEN = "wiretape-token-1"
UUID = "94738273-0000-4000-8000-000000000001"
ALL = (EMAIL, TOKEN, UUID, "wiretape-cookie-3", "wiretape-id-4", "wiretape-text-5", "wtpt---1")
PLAIN = st.text("abc xyz,;/=&", max_size=12)


def receives_credentials_of(recorded: str, actual: str) -> dict[str, str] | None:
    found = captured(recorded, actual)
    return None if found is None else {each.placeholder: each.value for each in found}


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# ---------------------------------------------------------------- what fits
@pytest.mark.parametrize(
    ("recorded", "actual", "value"),
    [
        (TOKEN, "s3cr3t", "s3cr3t"),
        (f"Bearer {TOKEN}", "Bearer abc.def", "abc.def"),
        (f"write to {EMAIL} today", "write to robin@sherwood.example today", "robin@sherwood.example"),
        (f"write to {EMAIL}. Thanks.", "write to robin@sherwood.co.uk. Thanks.", "robin@sherwood.co.uk"),
        (f"/users/{UUID}", "/users/0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-70867728950e"),
        (f"{TOKEN}!", "a!b!", "a!b"),
        (EMAIL, EMAIL, EMAIL),
    ],
    ids=["whole", "after a word", "in prose", "before a full stop", "in a path", "up to the last mark", "itself"],
)
def test_placeholder_stands_for_what_is_in_its_place(recorded, actual, value):
    found = captured(recorded, actual)
    assert found is not None
    assert [each.value for each in found] == [value]


@pytest.mark.parametrize(
    ("recorded", "actual"),
    [
        (f"write to {EMAIL} today", "write to robin today"),
        (EMAIL, "no address"),
        (f"/users/{UUID}", "/users/robin"),
        (f"Bearer {TOKEN}", "Basic abc"),
        (f"Bearer {TOKEN}", "Bearer "),
        (f"Bearer {TOKEN}", "Bearer  \t"),
        (f"a {TOKEN} b", "a x c"),
        (f"{TOKEN} and more", "x and less"),
    ],
    ids=["no address", "no address alone", "no uuid", "other head", "nothing", "blanks", "other tail", "other word"],
)
def test_what_redaction_would_not_have_replaced_does_not_fit(recorded, actual):
    assert captured(recorded, actual) is None


def test_each_placeholder_of_a_text_has_a_value_of_its_own():
    assert receives_credentials_of(f"from {EMAIL} to {OTHER_EMAIL}", "from a@one.example to b@two.example") == {
        EMAIL: "a@one.example",
        OTHER_EMAIL: "b@two.example",
    }


def test_text_without_placeholders_fits_itself_only():
    assert captured("hello", "hello") == []
    assert captured("hello", "hullo") is None


# ---------------------------------------------------------------- inside of codings, and made to a length
def test_placeholder_in_base64_stands_for_what_is_in_the_base64():
    assert receives_credentials_of(coded(f"robin:{TOKEN}"), coded("robin:hunter2")) == {TOKEN: "hunter2"}


def test_placeholder_in_hexadecimal_stands_for_what_is_in_it():
    recorded, actual = f"robin:{TOKEN}".encode().hex(), b"robin:hunter2".hex()
    assert receives_credentials_of(recorded, actual) == {TOKEN: "hunter2"}


def test_base64_with_another_text_around_the_secret_does_not_fit():
    assert captured(coded(f"robin:{TOKEN}"), coded("marian:hunter2")) is None


@pytest.mark.parametrize("filled", ["wiretape-token-1----", "wtpt---1", "wtpt-----1"])
def test_placeholder_made_to_a_length_is_the_one_that_stands_in_texts(filled):
    assert receives_credentials_of(filled, "s3cr3t-value") == {TOKEN: "s3cr3t-value"}


# ---------------------------------------------------------------- taken apart and put together
@given(PLAIN, st.lists(st.tuples(st.sampled_from(ALL), PLAIN.map(lambda text: f" {text}")), max_size=4))
def test_text_that_is_taken_apart_is_the_text_again(before, pieces):
    text = before + "".join(placeholder + after for placeholder, after in pieces)
    head, found = taken_apart(text)
    assert head + "".join(each.text + each.after for each in found) == text
    assert [each.text for each in found] == [placeholder for placeholder, _ in pieces]


@given(PLAIN, st.text("uvw0123456789", min_size=1, max_size=9), PLAIN)
def test_value_that_was_put_in_for_a_placeholder_is_caught_again(before, value, after):
    recorded = f"{before}<{TOKEN}>{after}"
    actual = replaced(recorded, lambda _: value)
    assert receives_credentials_of(recorded, actual) == {TOKEN: value}


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_is_too_odd(recorded, actual):
    assert captured(recorded, recorded) is not None
    found = captured(recorded, actual)
    assert found is None or recorded == actual or taken_apart(recorded)[1]


# ---------------------------------------------------------------- what a placeholder is
@pytest.mark.parametrize("text", [EMAIL, TOKEN, UUID])
def test_whole_placeholder_is_one(text):
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["", "wiretape", "a wiretape-token", "wiretape-token-1 and more", "9473827"])
def test_word_that_is_like_one_is_none(text):
    assert not is_placeholder(text)


def test_placeholders_are_found_inside_of_base64_too():
    assert placeholders_in(f"{EMAIL} {coded('robin:' + TOKEN)}") == {EMAIL, TOKEN}


@pytest.mark.parametrize(
    "hostile",
    ["wiretape-" * 20_000, "@" * 200_000, "a@" * 100_000, "d2lyZXRhcGU" * 15_000, "7769726574617065" * 10_000],
)
def test_hostile_text_takes_linear_time(hostile):
    began = time.process_time()
    captured(hostile, hostile[:-1] + "x")
    captured(f"{EMAIL} {TOKEN} end", hostile)
    assert time.process_time() - began < 2
