"""Snapshots of turns, by syrupy: a turn is stored as its transcript, any other value as syrupy stores it.

To use this for every snapshot: ``--snapshot-default-extension harness.pytest_plugin.snapshot.TurnSnapshotExtension``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from syrupy.extensions.amber import AmberSnapshotExtension
from syrupy.location import PyTestLocation

Filter: TypeAlias = Callable[..., bool]


class TurnSnapshotExtension(AmberSnapshotExtension):
    """Stores turns, lists of turns, and lists of a turn's items as transcripts.

    syrupy's ``exclude`` and ``include`` select kinds of blocks, e.g. ``exclude=props("title")``. Its ``matcher``
    applies to other values only.
    """

    def serialize(self, data: Any, **kwargs: Any) -> str:
        """Return the text to store and compare.

        Raises:
            UnfinishedTurnError: An asynchronous turn was not awaited; syrupy shows this as the assertion's failure.
        """
        from harness.pytest_plugin.turn_text import is_turn, is_turns, transcript  # noqa: PLC0415  # only where used

        if is_turn(data) or is_turns(data):
            return transcript(data, _keep(kwargs.get("exclude"), kwargs.get("include"))).removesuffix("\n")
        return super().serialize(data, **kwargs)


class NamedTurnExtension(TurnSnapshotExtension):
    """As `TurnSnapshotExtension`, for ``turn_snapshot``: its names never equal those of ``snapshot`` in a test."""

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: int | str = 0) -> str:
        """The name of a snapshot in its file: ``test_it[turn]``, ``test_it[turn 1]``, or ``test_it[turn NAME]``."""
        named = f"turn {index}" if index else "turn"
        return super().get_snapshot_name(test_location=test_location, index=named)


def _keep(exclude: Filter | None, include: Filter | None) -> Callable[[str], bool] | None:
    if exclude is None and include is None:
        return None

    def keep(kind: str) -> bool:
        place: dict[str, Any] = {"prop": kind, "path": ()}
        if exclude is not None and exclude(**place):
            return False
        return include is None or include(**place)

    return keep
