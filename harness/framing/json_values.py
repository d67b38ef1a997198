"""`parse_json`: the JSON object or array of a message or body."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec


class _NotJson:
    def __repr__(self) -> str:
        return "(no JSON)"


NOT_JSON: Final = _NotJson()
"""What `parse_json` returns for a text that is not an object or array of JSON."""

_decode = msgspec.json.Decoder().decode
_OPENINGS = (b"{", b"[")


def parse_json(raw: bytes) -> Any:
    """The JSON object or array of a text; `NOT_JSON` for any other text, including scalars, which compare as text."""
    if not raw.lstrip(b" \t\r\n").startswith(_OPENINGS):
        return NOT_JSON
    try:
        return _decode(raw)
    except RecursionError:
        return NOT_JSON
    except (msgspec.DecodeError, UnicodeError):
        return _parse_tolerantly(raw)


def _parse_tolerantly(raw: bytes) -> Any:
    # Lone surrogates, escaped, are legal JSON that msgspec refuses.
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return NOT_JSON
