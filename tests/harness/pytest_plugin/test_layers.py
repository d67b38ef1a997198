"""Layers of configuration, put together: the later goes over the earlier, key by key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.pytest_plugin.config import KEYS, ConfigError, Layer, WireConfig, resolve

SAID = st.fixed_dictionaries(
    {},
    optional={
        "speed": st.sampled_from(["instant", "recorded", 2.0, 10.0]),
        "unplayed": st.sampled_from(["error", "warn", "ignore"]),
        "timeout": st.floats(0.1, 100),
        "directory": st.sampled_from(["cassettes", "tapes"]),
        "allow_playback_repeats": st.booleans(),
    },
)


@given(st.lists(SAID, max_size=5))
def test_last_layer_that_says_something_counts(layers):
    found = resolve([Layer("a layer", said) for said in layers])
    merged = {key: value for said in layers for key, value in said.items()}
    assert {key: getattr(found, key) for key in merged} == merged


@given(st.text(max_size=20).filter(lambda key: key not in KEYS))
def test_any_unknown_key_is_refused_with_the_known_ones(key):
    with pytest.raises(ConfigError) as caught:
        resolve([Layer("marker cassette", {key: 1})])
    assert str(caught.value).startswith(f"unknown key {key!r} (marker cassette): ")
    assert str(caught.value).endswith(", ".join(KEYS))


def test_without_layers_all_is_default():
    assert resolve([]) == WireConfig()


@pytest.mark.parametrize("key", KEYS)
def test_wrong_value_of_any_key_names_layer_key_and_value(key):
    wrong = object()
    with pytest.raises(ConfigError) as caught:
        resolve([Layer("marker cassette", {key: wrong})])
    assert str(caught.value).startswith(f"{key}={wrong!r} (marker cassette): must be ")


@pytest.mark.parametrize("value", ["0", "-1", "inf", "nan", "soon", "", True, None])
@pytest.mark.parametrize("key", ["speed", "timeout"])
def test_number_is_finite_and_above_zero(key, value):
    with pytest.raises(ConfigError):
        resolve([Layer("here", {key: value})])


def test_numbers_may_be_written_as_texts():
    found = resolve([Layer("here", {"speed": "2.5", "timeout": "7"})])
    assert (found.speed, found.timeout) == (2.5, 7.0)


@pytest.mark.parametrize("said", ["a, b,", ["a", "b"], ("a", "b")])
def test_hosts_are_a_list_or_a_text_with_commas(said):
    assert resolve([Layer("here", {"allowed_hosts": said})]).allowed_hosts == ("a", "b")


def test_error_does_not_show_functions_of_the_user():
    assert "secret" not in repr(resolve([Layer("here", {"before_record_request": lambda secret: secret})]))
