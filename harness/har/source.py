"""The entries of a HAR file, one after the other and in bounded memory.

A file that is not strictly JSON is read again from its beginning, and repaired (`repair`) as it is read.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

import ijson

from harness.har.entry_parser import CHUNK, ENTRIES, LIMITS, BoundedFile, EntryBuilder, HarLimits, LogHead, RawEntry
from harness.har.errors import HarError, UnreadableHarError, unreadable
from harness.har.packed import Packed, open_packed
from harness.har.repair import Repaired
from provider.auth.har_reader import AsUtf8

_BODIES: Final = (("request", "postData"), ("response", "content"))
_CASSETTE: Final = b"cassette:"
"""How a cassette of wiretape begins."""


class OpenedHar:
    """A HAR file, in any encoding of Unicode. Its entries can be iterated repeatedly.

    Args:
        path: The file.
        limits: How much of it is read.

    Attributes:
        kind: What reports call the file.
        list_name: Path of the list of entries.
        has_authorization: Whether a replay compares authorization, as it does for a HAR.
        changed: The date of entries without one, microseconds since 1970; 0 for a HAR, whose exporters write dates.
        repaired: Whether it is not strictly JSON; known after the first iteration.
        missing: How many bodies in files of their own were not found.
    """

    kind: Final = "HAR"
    list_name: Final = ENTRIES
    has_authorization: Final = True
    changed: Final = 0

    def __init__(self, path: Path, limits: HarLimits = LIMITS) -> None:
        self._path = path
        self._limits = limits
        self.repaired = False
        self.missing = 0

    def entries(self) -> Iterator[LogHead | RawEntry]:
        """Iterate over the entries in file order, and finally the `LogHead`.

        Raises:
            HarError: The file cannot be read, is not a HAR, or exceeds the limits; names file and place.
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

    def _read(self, *, repair: bool) -> Iterator[LogHead | RawEntry]:
        reading = EntryBuilder(self._limits)
        try:
            with open_packed(self._path) as packed:
                yield from self._parsed(packed, reading, repair=repair)
        except OSError as error:
            raise unreadable(self._path, error) from error
        except HarError as error:
            error.where = error.where or (reading.where if reading.began else "")
            error.found_in(str(self._path))
            raise
        except (ijson.JSONError, ValueError, RecursionError, OverflowError):
            # The parser's message may quote secrets of the file.
            other = self._other_kind()
            if other:
                raise _NoJsonError(other, file=str(self._path)) from None
            problem = "this is not JSON, or it is broken or cut off from here on; export the HAR again"
            raise _NoJsonError(problem, reading.where, str(self._path)) from None
        if not reading.found_list:
            raise UnreadableHarError("the file is not a HAR: it has no list `log.entries`", file=str(self._path))
        yield LogHead(**reading.head)

    def _other_kind(self) -> str:
        """What the file is, if its first bytes show that it was never a HAR; else empty."""
        with open_packed(self._path) as packed:
            start = packed.file.read(len(_CASSETTE))
        if not start:
            return "the file is empty; export the HAR again"
        return "this is a cassette of wiretape: use it as it is" if start == _CASSETTE else ""

    def _parsed(self, packed: Packed, reading: EntryBuilder, *, repair: bool) -> Iterator[RawEntry]:
        utf8 = AsUtf8(packed.file)
        # A repair drops control characters: without a bound below, a file of them (or an archive) would never end.
        raw = BoundedFile(utf8, self._limits.file_bytes, self._limits.token_bytes)
        bounded = BoundedFile(Repaired(raw), self._limits.file_bytes, self._limits.token_bytes) if repair else raw
        # Not `ijson.parse`: its prefixes of deeply nested values fill the memory.
        at = -1
        for event, value in ijson.basic_parse(bounded, buf_size=CHUNK, use_float=True):
            if at != bounded.size:  # once for the many events of one chunk
                at = bounded.size
                raw.moved()
                bounded.moved()
            built = reading.take(event, value, at)
            if built is not None:
                yield built

    def with_files(self, raw: RawEntry) -> RawEntry:
        """The entry with the bodies that Playwright stores in files beside the HAR, or in the same zip."""
        changes = {half: body for half, key in _BODIES if (body := self._body(raw, half, key)) is not None}
        if not changes:
            return raw
        return replace(raw, value={**cast("dict[str, object]", raw.value), **changes})

    def _body(self, raw: RawEntry, half: str, key: str) -> dict[str, object] | None:
        """The request or response with its body read from a file; None if it names no file."""
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


def open_har(path: Path, limits: HarLimits = LIMITS) -> OpenedHar:
    """Open a HAR file lazily: plain, zipped (``.har.zip``) or compressed (``.zhar``)."""
    return OpenedHar(path, limits)


class _NoJsonError(UnreadableHarError):
    """The file is not strictly JSON; the reader then repairs it, or reports this error."""


def _object(value: object, key: str) -> dict[str, object]:
    found = cast("dict[str, object]", value).get(key) if isinstance(value, dict) else None
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}
