"""Which rules a sweep of a cassette has."""

from collections import Counter
from pathlib import Path

import pytest

from harness.cassette.store import load
from harness.services.copilot import COPILOT
from harness.sweep.points import rules_for, thinned
from tests.support.project.tree import ROOT

CASSETTES = ROOT / "cassettes"


@pytest.fixture(scope="module")
def rules():
    return rules_for(load(CASSETTES / "text-2026.yaml"), COPILOT)


def test_requests_upgrades_and_messages_have_their_faults(rules):
    lines = [str(each) for each in rules]
    assert "status 503 at request 1 of GET /c/api/user" in lines
    assert "wrong-key at upgrade 1 of /c/api/chat" in lines
    assert "cut after 3 messages of /c/api/chat" in lines
    assert "slice 1 at every message of /c/api/chat" in lines
    assert len(lines) == len(set(lines))


def test_places_are_few_and_spread(rules):
    places = Counter(each.where.number for each in rules if each.fault == "lose")
    assert 2 <= len(places) <= 6
    assert min(places) == 1


def test_only_some_faults(rules):
    some = rules_for(load(CASSETTES / "text-2026.yaml"), COPILOT, ("cut", "lose"))
    assert {each.fault for each in some} == {"cut", "lose"}
    assert set(map(str, some)) < set(map(str, rules))


def test_a_budget_takes_some_in_order_by_its_seed(rules):
    few = thinned(rules, 10, seed=3)
    assert thinned(rules, 10, seed=3) == few
    assert [rule for rule in rules if rule in few] == few
    assert thinned(rules, 10, seed=4) != few
    assert thinned(rules, None, seed=3) == rules


@pytest.mark.parametrize("path", sorted(CASSETTES.glob("*-2026.yaml")), ids=lambda path: path.stem)
def test_every_cassette_has_rules(path: Path):
    assert rules_for(load(path), COPILOT)
