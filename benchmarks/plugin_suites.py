"""Suites of tests to run, and the cassettes that they play: one cassette a test, each with the same one exchange."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.plugin_origin import ANSWER, PATH
from harness.cassette.model import Body, Call, Cassette, Recorded, RequestPart, ResponsePart
from harness.cassette.store import save

PER_MODULE = 50

_EMPTY = """
def test_{number:04}():
    pass
"""
_CALLING = """
{marker}
def test_{number:04}({fixture}):
    answer = requests.get({url}, timeout=10)
    assert answer.json()["text"] == "Hello"
"""


def write_empty(folder: Path, count: int) -> Path:
    """Tests that do nothing."""
    return _write(folder, "", [_EMPTY.format(number=number) for number in range(count)])


def write_bare(folder: Path, count: int, url: str) -> Path:
    """Tests that call a running server, with no plugin at all."""
    return _write_calling(folder, count, "", "", repr(url + PATH))


def write_ours(folder: Path, count: int) -> Path:
    """Tests that call a wire."""
    suite = _write_calling(folder, count, "@pytest.mark.cassette", "wire", f'wire.url + "{PATH}"')
    exchange = Call(
        method="GET",
        target=PATH,
        request=RequestPart(headers=(("accept", "*/*"),)),
        response=ResponsePart(status=200, headers=(("content-type", "application/json"),), body=Body(data=ANSWER)),
    )
    template = folder / "template.yaml"
    save(Cassette(recorded=Recorded(at="2026-01-01T00:00:00Z", by="hand"), exchanges=(exchange,)), template)
    copy_cassettes(suite, template, count)
    return suite


def write_recorded(folder: Path, count: int, url: str) -> Path:
    """Tests under ``@pytest.mark.vcr``, which two of the peers share; the cassettes are still to be made."""
    return _write_calling(folder, count, "@pytest.mark.vcr", "", repr(url + PATH))


def copy_cassettes(suite: Path, template: Path, count: int) -> None:
    """Give every test its own cassette, at the place where all of the plugins look for it."""
    for module, number in _tests(count):
        place = suite / "cassettes" / module / f"test_{number:04}.yaml"
        place.parent.mkdir(parents=True, exist_ok=True)
        if place != template:
            shutil.copyfile(template, place)


def first_cassette(suite: Path) -> Path:
    """Where the first test's cassette is."""
    return suite / "cassettes" / "test_00" / "test_0000.yaml"


def _write_calling(folder: Path, count: int, marker: str, fixture: str, url: str) -> Path:
    tests = [_CALLING.format(marker=marker, number=number, fixture=fixture, url=url) for number in range(count)]
    return _write(folder, "import pytest\nimport requests\n", tests)


def _write(folder: Path, head: str, tests: list[str]) -> Path:
    folder.mkdir(parents=True)
    (folder / "pytest.ini").write_text("[pytest]\n")
    for module in dict.fromkeys(module for module, _ in _tests(len(tests))):
        body = "".join(tests[number] for name, number in _tests(len(tests)) if name == module)
        (folder / f"{module}.py").write_text(head + body)
    return folder


def _tests(count: int) -> Iterator[tuple[str, int]]:
    return ((f"test_{number // PER_MODULE:02}", number) for number in range(count))
