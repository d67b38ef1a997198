"""`only_text_named` finds by one quick search what the finder of JSON's fields finds, whatever the document."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.profile import plain_name
from harness.redact.cassettes import only_text_named
from harness.redact.detect.hits import Lookup
from harness.redact.detect.json_fields import json_hits

NAMES = ["text", "tokenKey"]
WORDS = st.sampled_from([
    '"text"', '"Te_xt"', '"-text_"', '"tokenKey"', '"to\u212aen_\u212aey"', '"textual"', '"other"', '"', ":", " : ", "\n",
    ",", "{", "}", "[", "]", '"a value"', '""', "12", "-3.5", "true", "null", "\\", '\\"', "\\u0074", "\x1e", "é", "word",
])  # fmt: skip


def slowly(data, name):
    found = list(json_hits(data, Lookup({plain_name(name): "text"})))
    return (found[0].start, found[0].end) if len(found) == 1 else None


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=600, deadline=None)
@given(words=st.lists(WORDS, max_size=14))
@example(words=['{"event":"appendText","text":', '"Hello"', "}"])
@example(words=['{"text":{"text":', '"Hello"', "}}"])
@example(words=['"text":[', '"a"', ",", '"b"', "]"])
@example(words=['"text":', '"cut off'])
@example(words=['"text":', '"text":', '"x"'])
def test_it_finds_what_the_finder_of_fields_finds(name, words):
    data = "".join(words).encode()
    assert only_text_named(data, name) == slowly(data, name)


@pytest.mark.parametrize("size", [79, 80, 81])
def test_long_spelling_of_a_name(size):
    data = b'{"%btext":"Hello"}' % (b"_" * (size - 4))
    assert only_text_named(data, "text") == slowly(data, "text")
