"""Texts with their lengths before them: a replacement must not make the lengths wrong."""

from __future__ import annotations

import time

import pytest

from harness.framing.counted_text import with_counted_texts
from harness.replay.substitution import with_bound_values


@pytest.mark.parametrize("data", [b"6:4hello2:40", "5:4\u00e9\U0001f333x2:40".encode(), b"1:2"])
def test_packets_of_engine_io_3_are_such(data):
    assert with_counted_texts(data, lambda text: text) == data


@pytest.mark.parametrize(
    "data", [b"", b"12:30", b"6:4hell", b"6:4hello2:4", b"4hello", b'{"at":"6:4hello"}', b"5:hello"]
)
def test_other_texts_are_not(data):
    assert with_counted_texts(data, lambda text: text) is None


def test_value_of_this_session_changes_the_length():
    payload = with_bound_values(b'16:42["recorded-1"]2:40', {"recorded-1": "new-value-22"}, frozenset())
    assert payload == b'18:42["new-value-22"]2:40'


def test_length_that_ends_in_the_middle_of_a_character_counts_no_text():
    assert with_counted_texts("2:4\U0001f600".encode(), lambda text: text) is None


def test_wrong_length_of_a_hostile_text_takes_linear_time():
    began = time.process_time()
    assert with_counted_texts(b"200000:4" + "\U0001f600".encode() * 200_000, lambda text: text) is None
    # Hundredths of a second; it was quadratic, which takes minutes.
    assert time.process_time() - began < 5
