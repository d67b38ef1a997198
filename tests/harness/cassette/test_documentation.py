"""docs/cassette-format.md says what is the case."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
import yaml

from harness.cassette import errors
from harness.cassette.codec import parse, render
from harness.cassette.model import LIMITS, Call, SocketExchange
from harness.cassette.schema import schema_text

_DOCS = Path(__file__).parents[3] / "docs"
_TEXT = (_DOCS / "cassette-format.md").read_text(encoding="utf-8")
_EXAMPLES = re.findall(r"```yaml\n(.*?)```", _TEXT, re.DOTALL)


def _pixel(_ref: object, _where: str) -> bytes:
    return b"\x89PNG"


@pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader])
@pytest.mark.parametrize("example", _EXAMPLES)
def test_every_example_loads(example: str, loader: type):
    assert parse(example.encode(), read_file=_pixel, loader=loader).recorded.at == "2026-11-23T05:00:00Z"


def test_the_recorded_example_is_in_the_canonical_spelling():
    example = _EXAMPLES[1].encode()
    assert render(parse(example)).content == example


def test_the_first_example_is_what_it_says():
    call, socket = parse(_EXAMPLES[0].encode()).exchanges
    assert isinstance(call, Call)
    assert isinstance(socket, SocketExchange)
    assert call.response is not None
    assert call.response.body.data == b'{"id":"MqTZp5vC"}'
    assert [(line.direction, line.time, line.kind) for line in socket.messages] == [
        ("<", 100_000, "text"),
        (">", 200_000, "text"),
        ("<", 500_000, "text"),
        ("<", 900_000, "close"),
    ]


def test_the_side_file_example_has_the_hash_of_its_content():
    assert hashlib.sha256(_pixel(None, "")).hexdigest() in _EXAMPLES[2]


def test_every_error_class_is_in_the_documentation():
    classes = [name for name in vars(errors) if name.endswith("Error") and name != "HarnessError"]
    assert [name for name in classes if name not in _TEXT] == []


def test_the_documented_limits_are_the_ones_that_count():
    rows = dict(re.findall(r"^\| ([^|]+) \| ([0-9,]+(?: MiB)?) \|$", _TEXT, re.MULTILINE))
    mib = 1024 * 1024
    assert rows == {
        "the YAML file": f"{LIMITS.file_bytes // mib} MiB",
        "nesting": str(LIMITS.depth),
        "YAML values (a transcript is one)": f"{LIMITS.nodes:,}",
        "exchanges": f"{LIMITS.exchanges:,}",
        "lines of all transcripts": f"{LIMITS.lines:,}",
        "a side file of a body": f"{LIMITS.large_file_bytes // mib} MiB",
        "all side files above 64 MiB, as often as they are named": f"{LIMITS.large_bytes // mib} MiB",
        "a side file of a line": f"{LIMITS.side_file_bytes // mib} MiB",
        "all side files up to 64 MiB, as often as they are named": f"{LIMITS.payload_bytes // mib} MiB",
    }


def test_the_schema_in_docs_is_current():
    written = (_DOCS / "cassette.schema.json").read_text(encoding="utf-8")
    assert json.loads(written) == json.loads(schema_text())
    assert written == schema_text()
