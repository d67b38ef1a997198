"""The entries of a HAR file, one after the other and in bounded memory.

A file that is no JSON by the letter is read again from its beginning, repaired (`repair`) as it is read.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, cast

import ijson

from harness.har.errors import HarError, HarFieldError, HarLimitError, UnreadableHarError
from harness.har.packed import Packed, open_packed
from harness.har.repair import Repaired
from provider.auth.har_reader import AsUtf8

_CHUNK: Final = 64 * 1024
_ENTRIES: Final = "log.entries"
_NAMES: Final = {
    ("", "", "start_map"): "file",
    ("file", "log", "start_map"): "log",
    ("log", "entries", "start_array"): "entries",
    ("entries", "", "start_map"): "entry",
}
"""Within what, under which key, what begins -> what it is called here."""
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
"""Fields that say something to us; the others are passed over, however large."""
_OPENING: Final = frozenset({"start_map", "start_array"})
_CLOSING: Final = frozenset({"end_map", "end_array"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HarLimits:
    """How much of a stranger's HAR is taken; what goes beyond is refused with a `HarLimitError`.

    Attributes:
        file_bytes: Size of the file.
        token_bytes: Size of a text, as it stands in the file: a body, a message.
        entry_bytes: Size of an entry, as it stands in the file.
        depth: Nested objects and lists.
        entries: Number of entries.
        values: Objects, lists, texts, numbers of one entry.
    """

    file_bytes: int = 4 * 1024**3
    token_bytes: int = 128 * 1024**2
    entry_bytes: int = 512 * 1024**2
    depth: int = 40
    entries: int = 1_000_000
    values: int = 8_000_000


_BODIES: Final = (("request", "postData"), ("response", "content"))
LIMITS: Final = HarLimits()
"""The ones that count unless others are given."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a HAR says of itself; each part as it stands there, or None."""

    creator: object = None
    browser: object = None
    own: object = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One entry as it stands in the file, without what nobody reads.

    Attributes:
        number: Its place in ``log.entries``.
    """

    number: int
    value: object = field(repr=False)

    @property
    def where(self) -> str:
        """Its place, for errors."""
        return f"{_ENTRIES}[{self.number}]"


class Opened:
    """A HAR file that is gone through, as often as one likes. Any encoding of Unicode is read.

    Args:
        path: The file.
        limits: How much of it is taken.

    Attributes:
        repaired: Whether it was no JSON by the letter; known after the first time through.
        missing: Bodies that lie in files of their own, and are not there.
    """

    def __init__(self, path: Path, limits: HarLimits = LIMITS) -> None:
        self._path = path
        self._limits = limits
        self.repaired = False
        self.missing = 0

    def entries(self) -> Iterator[Head | RawEntry]:
        """The entries of the file, in its order; and in the end its `Head`.

        Raises:
            HarError: It cannot be read, is no HAR, or is beyond the limits; names file and place.
        """
        given = 0
        try:
            for part in self._read(repair=self.repaired):
                yield part
                given += 1
        except _NoJsonError:
            if self.repaired:
                raise
        else:
            return
        for index, part in enumerate(self._read(repair=True)):
            if index >= given:
                yield part
        self.repaired = True

    def _read(self, *, repair: bool) -> Iterator[Head | RawEntry]:
        reading = _Reading(self._limits)
        try:
            with open_packed(self._path) as packed:
                yield from self._parsed(packed, reading, repair=repair)
        except OSError as error:
            raise UnreadableHarError(error.strerror or type(error).__name__, file=str(self._path)) from error
        except HarError as error:
            error.where = error.where or (reading.where if reading.began else "")
            error.found_in(str(self._path))
            raise
        except (ijson.JSONError, ValueError, RecursionError, OverflowError):
            # The parser's own words quote the file.
            problem = "it is no whole JSON from here on; export it again"
            raise _NoJsonError(problem, reading.where, str(self._path)) from None
        if not reading.found_list:
            raise UnreadableHarError("it has no list `log.entries`: it is no HAR", file=str(self._path))
        yield Head(**reading.head)

    def _parsed(self, packed: Packed, reading: _Reading, *, repair: bool) -> Iterator[RawEntry]:
        utf8 = AsUtf8(packed.file)
        source = Repaired(utf8) if repair else utf8
        bounded = _Bounded(source, self._limits.file_bytes, self._limits.token_bytes)
        # Not `parse`: the prefixes that it makes of deep nesting fill the memory.
        for event, value in ijson.basic_parse(bounded, buf_size=_CHUNK, use_float=True):
            bounded.moved()
            built = reading.take(event, value, bounded.size)
            if built is not None:
                yield built

    def with_files(self, raw: RawEntry) -> RawEntry:
        """An entry with the bodies that Playwright puts into files beside the HAR, or with it into a zip."""
        changes = {half: body for half, key in _BODIES if (body := self._body(raw, half, key)) is not None}
        if not changes:
            return raw
        return RawEntry(raw.number, {**cast("dict[str, object]", raw.value), **changes})

    def _body(self, raw: RawEntry, half: str, key: str) -> dict[str, object] | None:
        """One half of the entry with its body read from a file; None if there is nothing to be read."""
        part = _object(raw.value, half)
        body = _object(part, key)
        name = body.get("_file")
        if not isinstance(name, str) or body.get("text"):
            return None
        with open_packed(self._path) as packed:
            data = packed.attached(name, self._limits.token_bytes)
        if data is None:
            self.missing += 1
            return None
        return {**part, key: {**body, "text": base64.b64encode(data).decode(), "encoding": "base64"}}


def open_har(path: Path, limits: HarLimits = LIMITS) -> Opened:
    """A HAR file: plain, as a zip (``.har.zip``), or compressed (``.zhar``). Nothing is read yet."""
    return Opened(path, limits)


class _NoJsonError(UnreadableHarError):
    """It is no JSON by the letter."""


def _object(value: object, key: str) -> dict[str, object]:
    found = cast("dict[str, object]", value).get(key) if isinstance(value, dict) else None
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


class _Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class _Bounded:
    """A file of which no more is read than allowed, in all and between two events."""

    def __init__(self, file: _Readable, most: int, most_at_once: int) -> None:
        self._file = file
        self._most = most
        self._most_at_once = most_at_once
        self._last = 0
        self.size = 0

    def moved(self) -> None:
        """The parser came to the end of a value."""
        self._last = self.size

    def read(self, size: int = _CHUNK) -> bytes:
        """Up to so many bytes, or none at the end."""
        data = self._file.read(size)
        self.size += len(data)
        if self.size > self._most:
            raise HarLimitError(f"it has more than {self._most} bytes")
        if self.size - self._last > self._most_at_once:
            raise HarLimitError(f"a text of more than {self._most_at_once} bytes stands here")
        return data


@dataclass(slots=True)
class _Spot:
    """An object or list that is open, and the key in it that was read last."""

    name: str
    key: str = ""


class _Reading:
    """Puts together what is read of a file, event by event."""

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
        """About where in the file."""
        return f"{_ENTRIES}[{self._count}]" if self.found_list else "log"

    def take(self, event: str, value: object, at: int) -> RawEntry | None:
        """One event of the parser; an entry, if it ended one."""
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
            raise HarFieldError("expected a list", _ENTRIES)
        elif spot.key in _READ.get(spot.name, ()) and event not in _CLOSING:
            self._begin(spot.key, event, value)
        return None

    def _moved(self, event: str) -> _Spot:
        """Where the value of this event stands."""
        if event in _CLOSING:
            self._spots.pop()
        spot = self._spots[-1]
        if event in _OPENING:
            if len(self._spots) > self._limits.depth:
                raise HarLimitError(f"more than {self._limits.depth} objects and lists within each other")
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
            raise HarLimitError(f"it has more than {self._limits.entries} entries")
        return done

    def _bound(self, at: int) -> None:
        if self._entry is not None:
            self._values += 1
            if self._values > self._limits.values:
                raise HarLimitError(f"an entry of more than {self._limits.values} values")
            if at - self._began > self._limits.entry_bytes:
                raise HarLimitError(f"an entry of more than {self._limits.entry_bytes} bytes")
