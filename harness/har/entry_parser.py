"""Entries out of the events of a JSON parser, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import ijson

from harness.har.errors import HarFieldError, HarLimitError

CHUNK: Final = 256 * 1024
"""Bytes that are read at once."""
ENTRIES: Final = "log.entries"
_NAMES: Final = {
    ("", "", "start_map"): "file",
    ("file", "log", "start_map"): "log",
    ("log", "entries", "start_array"): "entries",
    ("entries", "", "start_map"): "entry",
}
"""Enclosing spot, key and beginning event -> the new spot's name."""
_READ: Final[dict[str, frozenset[str]]] = {
    "log": frozenset({"creator", "browser", "_wiretape"}),
    "entry": frozenset(
        {
            "startedDateTime",
            "time",
            "request",
            "response",
            "timings",
            "_webSocketMessages",
            "_webSocketClose",
            "_resourceType",
            "_failureText",
            "_error",
            "_wasAborted",
            "_fromCache",
            "_wiretape",
        }
    ),
}
"""The fields that an import uses; the parser skips all others, however large."""
_OPENING: Final = frozenset({"start_map", "start_array"})
_CLOSING: Final = frozenset({"end_map", "end_array"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HarLimits:
    """How much of a HAR is read; beyond it, reading raises `HarLimitError`.

    Attributes:
        file_bytes: Bytes of the file.
        token_bytes: Bytes of one text in the file: a body, a message.
        entry_bytes: Bytes of one entry in the file.
        depth: Levels of nested objects and lists.
        entries: Number of entries.
        values: Number of objects, lists, texts and numbers in one entry.
    """

    file_bytes: int = 4 * 1024**3
    token_bytes: int = 128 * 1024**2
    entry_bytes: int = 512 * 1024**2
    depth: int = 40
    entries: int = 1_000_000
    values: int = 8_000_000


LIMITS: Final = HarLimits()
"""The limits unless others are given."""


@dataclass(frozen=True, slots=True)
class LogHead:
    """The parts of ``log`` beside the entries, as parsed; None for a missing one.

    Attributes:
        creator: The program that wrote the HAR.
        browser: The browser.
        own: Our ``_wiretape`` field.
    """

    creator: object = None
    browser: object = None
    own: object = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One entry as parsed, with the fields that an import uses.

    Attributes:
        number: Its index in ``log.entries``; for a file of several lists, among the entries of all.
        value: The parsed JSON.
        list_name: Path of the list that holds it.
        before: Entries of the lists before that one.
    """

    number: int
    value: object = field(repr=False)
    list_name: str = ENTRIES
    before: int = 0

    @property
    def where(self) -> str:
        """The entry's place in the file, such as ``log.entries[3]``, for errors."""
        return f"{self.list_name}[{self.number - self.before}]"


class _Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class BoundedFile:
    """A file that raises when more is read than allowed, in total or between two events of the parser."""

    def __init__(self, file: _Readable, most: int, most_at_once: int) -> None:
        self._file = file
        self._most = most
        self._most_at_once = most_at_once
        self._last = 0
        self.size = 0

    def moved(self) -> None:
        """Note that the parser has completed a value, so that the bytes of one text are counted from here."""
        self._last = self.size

    def read(self, size: int = CHUNK) -> bytes:
        """Read up to ``size`` bytes; empty at the end.

        Raises:
            HarLimitError: The file or one text is too large.
        """
        data = self._file.read(size)
        self.size += len(data)
        if self.size > self._most:
            raise HarLimitError(f"the HAR has more than {self._most} bytes: export fewer requests")
        if self.size - self._last > self._most_at_once:
            raise HarLimitError(
                f"one text (a body or a message) has more than {self._most_at_once} bytes: export the HAR without it"
            )
        return data


@dataclass(slots=True)
class _Spot:
    """A JSON object or list that the parser has entered and not left, and the last key that it read there."""

    name: str
    key: str = ""


class EntryBuilder:
    """Builds a HAR's entries from the events of the JSON parser."""

    def __init__(self, limits: HarLimits) -> None:
        self._limits = limits
        self._builder: Any = None
        self._base = 0
        self._spots: list[_Spot] = [_Spot("")]
        self._entry: dict[str, object] | None = None
        self._began = self._values = 0
        self._count = 0
        self.head: dict[str, object] = {}
        self.found_list = False
        self.began = False

    @property
    def where(self) -> str:
        """The current path in the file, for errors."""
        return f"{ENTRIES}[{self._count}]" if self.found_list else "log"

    def take(self, event: str, value: object, at: int) -> RawEntry | None:
        """Process an event of the parser; returns the entry that it completes, if any.

        Raises:
            HarLimitError: The entry or the file exceeds a limit.
            HarFieldError: ``log.entries`` is not a list.
        """
        self.began = True
        self._bound(at)
        if event == "map_key":
            self._spots[-1].key = str(value)
        spot = self._moved(event)
        if self._builder is not None:
            self._builder.event(event, value)
            if event in _CLOSING and len(self._spots) == self._base:
                self._keep(spot.key, self._builder.value)
        elif event == "map_key":
            return None
        elif spot.name == "entries":
            return self._at_entry(event, at)
        elif spot.name == "log" and spot.key == "entries" and event not in {"start_array", "end_array"}:
            raise HarFieldError("expected a list of entries in this field of the HAR", ENTRIES)
        elif spot.key in _READ.get(spot.name, ()) and event not in _CLOSING:
            self._begin(spot.key, event, value)
        return None

    def _moved(self, event: str) -> _Spot:
        """Follow an event of the parser; returns the object or list that contains the event's value."""
        if event in _CLOSING:
            self._spots.pop()
        spot = self._spots[-1]
        if event in _OPENING:
            if len(self._spots) > self._limits.depth:
                raise HarLimitError(
                    f"the HAR's JSON has more than {self._limits.depth} levels of nested objects and lists"
                )
            name = _NAMES.get((spot.name, spot.key, event), "-")
            self.found_list |= name == "entries"
            self._spots.append(_Spot(name))
        return spot

    def _begin(self, key: str, event: str, value: object) -> None:
        if event in _OPENING:
            self._builder = ijson.ObjectBuilder()
            self._builder.event(event, value)
            self._base = len(self._spots) - 1
        else:
            self._keep(key, value)

    def _keep(self, key: str, value: object) -> None:
        self._builder = None
        if self._entry is not None:
            self._entry[key] = value
        else:
            self.head["own" if key == "_wiretape" else key] = value

    def _at_entry(self, event: str, at: int) -> RawEntry | None:
        done = RawEntry(self._count, self._entry)
        if event == "start_map":
            self._entry, self._began, self._values = {}, at, 0
            return None
        if event == "start_array":
            return None
        self._entry, self._count = None, self._count + 1
        if self._count > self._limits.entries:
            raise HarLimitError(f"the HAR has more than {self._limits.entries} entries: export fewer requests")
        return done

    def _bound(self, at: int) -> None:
        if self._entry is not None:
            self._values += 1
            if self._values > self._limits.values:
                raise HarLimitError(
                    f"the entry has more than {self._limits.values} values: export the HAR without it",
                    RawEntry(self._count, None).where,
                )
            if at - self._began > self._limits.entry_bytes:
                raise HarLimitError(
                    f"the entry has more than {self._limits.entry_bytes} bytes: export the HAR without it",
                    RawEntry(self._count, None).where,
                )
