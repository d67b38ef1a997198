"""Places that a user names: how they are written, what they mean, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.match.named_places import NamedPlace, NamedPlaces, PlaceError, place_of

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,10}", fullmatch=True)
STEPS = st.lists(
    st.one_of(NAMES.map(lambda name: f".{name}"), st.integers(0, 99).map(lambda at: f"[{at}]")), min_size=1, max_size=5
).map("".join)


def means(place: str, path: str) -> bool:
    return NamedPlaces(ignore=[NamedPlace.parse(place)]).ignores(path)


# ---------------------------------------------------------------- what a place means
@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("query.t", "query.t"),
        ("query.t", "query.t[1]"),
        ("header.X-Request-Id", "headers.x-request-id"),
        ("form.nonce", "body.nonce"),
        ("json.id", "body.id"),
        ("json.user.id", "body.user.id"),
        ("json.user", "body.user.name.first"),
        ("json.items[*].id", "body.items[7].id"),
        ("json.items[0].id", "body.items[0].id"),
        ("json[*].id", "body[3].id"),
        ("message.id", "id"),
        ("message.id.sub", "id.sub"),
        ("message[1].id", "[1].id"),
        ("path[2]", "path[2]"),
        (" query.t ", "query.t"),
        ("query.a.b", "query.a.b"),
    ],
)
def test_place_means_the_value_and_what_is_inside_of_it(place, path):
    assert means(place, path)


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("query.t", "query.ts"),
        ("query.T", "query.t"),
        ("query.t", "body.t"),
        ("json.id", "id"),
        ("json.id", "body.idea"),
        ("json.user", "body.username"),
        ("json.items[0].id", "body.items[1].id"),
        ("json.items[*].id", "body.items.id"),
        ("json.a", "body.b.a"),
        ("message.id", "body.id"),
        ("path[2]", "path[20]"),
        ("query.a.b", "query.axb"),
    ],
)
def test_place_means_no_other(place, path):
    assert not means(place, path)


# ---------------------------------------------------------------- what is refused
@pytest.mark.parametrize(
    "whole", ["body", "json", "message", "messages", "path", "query", "headers", "form", "json[*]", "message[*]"]
)
def test_whole_message_body_or_path_is_refused_with_the_reason(whole):
    with pytest.raises(PlaceError) as caught:
        NamedPlace.parse(whole, "--ignore")
    assert str(caught.value) == f"--ignore {whole}: this is a whole message, body or path; name a value inside"


@pytest.mark.parametrize(
    "text", ["", "t", "cookie.a", "query.", "json.", "json.a..b", "json.a[", "json.a[-1]", "path[]", "path[x]", "path.2",
             "query.a b", "message.*"]
)  # fmt: skip
def test_what_is_no_place_is_refused_with_the_ways_to_write_one(text):
    with pytest.raises(PlaceError) as caught:
        NamedPlace.parse(text, "--bind")
    told = str(caught.value)
    assert told.startswith(f"--bind: {text!r} is not a place; write query.NAME")
    assert "path[N]" in told
    assert (caught.value.place, caught.value.option) == (text, "--bind")


@given(st.text(max_size=40))
def test_any_text_is_a_place_or_an_error(text):
    try:
        place = NamedPlace.parse(text)
    except PlaceError as error:
        assert "place" in str(error)
    else:
        assert place.text == text


# ---------------------------------------------------------------- the place of a difference, as an option
@given(st.sampled_from(["query.", "headers."]), NAMES.map(str.lower))
def test_place_that_a_report_names_is_one_that_means_the_difference(head, name):
    place = place_of(head + name)
    assert place is not None
    assert means(place, head + name)


@given(st.sampled_from(["body", ""]), STEPS)
def test_place_in_json_that_a_report_names_means_the_difference(root, steps):
    path = root + steps if root else steps.removeprefix(".")
    place = place_of(path)
    assert place is None or means(place, path)


@pytest.mark.parametrize("path", ["method", "path", "body", "kind", "text", "binary", "payload", "event", "origin"])
def test_whole_things_have_no_place_to_name(path):
    assert place_of(path) is None


def test_places_that_are_ignored_are_not_those_that_are_bound():
    places = NamedPlaces(ignore=[NamedPlace.parse("query.t")], bind=[NamedPlace.parse("json.id")])
    assert (places.ignores("query.t"), places.binds("query.t")) == (True, False)
    assert (places.ignores("body.id"), places.binds("body.id")) == (False, True)
    assert places
    assert not NamedPlaces()


def test_items_of_an_array_body_may_be_bound():
    assert NamedPlaces(bind=[NamedPlace.parse("json[*]", "--bind")]).binds("body[3]")
