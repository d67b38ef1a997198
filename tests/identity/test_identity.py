"""What a client says through the relay replays to the same client, run anew; and to no other one.

Hypothesis draws services and clients (`tests.identity.drawing`); each example is recorded over real sockets, replayed
with new random values, and replayed once more to a client that does one thing differently. ``make test-all`` tries 300
examples, always the same ones, and ``make test`` those of the quick rows; ``make identity EXAMPLES=5000
FEATURES=secrets,made`` tries others, and only of these features.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.identity.cases import case
from tests.identity.changes import any_change
from tests.identity.drawing import FEATURES, plans
from tests.identity.run import Bench, check_caught, check_same

_EXAMPLES = int(os.environ.get("IDENTITY_EXAMPLES", "0"))
"""How many examples are tried in all, chosen anew; by default 300, always the same."""
_CHOSEN = os.environ.get("IDENTITY_FEATURES", "")
_ALL = ",".join(FEATURES)
_ROWS = {
    "plain": 40,
    "secrets": 40,
    "made": 40,
    "tasks": 50,
    "odd": 30,
    "feeds": 20,
    "beats": 20,
    _ALL: 60,
}
"""Features -> how many of 300 examples have them."""


_MOST = 125
"""Examples of one test: a row of thousands is several tests, which workers share."""


def _rows():
    for names, share in {_CHOSEN: 300}.items() if _CHOSEN else _ROWS.items():
        name, examples = "all" if names == _ALL else names, -(-share * (_EXAMPLES or 300) // 300)
        parts = -(-examples // _MOST)
        for part in range(parts):
            size = examples // parts + (part < examples % parts)
            # The row of all features takes 25 s of CPU.
            long = name == "all" and not _EXAMPLES
            yield case(name if parts == 1 else f"{name} {part + 1}", names, size, long=long)


@pytest.mark.parametrize(("names", "examples"), list(_rows()))
def test_a_recording_plays_to_the_same_client_and_to_no_other(bench: Bench, names: str, examples: int, record_property):
    features = frozenset(names.split(",")) - {"plain"}
    assert features <= set(FEATURES)
    tried = 0

    @settings(
        max_examples=examples,
        derandomize=not _EXAMPLES,
        deadline=None,
        print_blob=True,
        # To shrink so large a plan takes minutes: `make identity` does it.
        phases=[Phase.generate] if names == _ALL and not _EXAMPLES else list(Phase),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    @given(plan=plans(features), data=st.data())
    def holds(plan, data) -> None:
        nonlocal tried
        take = bench.record(plan)
        check_same(take, bench.replay(plan, take.cassette))
        # Hypothesis may give an example up here: it counts only when it is through.
        change = data.draw(any_change(plan), label="change")
        check_caught(take, bench.replay_changed(change.plan, take.cassette), change.what)
        tried += 1

    try:
        holds()
    finally:
        record_property("identity", tried)


def test_the_service_itself_answers_two_runs_alike(bench: Bench):
    """So what differs in a replay is the player's doing: nothing else of a plan is up to chance."""

    @settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(plan=plans())
    def holds(plan) -> None:
        assert bench.live(plan, 1) == bench.live(plan, 2)

    holds()
