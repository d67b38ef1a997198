"""The runs of events, in which a secret that is learned late is searched for, so that few events are redacted again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from harness.edits import Replaced
from harness.record.events import Event, redact_event
from harness.redact.search import encode_text, runs_of

MayChange: TypeAlias = Callable[[bytes], bool]
"""Whether a redaction may change events with these runs; see `harness.redact.search.runs_of`."""

_BLOCK: Final = 256
"""Events that are looked at together, since each call of a search costs time."""


def event_runs(event: Event) -> bytes:
    """The runs (see `runs_of`) of everything in an event that a redaction pass can change."""
    found = _Collector()
    redact_event(found, event)
    return b"\n".join(found.runs)


class _Collector:
    """Stands in for a redaction pass: it changes nothing, and collects the runs of all values that it receives."""

    def __init__(self) -> None:
        self.runs: list[bytes] = []

    def data(self, data: bytes) -> Replaced:
        self.runs.append(runs_of(data))
        return Replaced(data)

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        fields = tuple(headers)
        self.runs += (runs_of(value.encode("latin-1", "replace")) for _, value in fields)
        return fields

    def text(self, text: str) -> str:
        self.runs.append(runs_of(encode_text(text)))
        return text


class EventRuns:
    """The runs of a list of events. They are determined when they are first needed: most sessions learn few secrets."""

    def __init__(self) -> None:
        self._runs: list[bytes] = []
        self._blocks: list[bytes | None] = []

    def candidates(self, events: Sequence[Event], may_change: MayChange) -> Iterator[int]:
        """The indices of the events that a redaction may change.

        Args:
            events: The events, to which others may have been appended since the last call.
            may_change: Whether data with these runs may change; see `MayChange`.
        """
        self._catch_up(events)
        for number in range(len(self._blocks)):
            start = number * _BLOCK
            runs = self._runs[start : start + _BLOCK]
            block = self._blocks[number]
            if block is None:
                block = self._blocks[number] = b"\n".join(runs)
            if may_change(block):
                yield from (start + index for index, each in enumerate(runs) if may_change(each))

    def replace(self, index: int, event: Event) -> None:
        """Note that the event at an index was replaced by this one, whose runs are determined anew."""
        self._runs[index] = event_runs(event)
        self._blocks[index // _BLOCK] = None

    def _catch_up(self, events: Sequence[Event]) -> None:
        known = len(self._runs)
        if known == len(events):
            return
        self._runs += map(event_runs, events[known:])
        del self._blocks[known // _BLOCK :]
        self._blocks += [None] * (-(-len(events) // _BLOCK) - len(self._blocks))
