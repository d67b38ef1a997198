"""Errors say where, survive pickling, and name no secret."""

from __future__ import annotations

import copy
import pickle

import pytest

from harness.cassette import errors
from harness.cassette.codec import parse
from harness.cassette.errors import CassetteError, TranscriptError
from harness.errors import HarnessError
from tests.support.hostile.cassettes import SAMPLE

_CLASSES = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, CassetteError)]


@pytest.mark.parametrize("kind", _CLASSES)
def test_every_error_survives_copy_and_pickle(kind: type[CassetteError]):
    error = kind("what is wrong", "exchanges[0]", 7)
    error.found_in("chat.yaml", 9)
    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(again) is kind
        assert str(again) == str(error) == "chat.yaml:7: exchanges[0]: what is wrong"


def test_a_transcript_error_keeps_its_number():
    error = TranscriptError("what is wrong", "messages", number=3)
    error.found_in("chat.yaml")
    assert pickle.loads(pickle.dumps(error)).number == 3
    assert str(error) == "chat.yaml: messages: what is wrong (line 3 of the transcript)"


def test_the_root_is_the_harness_error():
    assert all(issubclass(kind, HarnessError) for kind in _CLASSES)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"a: b", b"a: [s3cret, {}]"),
        (b"a: b", b'a: "s3cret\\n"'),
        (b'{"a":1}', b's3cret {"a":1}'),
        (b'"bye"', b'"s3cret'),
        (b"base64:AAAA", b"base64:s3cret"),
        (b'"data"', b'"s3cret'),
        (b"by: client", b"by: s3cret"),
        (b"POST /c", b"POST s3cret"),
        (b"after: 0.25", b"after: s3cret"),
        (b'{b: "c"}', b'{b: "s3cret"'),
        (b'"a\\nb\\n"', b'"a" s3cret'),
        (b"[cookie]", b"s3cret"),
    ],
)
def test_no_error_shows_what_the_cassette_holds(old: bytes, new: bytes):
    assert old in SAMPLE
    with pytest.raises(CassetteError) as caught:
        parse(SAMPLE.replace(old, new, 1))
    assert "s3cret" not in str(caught.value)
