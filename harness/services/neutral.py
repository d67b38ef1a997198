"""The neutral profile: for services that no profile describes."""

from __future__ import annotations

from typing import Final

import msgspec

from harness.profile import ServiceProfile
from harness.services.common import SECRET_FIELDS, SECRET_HEADERS, SECRET_QUERY


class _Named(msgspec.Struct):
    """The fields in which services name an event."""

    event: object = None
    type: object = None
    method: object = None
    op: object = None


_DECODE = msgspec.json.Decoder(_Named).decode


def event_name(raw: bytes) -> str | None:
    """The name of a JSON message: its first text of ``event``, ``type``, ``method`` (JSON-RPC) and ``op``."""
    if not raw.lstrip(b" \t\r\n").startswith(b"{"):
        return None
    try:
        found = _DECODE(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    for name in (found.event, found.type, found.method, found.op):
        if isinstance(name, str) and name:
            return name
    return None


NEUTRAL: Final = ServiceProfile(
    name="neutral",
    upstream="",
    secret_headers=SECRET_HEADERS,
    secret_query=SECRET_QUERY,
    secret_fields=SECRET_FIELDS,
    event_name=event_name,
    moving_fields=frozenset({"expireson"}),
)
