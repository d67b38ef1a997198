from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.match.bindings import Bindings
from harness.match.compare import Rules, difference, match
from harness.match.errors import MatcherError
from harness.match.request import ParsedMessage
from harness.profile import ServiceProfile
from tests.support.cassettes.builders import PLAIN, PROFILE

RULES = Rules.of(PROFILE)


def differences(recorded: bytes, actual: bytes, rules: Rules = RULES, bindings: Bindings | None = None):
    found = difference(ParsedMessage("text", recorded), ParsedMessage("text", actual), rules, bindings)
    return [(each.field, each.recorded, each.actual) for each in found]


def test_equal_messages_have_no_difference():
    assert differences(b'{"event":"send"}', b'{"event":"send"}') == []


def test_key_order_and_whitespace_do_not_matter():
    assert differences(b'{"a":1,"b":[true,null]}', b'{ "b" : [true, null],\n "a": 1.0 }') == []


def test_field_that_differs_is_named_by_its_path():
    recorded = b'{"event":"send","content":[{"type":"image"},{"type":"text","text":"Hello"}]}'
    actual = b'{"event":"send","content":[{"type":"image"},{"type":"text","text":"Bye"}]}'
    assert differences(recorded, actual) == [("content[1].text", '"Hello"', '"Bye"')]


def test_event_name_comes_first():
    recorded, actual = b'{"mode":"chat","event":"send"}', b'{"mode":"smart","event":"ping"}'
    assert [field for field, *_ in differences(recorded, actual)] == ["event", "mode"]


def test_missing_and_further_fields_are_absent():
    assert differences(b'{"a":1,"b":[1,2]}', b'{"b":[1],"c":null}') == [
        ("a", "1", "(absent)"),
        ("b[1]", "2", "(absent)"),
        ("c", "(absent)", "null"),
    ]


@pytest.mark.parametrize(("recorded", "actual"), [(b'{"a":1}', b'{"a":true}'), (b'{"a":0}', b'{"a":false}')])
def test_number_is_no_boolean(recorded, actual):
    assert [field for field, *_ in differences(recorded, actual)] == ["a"]


def test_text_that_is_no_json_compares_byte_by_byte():
    assert differences(b"ping", b"ping ") == [("text", '"ping"', '"ping "')]


def test_bytes_are_summarised():
    [(field, recorded, actual)] = differences(b"\xff\x00", b"\xff")
    assert (field, recorded[:15], actual[:15]) == ("text", '"2 bytes, sha25', '"1 bytes, sha25')


def test_opcode_does_not_matter():
    assert difference(ParsedMessage("text", b"{}"), ParsedMessage("binary", b"{}"), RULES) == []


def test_volatile_value_matches_by_kind_and_is_bound():
    bindings = Bindings()
    trial = match(
        ParsedMessage("text", b'{"conversationId":"A"}'),
        ParsedMessage("text", b'{"conversationId":"B"}'),
        RULES,
        bindings,
    )
    assert trial is not None
    assert trial.actual("A") == "B"


def test_volatile_value_of_another_kind_differs():
    found = difference(
        ParsedMessage("text", b'{"clientSessionId":"x"}'), ParsedMessage("text", b'{"clientSessionId":"y"}'), RULES
    )
    assert [(each.field, each.note) for each in found] == [("clientSessionId", "not of the kind `uuid`")]


def test_inconsistent_use_of_a_bound_value_names_both():
    bindings = Bindings()
    bindings.bind("A", "B")
    [found] = difference(
        ParsedMessage("text", b'{"conversationId":"A"}'),
        ParsedMessage("text", b'{"conversationId":"C"}'),
        RULES,
        bindings,
    )
    assert (found.recorded, found.actual, found.note) == (
        '"A"',
        '"C"',
        'in this session the recorded "A" stands for "B"',
    )


def test_two_recorded_values_cannot_be_one_actual_value():
    recorded = b'[{"conversationId":"A"},{"conversationId":"B"}]'
    actual = b'[{"conversationId":"X"},{"conversationId":"X"}]'
    [found] = difference(ParsedMessage("text", recorded), ParsedMessage("text", actual), RULES)
    assert found.note == 'in this session "X" stands for the recorded "A"'


