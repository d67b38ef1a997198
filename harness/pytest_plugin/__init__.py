"""The pytest plugin: one marker records and replays a test's session.

pytest loads the plugin when the package is installed. It imports servers, curl_cffi and syrupy only for tests that use
them. No module here may have the name of a fixture: importing it would replace the fixture in this package.

PYTEST_DONT_REWRITE
"""

# First: it affects how the modules below are imported.
import harness.pytest_plugin.plain_imports  # noqa: F401  # pyright: ignore[reportUnusedImport]

# isort: split
from harness.pytest_plugin.async_tests import pytest_pycollect_makeitem
from harness.pytest_plugin.collection import pytest_collection_modifyitems, pytest_deselected
from harness.pytest_plugin.fault_marker import pytest_generate_tests
from harness.pytest_plugin.fixtures import (
    copilot,
    turn_snapshot,
    wire,
    wire_config,
    wire_factory,
    wire_proxy,
    wire_under_marker,
)
from harness.pytest_plugin.hooks import (
    pytest_fixture_setup,
    pytest_runtest_call,
    pytest_runtest_makereport,
    pytest_runtest_protocol,
)
from harness.pytest_plugin.options import pytest_addoption, pytest_configure
from harness.pytest_plugin.peer_blocks import pytest_runtest_teardown
from harness.pytest_plugin.summary import (
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
    pytest_unconfigure,
)

__all__ = [
    "copilot",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_deselected",
    "pytest_fixture_setup",
    "pytest_generate_tests",
    "pytest_pycollect_makeitem",
    "pytest_runtest_call",
    "pytest_runtest_makereport",
    "pytest_runtest_protocol",
    "pytest_runtest_teardown",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
    "pytest_unconfigure",
    "turn_snapshot",
    "wire",
    "wire_config",
    "wire_factory",
    "wire_proxy",
    "wire_under_marker",
]
