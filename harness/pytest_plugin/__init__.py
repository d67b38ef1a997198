"""The pytest plugin: recording and replaying sessions in tests, by one marker.

pytest loads it by itself when the package is installed. What a test does not use is not imported: neither servers nor
curl_cffi nor syrupy.
"""

from harness.pytest_plugin.async_tests import pytest_pycollect_makeitem
from harness.pytest_plugin.collection import pytest_collection_modifyitems, pytest_deselected
from harness.pytest_plugin.fixtures import (
    copilot,
    wire,
    wire_config,
    wire_factory,
    wire_proxy,
    wire_under_marker,
)
from harness.pytest_plugin.hooks import pytest_fixture_setup, pytest_runtest_call, pytest_runtest_makereport
from harness.pytest_plugin.options import pytest_addoption, pytest_configure
from harness.pytest_plugin.snapshot_fixture import turn_snapshot
from harness.pytest_plugin.socket_guard import pytest_runtest_teardown
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
    "pytest_pycollect_makeitem",
    "pytest_runtest_call",
    "pytest_runtest_makereport",
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
