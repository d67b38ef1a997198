"""Large bodies lie on the disk while their cassette is written: not all at once in memory, and redacted as others are."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cassette.store import load, side_folder
from harness.record.hooks import RecordHooks
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.record.recovery import recover
from tests.harness.record.conftest import PROFILE

SECRET = b"q7Zk3vX9pLw2RtY8"
PADDING = b"It says this.\n" * 6_000
ROOT = Path(__file__).parents[3]
ACROSS_LINES = b'{"note": "%b",\n"secret":\n"%b"}' % (b"x" * 70_000, SECRET)


def answer(recording, body, target="/", at=0):
    exchange = recording.begin("GET", target, (), at=at)
    exchange.respond(200, (("content-length", str(len(body))),), at=at)
    exchange.chunk(body, at=at)
    exchange.end(at=at)


def contents(path):
    return [each.read_bytes() for each in side_folder(path).iterdir() if not each.name.startswith(".")]


def test_secret_that_only_the_whole_body_shows_is_redacted_in_its_side_file(record):
    recording = record()
    answer(recording, ACROSS_LINES)
    written = recording.finish()
    (content,) = contents(recording.path)
    assert content == ACROSS_LINES.replace(SECRET, b"wiretape-token-1")
    assert written == load(recording.path)


def test_secret_that_a_later_answer_reveals_is_redacted_in_the_side_file(record):
    recording = record()
    answer(recording, PADDING + SECRET + PADDING)
    answer(recording, b'{"secret":"%b"}' % SECRET, "/later", at=1)
    recording.finish()
    (content,) = contents(recording.path)
    assert content == PADDING + b"wiretape-token-1" + PADDING


def test_body_that_a_hook_replaces_is_redacted_and_written(tmp_path):
    def before_response(response):
        return replace(response, body=response.body + b'{"secret":"%b"}' % SECRET)

    hooks = RecordHooks(before_response=before_response)
    recording = Recording(
        tmp_path / "x.yaml", PROFILE, options=RecordingOptions(state_directory=tmp_path / "state", hooks=hooks)
    )
    answer(recording, PADDING)
    recording.finish()
    (content,) = contents(recording.path)
    assert content == PADDING + b'{"secret":"wiretape-token-1"}'


def test_recovered_large_bodies_are_written(record, how):
    recording = record()
    answer(recording, PADDING)
    recording.close()
    recover(recording.journal.path, how)
    assert contents(recording.path) == [PADDING]


@pytest.mark.slow
def test_writing_takes_the_memory_of_one_body_and_not_of_all(tmp_path):
    command = [sys.executable, "-m", "tests.harness.record.writing_peak", str(tmp_path)]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120).stdout
    bodies, grown = map(float, said.split())
    assert grown < bodies / 3
