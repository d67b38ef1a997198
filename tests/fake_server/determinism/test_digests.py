"""The fake sends the same bytes on every machine: those whose digests are committed beside this file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fake_server.scenarios import make_registry
from fake_server.service.routes import ROUTES, find_routes
from provider.wire.generations import GENERATIONS
from tests.support.digests import committed
from tests.support.digests.plays import PLAYS, PROMPTS
from tests.support.digests.runs import digests_of, keep, play_all
from tests.support.digests.tapped_wire import Part, Tap

ROOT = Path(__file__).parents[3]
MACHINES = {
    "hash seed 0 in Nepal, in Turkish": (
        {"PYTHONHASHSEED": "0", "TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
        ["--order", "1"],
    ),
    "hash seed 1 in Newfoundland, in ASCII": (
        {"PYTHONHASHSEED": "1", "TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        ["--order", "2", "--workers", "6"],
    ),
    "any hash seed on Kiritimati, optimised": (
        {"PYTHONHASHSEED": "random", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "PYTHONOPTIMIZE": "1"},
        ["--order", "3", "--workers", "3"],
    ),
}


@pytest.fixture(scope="module")
def taps():
    """All plays, in some order, several at a time."""
    return play_all(order=0, workers=4)


def test_bytes_are_those_whose_digests_are_committed(taps, pytestconfig, tmp_path):
    found = digests_of(taps)
    if pytestconfig.getoption("update_snapshots"):
        committed.write(found)
    changed = committed.differing(found, committed.read())
    if changed:
        keep(taps, tmp_path)
    assert not changed, f"other bytes than committed; they are in {tmp_path}; taken by {committed.UPDATE}"


@pytest.mark.slow
@pytest.mark.parametrize("machine", MACHINES)
def test_bytes_are_the_same_on_another_machine(machine, taps):
    settings, options = MACHINES[machine]
    command = [sys.executable, "-m", "tests.support.digests.runs", *options]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **settings}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    assert committed.differing(json.loads(ran.stdout), digests_of(taps)) == []


def test_every_scenario_is_played():
    assert {one.command for one in make_registry()} <= {prompt.partition(" ")[0] for prompt in PROMPTS}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_endpoint_is_asked(generation, taps):
    asked = {part.label for (name, _), tap in taps.items() if name == generation for part in tap.parts}
    calls = [label.split() for label in asked if not label.startswith("socket ")]
    met = {
        (route.method, route.path_template)
        for method, target in calls
        for route, _ in find_routes(generation, target.partition("?")[0])
        if route.has_method(method)
    }
    assert met == {(route.method, route.path_template) for route in ROUTES if route.rule.is_in(generation)}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_no_two_plays_of_a_generation_are_alike(generation, taps):
    assert len({tap.digest() for (name, _), tap in taps.items() if name == generation}) == len(PLAYS)


def test_another_seed_gives_other_bytes(taps):
    jobs = [(generation, "Hello") for generation in GENERATIONS]
    other = play_all(jobs, seed=1)
    assert all(other[job].digest() != taps[job].digest() for job in jobs)


@pytest.mark.parametrize(
    "parts",
    [
        [("GET /", b"ab", "eof"), ("GET /", b"d", "eof")],
        [("GET /", b"abc", "reset"), ("GET /", b"d", "eof")],
        [("GET /", b"ab", "eof"), ("GET /", b"cd", "eof")],
        [("GET /", b"abc", "eof")],
        [("GET /a", b"bc", "eof"), ("GET /", b"d", "eof")],
    ],
)
def test_digest_is_another_if_anything_is(parts):
    usual = Tap(("", 0), parts=[Part("GET /", b"abc", "eof"), Part("GET /", b"d", "eof")])
    assert Tap(("", 0), parts=[Part(*part) for part in parts]).digest() != usual.digest()


def test_digests_that_differ_are_named():
    one, other = {"2026": {"a": "1", "b": "2"}}, {"2026": {"a": "1", "b": "3", "c": "4"}}
    assert committed.differing(one, other) == ["2026 b", "2026 c"]
