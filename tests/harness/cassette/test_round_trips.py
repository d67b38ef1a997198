"""What is saved is what was meant; what is loaded is what is written; nothing else than a CassetteError is raised."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cassette.codec import parse, render
from harness.cassette.errors import CassetteError
from harness.cassette.model import Cassette, Line
from harness.cassette.store import load, save
from harness.cassette.yaml_reader import read_yaml
from harness.cassette.yaml_writer import write_yaml, yaml_pieces
from tests.support.hostile.cassettes import SAMPLE, cassette_of, cassettes, payloads, texts

# What YAML or the grammar gives a meaning to.
_PIECES = [
    b"\n", b" ", b"  ", b":", b": ", b"-", b"|", b">", b"<", b"{", b"}", b"[", b"]", b'"', b"'", b"\\", b"#", b"&a",
    b"*a", b"!", b"%", b"\x00", b"\xff", b"\t", b"\r", b"9", b"999999999999", b"-1", b"null", b"true", b"cassette: 2",
    b"file:../x 1 sha256:", b"\\ud800", b"\xc2\x85", b"\xe2\x80\xa8", b"[" * 60, b"close", b"frames=1", b"base64:",
]  # fmt: skip
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(cassettes())
def test_cassette_to_file_and_back_is_the_same_to_the_byte(cassette: Cassette):
    content = render(cassette).content
    assert parse(content) == cassette
    assert render(parse(content)).content == content


def test_checked_cassette_shares_its_messages_with_the_given_one():
    # The writer reads back what it has written: a long session must not be in memory twice.
    given = parse(SAMPLE)
    kept = render(given).cassette.exchanges
    assert all(one is other for one, other in zip(kept, given.exchanges, strict=True))


@settings(max_examples=60, deadline=None)
@given(cassettes())
def test_both_parsers_read_the_same_cassette(cassette: Cassette):
    content = render(cassette).content
    assert parse(content, loader=yaml.SafeLoader) == parse(content, loader=yaml.CSafeLoader)


@settings(max_examples=200, deadline=None)
@given(st.lists(payloads, max_size=5), st.sampled_from(["text", "binary", "ping"]))
def test_every_payload_survives_a_transcript(contents: list[bytes], kind: str):
    lines = [Line("<", number, kind, content) for number, content in enumerate(contents)]
    cassette = cassette_of(*lines, Line("!", 99, "cut"))
    assert parse(render(cassette).content) == cassette


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(texts, _values, max_size=4), st.integers(0, 4))
def test_written_yaml_reads_as_the_same_values_with_both_parsers(value: dict[str, object], levels: int):
    content = write_yaml(value, block_levels=levels).encode()
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        assert json.dumps(read_yaml(content, loader=loader)) == json.dumps(value)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(texts, _values, min_size=1, max_size=4), st.lists(_values, max_size=4), st.integers(2, 4))
def test_yaml_written_item_by_item_is_the_same(value: dict[str, object], items: list[object], levels: int):
    whole = write_yaml({**value, "list": items}, block_levels=levels)
    assert "".join(yaml_pieces(value, "list", items, block_levels=levels)) == whole or "list" in value


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.lists(st.sampled_from(_PIECES), max_size=12).map(b"".join))
def test_arbitrary_bytes_raise_nothing_but_a_cassette_error(content: bytes):
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        with contextlib.suppress(CassetteError):
            parse(content, "chat.yaml", loader=loader)


# Not at random: what two parsers make of broken YAML is no promise of ours, only checked here on many samples.
@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.integers(0, len(SAMPLE)), st.integers(0, 12), st.lists(st.sampled_from(_PIECES), max_size=2).map(b"".join))
def test_a_damaged_cassette_raises_nothing_but_a_cassette_error(start: int, length: int, inserted: bytes):
    content = SAMPLE[:start] + inserted + SAMPLE[start + length :]
    outcomes = [_outcome(content, loader) for loader in (yaml.CSafeLoader, yaml.SafeLoader)]
    assert outcomes[0] == outcomes[1]


def _outcome(content: bytes, loader: type) -> object:
    try:
        return parse(content, "chat.yaml", loader=loader)
    except CassetteError:
        return "refused"


def test_a_truncated_transcript_is_noticed_wherever_it_ends():
    end = SAMPLE.index(b"close 1000")
    begin = SAMPLE.index(b'{"a":1}')
    assert all(_outcome(SAMPLE[:cut], yaml.CSafeLoader) == "refused" for cut in range(begin, end))


def test_a_hand_written_cassette_is_stable_once_saved(tmp_path: Path):
    path = tmp_path / "chat.yaml"
    path.write_bytes(SAMPLE)
    save(load(path), path)
    once = path.read_bytes()
    save(load(path), path)
    assert path.read_bytes() == once
    assert parse(once) == parse(SAMPLE)
