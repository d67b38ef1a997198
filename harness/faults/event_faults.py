"""The faults of a streamed response's events, and how a body is taken apart into events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from harness.faults import item_faults
from harness.faults.acts import Acts, Finish, Put, Repeat, Write
from harness.faults.items import Items, LinesOrChunks, SseEvents
from harness.faults.plan import ArmedRule
from harness.faults.sequence import FaultySequence, Handlers
from harness.framing.event_streams import EVENT_END, LINE_END, is_event_stream, is_lines

_LONGEST_END: Final = 3
_MOST_PENDING: Final = 16 * 1024 * 1024
"""Bytes of an unfinished event; beyond, they pass as one."""
_BOM: Final = b"\xef\xbb\xbf"

Run = FaultySequence[bytes]


class EventSplitter:
    """Splits a body into events: those of SSE, the lines of NDJSON, or else the chunks as they arrive."""

    def __init__(self, content_type: str) -> None:
        as_events = is_event_stream(content_type)
        self.items: Items[bytes] = SseEvents() if as_events else LinesOrChunks()
        self._end = EVENT_END if as_events else LINE_END if is_lines(content_type) else None
        self._pending = b""

    def feed(self, chunk: bytes) -> Iterable[bytes]:
        """The events that a chunk completes."""
        if self._end is None:
            return [chunk] if chunk else []
        # An end may have begun in the last bytes of the chunk before.
        begin = max(0, len(self._pending) - _LONGEST_END)
        self._pending += chunk
        whole: list[bytes] = []
        start = 0
        for found in self._end.finditer(self._pending, begin):
            # The second half of a CRLF may still be on its way.
            if found.end() == len(self._pending) and found[0].endswith(b"\r"):
                break
            whole.append(self._pending[start : found.end()])
            start = found.end()
        self._pending = self._pending[start:]
        if len(self._pending) > _MOST_PENDING:
            whole += self.rest()
        return whole

    def rest(self) -> list[bytes]:
        """The bytes behind the last complete event of the body, as one event; empty list if there are none."""
        left, self._pending = self._pending, b""
        return [left] if left else []


def is_streamed(content_type: str) -> bool:
    """Whether a body of that content type consists of events, even if a stage passes it as a whole."""
    return is_event_stream(content_type) or is_lines(content_type)


def _end(_: ArmedRule) -> Acts[bytes]:
    return (Finish(),)


def _comments(_: Run, armed: ArmedRule, __: bytes) -> Acts[bytes]:
    return (Repeat(b": keep-alive\n\n", float(armed.rule.parameters["every"])),)


def _endings(_: Run, armed: ArmedRule, item: bytes) -> Acts[bytes]:
    ending = b"\r\n" if armed.rule.parameters["kind"] == "crlf" else b"\r"
    return (Put(item.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", ending)),)


def _bom(_: Run, __: ArmedRule, item: bytes) -> Acts[bytes]:
    return (Put(_BOM + item),)


def _retry(_: Run, armed: ArmedRule, item: bytes) -> Acts[bytes]:
    return (Write(b"retry: %d\n\n" % int(armed.rule.parameters["ms"])), Put(item))


def _slice(_: Run, armed: ArmedRule, item: bytes) -> Acts[bytes]:
    size = int(armed.rule.parameters["size"])
    return [Write(item[at : at + size]) for at in range(0, len(item), size)]


EVENT_HANDLERS: Final[Handlers[bytes]] = Handlers(
    at={
        **item_faults.AT,
        "comments": _comments,
        "endings": _endings,
        "bom": _bom,
        "retry": _retry,
        "slice": _slice,
    },
    between={**item_faults.BETWEEN, "end": _end},
)
