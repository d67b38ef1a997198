"""The fixtures. Light to import: what a test does not use costs nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from harness.pytest_plugin.config_fixture import has_config_of_its_own
from harness.pytest_plugin.peer_blocks import hosts_of_peer, is_theirs
from harness.pytest_plugin.state import STATE

if TYPE_CHECKING:
    from harness.pytest_plugin.forward_proxy import WireProxy
    from harness.pytest_plugin.wires import Wire
    from provider.async_client import AsyncCopilotClient
    from provider.client import CopilotClient

WireFactory: TypeAlias = "Callable[..., AbstractContextManager[Wire]]"


@pytest.fixture(autouse=True)
def wire_under_marker(request: pytest.FixtureRequest) -> None:
    """A test with the marker ``cassette`` has a wire, whether it asks for it or not; others may have no network."""
    node: pytest.Item = request.node
    if node.get_closest_marker("live") is not None:
        return
    if node.get_closest_marker("cassette") is not None:
        request.getfixturevalue("wire")
        return
    state = request.config.stash[STATE]
    if is_theirs(node) and not state.wires:
        return
    said = request.getfixturevalue("wire_config") if has_config_of_its_own(node) else {}
    if said != {} or state.blocks_all or node.get_closest_marker("block_network") is not None:
        _block(request, node, said)


def _block(request: pytest.FixtureRequest, node: pytest.Item, said: object) -> None:
    from harness.pytest_plugin.network_block import block_test  # noqa: PLC0415  # as below
    from harness.pytest_plugin.plan import as_layer  # noqa: PLC0415  # as below

    stack = ExitStack()
    request.addfinalizer(stack.close)
    layer = as_layer("the fixture wire_config", said)
    stack.enter_context(block_test(node, layer, hosts_of_peer(request)))


@pytest.fixture(scope="session")
def wire_config() -> dict[str, Any]:
    """What wires are to do; override it in a module, a class or a ``conftest.py``, at any scope.

    Keys as in `harness.pytest_plugin.config.WireConfig`.
    """
    return {}


@pytest.fixture
def wire(request: pytest.FixtureRequest, wire_config: Mapping[str, Any]) -> Generator[Wire]:
    """The local server that clients talk to, with the cassette of the test's marker, or a script, behind it."""
    from harness.pytest_plugin.lifecycle import open_wire  # noqa: PLC0415  # servers and curl_cffi, only where used
    from harness.pytest_plugin.plan import as_layer, plan_test  # noqa: PLC0415  # as above

    plan = plan_test(request.node, as_layer("the fixture wire_config", wire_config))
    with open_wire(plan, request.config) as opened:
        yield opened


@pytest.fixture
def wire_proxy(request: pytest.FixtureRequest, wire: Wire) -> Generator[WireProxy]:
    """A forward proxy to the wire, for clients whose hosts are written into them."""
    from harness.pytest_plugin.forward_proxy import open_proxy  # noqa: PLC0415  # as above

    with open_proxy(wire, request.config.stash[STATE]) as opened:
        yield opened


@pytest.fixture(scope="session")
def wire_factory(request: pytest.FixtureRequest) -> WireFactory:
    """Opens wires for fixtures of a wider scope, and several of them in one test.

    It is called as ``with wire_factory("name", **config) as wire``. Without a name, the cassette has that of the test,
    class or module that the calling fixture belongs to.
    """
    state = request.config.stash[STATE]

    def make(name: str | None = None, **config: object) -> AbstractContextManager[Wire]:
        from harness.pytest_plugin.factory import wire_for  # noqa: PLC0415  # as above

        return wire_for(state, name, config)

    return make


@pytest.fixture
def copilot(wire: Wire) -> Generator[CopilotClient]:
    """A client of the wire. It looks for credentials nowhere else: no keyring, no HAR file, no browser."""
    from harness.pytest_plugin.clients import client_options  # noqa: PLC0415  # as above
    from provider.client import CopilotClient  # noqa: PLC0415  # as above

    with CopilotClient(**client_options(wire)) as client:
        yield client


async def _async_copilot(wire: Wire) -> AsyncGenerator[AsyncCopilotClient]:
    """The same as ``copilot``, for asyncio."""
    from harness.pytest_plugin.clients import client_options  # noqa: PLC0415  # as above
    from provider.async_client import AsyncCopilotClient  # noqa: PLC0415  # as above

    async with AsyncCopilotClient(**client_options(wire)) as client:
        yield client


def async_fixtures(plugins: pytest.PytestPluginManager) -> object:
    """A plugin with the fixture ``async_copilot``, made so that whoever runs async tests here runs it, too."""
    if plugins.has_plugin("asyncio"):
        import pytest_asyncio  # noqa: PLC0415  # only if it is there

        made: object = pytest_asyncio.fixture(_async_copilot, name="async_copilot")
    else:
        made = pytest.fixture(_async_copilot, name="async_copilot")
    plugin = ModuleType("wiretape_async_fixtures")
    vars(plugin)["async_copilot"] = made
    return plugin
