"""The plugin's fixtures. They import servers, curl_cffi and syrupy only in tests that use them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from harness.pytest_plugin.collection import FIXTURE_LAYER, has_own_config
from harness.pytest_plugin.peer_blocks import hosts_of_peer, plays_peer_cassette
from harness.pytest_plugin.state import STATE

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from harness.pytest_plugin.forward_proxy import WireProxy
    from harness.pytest_plugin.wires import Wire
    from provider.async_client import AsyncCopilotClient
    from provider.client import CopilotClient

WireFactory: TypeAlias = "Callable[..., AbstractContextManager[Wire]]"

# What only some tests use is imported where it is used, so that the plugin costs the others nothing.
# ruff: noqa: PLC0415


@pytest.fixture(autouse=True)
def wire_under_marker(request: pytest.FixtureRequest) -> None:
    """Open a wire for each test with the marker ``cassette``, and block the network in others if that is set."""
    node: pytest.Item = request.node
    if node.get_closest_marker("live") is not None:
        return
    if node.get_closest_marker("cassette") is not None:
        request.getfixturevalue("wire")
        return
    state = request.config.stash[STATE]
    if plays_peer_cassette(node) and not state.wires:
        return
    values = request.getfixturevalue("wire_config") if has_own_config(node) else {}
    if values != {} or state.blocks_all or node.get_closest_marker("block_network") is not None:
        _block(request, node, values)


def _block(request: pytest.FixtureRequest, node: pytest.Item, values: object) -> None:
    from harness.pytest_plugin.network_block import block_test
    from harness.pytest_plugin.plan import as_layer

    stack = ExitStack()
    request.addfinalizer(stack.close)
    stack.enter_context(block_test(node, as_layer(FIXTURE_LAYER, values), hosts_of_peer(request)))


@pytest.fixture(scope="session")
def wire_config() -> dict[str, Any]:
    """Settings of wires; override it in a module, a class or a ``conftest.py``, at any scope.

    For the keys see `harness.pytest_plugin.config.WireConfig`.
    """
    return {}


@pytest.fixture
def wire(request: pytest.FixtureRequest, wire_config: Mapping[str, Any]) -> Generator[Wire]:
    """The local server for clients: it replays or records the marker's cassette, or follows the test's script."""
    from harness.pytest_plugin.lifecycle import open_wire
    from harness.pytest_plugin.plan import as_layer, plan_test

    plan = plan_test(request.node, as_layer(FIXTURE_LAYER, wire_config))
    with open_wire(plan, request.config) as opened:
        yield opened


@pytest.fixture
def wire_proxy(request: pytest.FixtureRequest, wire: Wire) -> Generator[WireProxy]:
    """A forward proxy to the wire, for clients with hard-coded hosts."""
    from harness.pytest_plugin.forward_proxy import open_proxy

    with open_proxy(wire, request.config.stash[STATE]) as opened:
        yield opened


@pytest.fixture(scope="session")
def wire_factory(request: pytest.FixtureRequest) -> WireFactory:
    """Opens wires in fixtures of a wider scope, and several of them in one test.

    Use it as ``with wire_factory("name", **config) as wire``. Without a name, the cassette is named after the test,
    class or module of the calling fixture.
    """
    state = request.config.stash[STATE]

    def make(name: str | None = None, **config: object) -> AbstractContextManager[Wire]:
        from harness.pytest_plugin.lifecycle import wire_for

        return wire_for(state, name, config)

    return make


@pytest.fixture
def turn_snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """The fixture ``snapshot`` for whole turns: ``assert copilot.chat("Hello") == turn_snapshot``."""
    from harness.pytest_plugin.snapshot import NamedTurnExtension

    return snapshot.use_extension(NamedTurnExtension)


# ---------------------------------------------------------------- clients
@pytest.fixture
def copilot(wire: Wire) -> Generator[CopilotClient]:
    """A client of the wire. It reads no other credentials: no keyring, no HAR file, no browser. It retries nothing."""
    from provider.client import CopilotClient

    with CopilotClient(**_client_options(wire)) as client:
        yield client


async def _async_copilot(wire: Wire) -> AsyncGenerator[AsyncCopilotClient]:
    """The fixture ``async_copilot``: as ``copilot``, but an `AsyncCopilotClient`."""
    from provider.async_client import AsyncCopilotClient

    async with AsyncCopilotClient(**_client_options(wire)) as client:
        yield client


def _client_options(wire: Wire) -> dict[str, Any]:
    """Return the arguments that lead a client to a wire."""
    from provider.credentials import Credentials

    return {
        "credentials": Credentials(token=wire.token, source="wire"),
        "base_url": wire.url,
        "generation": wire.generation,
        "max_retries": 0,  # a test sees each failure where it strikes, and waits for no Retry-After
    }


def async_fixtures(plugins: pytest.PytestPluginManager) -> object:
    """Return a plugin with the fixture ``async_copilot``, for whichever plugin runs async tests here."""
    if plugins.has_plugin("asyncio"):
        import pytest_asyncio

        made: object = pytest_asyncio.fixture(_async_copilot, name="async_copilot")
    else:
        made = pytest.fixture(_async_copilot, name="async_copilot")
    plugin = ModuleType("wiretape_async_fixtures")
    vars(plugin)["async_copilot"] = made
    return plugin
