"""Repairs almost-JSON while it is read.

Some exporters write unescaped texts and numbers that JSON does not have, or append bytes to the file. Their meaning is
plain. Truncated or wrongly nested JSON stays as it is, and the parser refuses it.
"""

from __future__ import annotations

import re
from typing import Final, Protocol

_CHUNK: Final = 64 * 1024
_LONGEST: Final = 64
"""Bytes; longer than any word or escape below."""
_OUTSIDE: Final = re.compile(
    rb'"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+|[A-Za-z_+-][A-Za-z_+-]*(?![0-9])|[0-9]{19,}(?![0-9.eE])|,(?=\s*[\]}])'
)
_WITHIN: Final = re.compile(rb'"|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}|)|[\x00-\x1f]')
_NUMBERS: Final = frozenset({b"NaN", b"-NaN", b"Infinity", b"-Infinity", b"+Infinity", b"undefined", b"None", b"nan"})
_ESCAPES: Final = {b"\n": b"\\n", b"\r": b"\\r", b"\t": b"\\t"}


class _Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class Repaired:
    """A file of JSON in UTF-8, repaired.

    In texts, control characters and stray backslashes are escaped. Outside texts, control characters and commas before
    a closing bracket are dropped, ``NaN``, infinities and ``undefined`` become ``null``, and integers above 64 bits
    become floats.
    """

    def __init__(self, file: _Readable) -> None:
        self._file = file
        self._rest = b""
        self._ready = b""
        self._within = False
        self._is_over = False

    def read(self, size: int = _CHUNK) -> bytes:
        """Read up to ``size`` bytes; empty at the end."""
        while not self._ready and not self._is_over:
            chunk = self._file.read(_CHUNK)
            self._is_over = not chunk
            self._ready = self._repaired(self._rest + chunk)
        given, self._ready = self._ready[:size], self._ready[size:]
        return given

    def _repaired(self, data: bytes) -> bytes:
        """Repair all but the last bytes, whose continuation is not read yet."""
        safe = len(data) if self._is_over else len(data) - _LONGEST
        parts: list[bytes] = []
        at = 0
        while at < safe:
            pattern = _WITHIN if self._within else _OUTSIDE
            found = pattern.search(data, at)
            if found is None or found.start() >= safe:
                parts.append(data[at : max(at, safe)])
                at = max(at, safe)
                break
            parts += (data[at : found.start()], self._instead(found[0]))
            at = found.end()
        self._rest = data[at:]
        return b"".join(parts)

    def _instead(self, found: bytes) -> bytes:
        if found == b'"':
            self._within = not self._within
            return found
        if self._within:
            if found[0] < 0x20:
                return _ESCAPES.get(found) or b"\\u%04x" % found[0]
            return b"\\\\" if found == b"\\" else found
        if found in _NUMBERS:
            return b"null"
        if found.isdigit():
            return found + b"e0"  # the parser has no integers of that size
        return b"" if found[0] < 0x20 or found[0] == 0x7F or found == b"," else found
