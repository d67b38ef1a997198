"""A HAR that is not JSON by the letter is repaired, and the report says so."""

import json

import pytest

from tests.harness.har.conftest import TWO_ENTRIES, entry, har


@pytest.mark.parametrize(
    "content",
    [
        TWO_ENTRIES + "\0",
        TWO_ENTRIES + "\0\0\x1a\n",
        TWO_ENTRIES.replace('"time": 3', '"time": NaN'),
        TWO_ENTRIES.replace('"time": 3', '"time": -Infinity'),
        TWO_ENTRIES.replace('"time": 3', '"time": undefined'),
        TWO_ENTRIES.replace("\\t", "\t").replace("\\n", "\n"),
        TWO_ENTRIES.replace('"statusText": ""', '"statusText": "\\x41\x01"'),
        TWO_ENTRIES.replace("}]}}", "},]}}"),
    ],
)
@pytest.mark.parametrize("padding", [0, 65_500])
def test_file_that_is_no_json_by_the_letter_is_repaired_and_said(bring, content, padding):
    assert content != TWO_ENTRIES
    imported = bring((" " * padding + content).encode())
    assert [each.target for each in imported.cassette.exchanges] == ["/a", "/good"]
    assert imported.cassette.exchanges[0].response.body.data == b"one\ttwo\nthree"
    assert "repaired-json" in imported.report.plain()["losses"]


def test_text_that_looks_like_what_is_repaired_stays(bring):
    text = 'NaN,] \\x "Infinity" \\" undefined'
    damaged = json.dumps(har(entry(text=text))) + "\0"
    assert bring(damaged.encode()).cassette.exchanges[0].response.body.data == text.encode()


def test_sound_file_is_not_said_to_be_repaired(bring):
    assert "repaired-json" not in bring(TWO_ENTRIES.encode()).report.plain()["losses"]