def test_equal_times_may_become_different_ones():
    recorded = b'[{"sentAt":"2026-01-01T00:00:00Z"},{"sentAt":"2026-01-01T00:00:00Z"}]'
    actual = b'[{"sentAt":"2026-02-01T00:00:00Z"},{"sentAt":"2026-02-01T00:00:01Z"}]'
    assert differences(recorded, actual) == []


def test_bound_value_matches_at_ordinary_places_too():
    bindings = Bindings()
    bindings.bind("A", "B")
    assert differences(b'{"echo":"A"}', b'{"echo":"B"}', bindings=bindings) == []


def test_secret_matches_any_value():
    assert differences(b'{"accessToken":1,"password":"wiretape-1"}', b'{"accessToken":1,"password":"hunter2"}') == []


def test_secret_that_is_empty_differs_and_is_not_shown():
    assert differences(b'{"password":"hunter2"}', b'{"password":""}') == [("password", "***", "(empty)")]


def test_secret_inside_of_a_json_string_matches_too():
    recorded, actual = ({"body": json.dumps({"password": secret})} for secret in ("wiretape-1", "hunter2"))
    assert differences(json.dumps(recorded).encode(), json.dumps(actual).encode()) == []


def test_difference_never_shows_a_secret_beside_it():
    recorded = b'{"text":"a"}'
    actual = b'{"text":{"password":"hunter2","x":"{\\"access_token\\":\\"hunter2\\"}"}}'
    assert "hunter2" not in str(differences(recorded, actual))


def test_control_characters_are_escaped():
    [(_, recorded, actual)] = differences(b'{"a":"\\u001b[31m"}', b'{"a":"\\u202e"}')
    assert (recorded, actual) == ('"\\x1b[31m"', '"\\u202e"')


def test_long_texts_are_shown_around_their_first_difference():
    recorded, actual = ({"a": "x" * 5000 + tail + "z" * 5000} for tail in ("here", "there"))
    [(_, shown, _)] = differences(json.dumps(recorded).encode(), json.dumps(actual).encode())
    assert "here" in shown
    assert len(shown) < 250


def test_further_redactor_sees_every_text():
    rules = Rules.of(PROFILE, redact=lambda text: text.replace("Hello", "[text]"))
    assert differences(b'{"a":"Hello"}', b'{"a":"x"}', rules) == [("a", '"[text]"', '"x"')]


def test_profile_that_raises_is_an_error_and_no_difference():
    def broken(raw: bytes) -> str:
        raise KeyError(raw)

    rules = Rules.of(ServiceProfile(name="broken", upstream="", event_name=broken))
    with pytest.raises(MatcherError, match="event_name"):
        differences(b'{"a":1}', b'{"a":2}', rules)


def test_deeply_nested_messages_compare():
    deep = b"[" * 100_000 + b"]" * 100_000
    assert len(differences(deep, b"[]")) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
).map(lambda value: {"x": value})


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_json_equals_itself_in_any_spelling(value):
    one = json.dumps(value).encode()
    other = json.dumps(value, indent=3, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert differences(one, one, Rules.of(PLAIN)) == []
    if b"\\ud" not in one:
        assert differences(one, other, Rules.of(PLAIN)) == []


def comparable(value):
    """Python takes True for 1; JSON does not."""
    if isinstance(value, dict):
        return {key: comparable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [comparable(inner) for inner in value]
    return (isinstance(value, bool), value)


@settings(max_examples=60, deadline=None)
@given(JSON, JSON)
def test_json_has_a_difference_if_and_only_if_it_differs(one, other):
    found = differences(json.dumps(one).encode(), json.dumps(other).encode(), Rules.of(PLAIN))
    assert (not found) == (comparable(one) == comparable(other))


@settings(deadline=None)
@given(st.binary(), st.binary())
def test_any_bytes_compare_without_error(one, other):
    assert (differences(one, other) == []) >= (one == other)
