"""What the identity property once failed on replays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.identity.cases import case
from tests.identity.found_bindings import FOUND_BINDINGS
from tests.identity.found_plans import FOUND, numbered, plan_of
from tests.identity.plan import Call, Endpoint, Feed, Field, Issued, Made, Plan
from tests.identity.run import Bench, check_caught, check_same


def test_one_request_too_many_is_not_given_what_another_client_has_yet_to_ask_for(bench: Bench):
    asked = Call(method="PATCH", path=(Issued(),), query=(Field("ref", Made("uuid", 12)),))
    task = (Feed("sse", (numbered(0),)), asked)
    plan = plan_of(task, task, endpoints=(Endpoint("form", "maybe", pending=1),))
    take = bench.record(plan)
    # The player waits half of its deadline for a cause that it guessed wrongly.
    check_same(take, bench.replay(plan, take.cassette, deadline=4.0))
    for _ in range(5):
        changed = replace(plan, tasks=((*task, asked), task))
        check_caught(take, bench.replay_changed(changed, take.cassette), "asked once too often")


@pytest.mark.parametrize("plan", [case(name, plan) for name, plan in (FOUND | FOUND_BINDINGS).items()])
def test_what_was_found_replays(bench: Bench, plan: Plan):
    take = bench.record(plan)
    for run in range(6):
        check_same(take, bench.replay(plan, take.cassette, run))
