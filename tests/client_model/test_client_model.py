"""Any order of calls on clients: each returns, or raises a documented error, in time; nothing is left at the end.

``make test`` tries a few examples, always the same ones; ``make client-model EXAMPLES=2000`` tries others.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from fake_server import serve
from fake_server.script import Config, Script
from tests.client_model.machine import ClientModel
from tests.client_model.rigs import AsyncRig, SyncRig

_EXAMPLES = int(os.environ.get("CLIENT_MODEL_EXAMPLES", "0"))
"""How many examples are tried with each client, chosen anew; by default a few, always the same."""


@pytest.fixture(scope="module")
def services():
    with serve(Script(Config(generation="2025-03"))) as old, serve(Script(Config(generation="2026"))) as new:
        yield {"2025-03": old.url, "2026": new.url}


@pytest.mark.parametrize("rig", [SyncRig, AsyncRig])
def test_any_order_of_calls(services, rig):
    class Model(ClientModel):
        urls = services
        make_rig = rig

    chosen = settings(
        max_examples=_EXAMPLES or 12,
        stateful_step_count=20,
        derandomize=not _EXAMPLES,
        deadline=None,
        print_blob=True,
        phases=list(Phase) if _EXAMPLES else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Model, settings=chosen)
