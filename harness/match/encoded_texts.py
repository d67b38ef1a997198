"""`opened_base64`: what a string says that is base64 of JSON or of an e-mail, to be compared by its meaning."""

from __future__ import annotations

import re
from typing import Final

from harness.framing.json_values import NOT_JSON, parse_json
from harness.match.placeholders import decoded, without_filling
from harness.match.protocol_ids import is_mime

_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_JSON: Final = ("ey", "ew", "e3", "W1", "Wy", "WD")
"""How base64 of JSON begins: ``{`` or ``[``, and a quote, a space, a line's end or a bracket."""
_MOST: Final = 1_000_000


def opened_base64(text: str) -> object | None:
    """The JSON object or array, or the text of an e-mail, of which a string is the base64; None if of neither."""
    if len(text) > _MOST or _RUN.fullmatch(text) is None:
        return None
    plain = decoded(text)
    if plain is None:
        return None
    if text.startswith(_JSON):
        value = parse_json(without_filling(plain).encode("latin-1"))
        return value if value is not NOT_JSON and isinstance(value, (dict, list)) else None
    return without_filling(plain) if is_mime(plain) else None
