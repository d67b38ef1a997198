"""The identity property by other doors: a cassette that went through a HAR, and clients that go through the proxy.

`make test` tries 20 examples of each row, always the same ones; ``IDENTITY_EXAMPLES`` tries so many in all, chosen anew.
Tasks at once are drawn for no row: which door they come by does not change how they are told apart.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from harness.cassette.store import load
from harness.har.exporting import write_har
from harness.har.importing import import_har
from harness.proxy.authority import Authority
from harness.proxy.gate import ProxyGate, ServedHosts
from harness.record.options import RecordingOptions
from tests.identity.cases import case
from tests.identity.drawing import plans
from tests.identity.plan import Call, Endpoint, Field, Made, Plan
from tests.identity.run import SERVED, Bench, Take, check_same

_EXAMPLES = int(os.environ.get("IDENTITY_EXAMPLES", "0"))
_FEATURES = ("plain", "secrets", "made", "odd")
_EACH = _EXAMPLES // len(_FEATURES) // 2 or 20


def _rows(door: str) -> list:
    return [case(f"{door} {name}", frozenset({name}) - {"plain"}) for name in _FEATURES]


def _try(features: frozenset[str], holds: Callable[[Plan], None]) -> int:
    """Try examples with these features: how many held."""
    tried = 0

    @settings(
        max_examples=_EACH,
        derandomize=not _EXAMPLES,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    @given(plan=plans(features))
    def each(plan: Plan) -> None:
        nonlocal tried
        holds(plan)
        tried += 1

    each()
    return tried


# ------------------------------------------------------------ HAR


def _through_a_har(take: Take) -> Take:
    """The same recording, exported and imported as the commands do it; nothing may be lost on the way."""
    har, path = take.path.with_suffix(".har"), take.path.with_name("imported.yaml")
    write_har(take.cassette, har)
    imported = import_har(har, path, options=RecordingOptions())
    assert imported.report.restored
    assert not imported.report.losses
    assert not imported.left_out
    return Take(take.logs, load(path), path)


@pytest.mark.parametrize("features", _rows("har"))
def test_a_recording_that_went_through_a_har_plays_to_the_same_client(bench: Bench, features):
    def holds(plan: Plan) -> None:
        take = _through_a_har(bench.record(plan))
        check_same(take, bench.replay(plan, take.cassette))

    assert _try(features, holds) >= _EACH


# ------------------------------------------------------------ proxy


@pytest.fixture(scope="module")
def door() -> ProxyGate:
    hosts = ServedHosts((SERVED,))
    return ProxyGate(hosts, Authority.make(hosts.names), lets_past=False)


@pytest.fixture(scope="module")
def proxied(door: ProxyGate, tmp_path_factory) -> Iterator[Bench]:
    with Bench(tmp_path_factory.mktemp("proxied"), door) as running:
        yield running


@pytest.mark.parametrize("features", _rows("proxy"))
def test_what_is_recorded_through_the_proxy_replays_through_it(proxied: Bench, features, door: ProxyGate):
    def holds(plan: Plan) -> None:
        take = proxied.record(plan)
        check_same(take, proxied.replay(plan, take.cassette))

    assert _try(features, holds) >= _EACH
    assert door.visitors.problem(door.hosts.names) is None


# ------------------------------------------------------------ found on the way


def test_base64_that_a_form_said_as_it_is_stays_so(bench: Bench):
    """It is no matter of the door: each place of an answer keeps the spelling that it was recorded with."""
    asked = Call(query=(Field("topic", Made("base64")),))
    plan = Plan(tasks=((asked,),), endpoints=(Endpoint(kind="form", echoes=True),))
    take = bench.record(plan)
    check_same(take, bench.replay(plan, take.cassette))
