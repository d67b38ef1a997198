"""The look of an email address, and where it begins; apart from the other looks, which a replay does not need."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from harness.redact.views import View

_FILE_ENDINGS: Final = rb"(?:png|jpe?g|gif|svg|webp|ico|avif|mp[34]|m?js|mjs|ts|css|html?|json|xml|pdf|txt|md|py)"
"""File suffixes after ``name@2x.`` and ``package@latest.``, which are not top-level domains."""
ADDRESS: Final = (
    rb"(?<![\\%A-Za-z0-9._+-])[A-Za-z0-9._+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}(?!"
    + _FILE_ENDINGS
    + rb"\b)[A-Za-z]{2,24}\b"
)
"""Regular expression of an address, for bytes."""
_IN_PAIR: Final = re.compile(rb"(?:^|[?&])[\w.~%\[\]-]{1,80}=[^&\s\"'<>]*$")


def start_of_address(view: View, start: int, end: int, data: bytes) -> int:
    """Where an e-mail address in a query or form begins: ``write+to+a@b.example`` is three words."""
    at = view.data.rfind(b"+", start, end)
    while at >= 0:
        origin = view.span(at, at + 1)[0]
        if data[origin : origin + 1] == b"+" and _IN_PAIR.search(view.data, max(0, start - 400), at):
            return at + 1
        at = view.data.rfind(b"+", start, at)
    return start
