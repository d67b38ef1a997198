"""The fixture ``turn_snapshot``. Light to import: without syrupy only those who use it hear of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion


@pytest.fixture
def turn_snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """The fixture ``snapshot`` for whole turns: ``assert copilot.chat("Hello") == turn_snapshot``."""
    from harness.pytest_plugin.snapshot import BesideOthers  # noqa: PLC0415  # syrupy, only where used

    return snapshot.use_extension(BesideOthers)
