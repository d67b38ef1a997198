from __future__ import annotations

import pytest

from harness.match.bindings import Bindings, fits

UUID = "5f2b1c9e-0d34-4a7b-9f7e-0c1d2e3f4a5b"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uuid", UUID),
        ("uuid", UUID.replace("-", "")),
        ("id", "dRUXwuM545tff65JPZ3rn"),
        ("token", "eyJhbGciOi.x.y"),
        ("token", "pass word"),
        ("cookie", "a"),
        ("text", "a\nb"),
        ("time", "2026-11-23T05:00:00.123Z"),
        ("time", "1743300000"),
    ],
)
def test_value_of_its_kind_fits(kind, value):
    assert fits(kind, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uuid", "5f2b1c9e"),
        ("uuid", UUID + "0"),
        ("id", ""),
        ("id", "two words"),
        ("token", " "),
        ("text", ""),
        ("time", "soon"),
    ],
)
def test_value_of_another_kind_does_not_fit(kind, value):
    assert not fits(kind, value)


def test_bound_values_stand_for_each_other():
    bindings = Bindings()
    bindings.bind("recorded", "actual")
    assert (bindings.actual("recorded"), bindings.recorded("actual"), bindings.sent("recorded")) == (
        "actual",
        "recorded",
        "actual",
    )


@pytest.mark.parametrize("pair", [("a", "2"), ("b", "1")])
def test_second_partner_contradicts(pair):
    bindings = Bindings()
    bindings.bind("a", "1")
    assert bindings.contradicts(*pair)


def test_trial_changes_nothing_until_it_is_kept():
    bindings = Bindings()
    trial = bindings.trial()
    trial.bind("a", "1")
    before = bindings.actual("a")
    trial.keep()
    assert (before, bindings.actual("a")) == (None, "1")


def test_older_binding_stays_when_a_trial_contradicts_it():
    bindings = Bindings()
    trial = bindings.trial()
    trial.bind("a", "2")
    bindings.bind("a", "1")
    trial.keep()
    assert bindings.actual("a") == "1"


def test_placeholder_is_replaced_by_the_last_value():
    bindings = Bindings()
    bindings.bind_loosely("wiretape-1", "first")
    bindings.bind_loosely("wiretape-1", "second")
    assert bindings.sent("wiretape-1") == "second"


def test_values_of_a_trial_change_places_with_the_client_that_has_them_when_it_is_kept():
    bindings = Bindings()
    for recorded, actual in (("a", "1"), ("b", "2"), ("c", "3")):
        bindings.bind(recorded, actual)
    trial = bindings.trial()
    trial.swap("a", "b")
    bindings.swap("b", "c")
    trial.keep()
    assert {each: bindings.actual(each) for each in "abc"} == {"a": "2", "b": "3", "c": "1"}


def test_values_that_changed_places_already_stay_when_a_trial_is_kept():
    bindings = Bindings()
    bindings.bind("a", "1")
    bindings.bind("b", "2")
    trial = bindings.trial()
    trial.swap("a", "b")
    bindings.swap("a", "b")
    trial.keep()
    assert (bindings.actual("a"), bindings.actual("b")) == ("2", "1")
