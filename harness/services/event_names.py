"""Names of events by a place that a profile names: ``message.type``, ``message[0]``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

_GRAMMAR: Final = re.compile(r"message(?:\.[^.\[\]\s*]+|\[\d+\])+")
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_PACKET: Final = re.compile(rb"\d+(?:-)?(?:/[^,]*,)?\d*(?=[\[{])")
"""What stands before the JSON of a socket.io packet: types, attachments, namespace, id."""
_LARGEST: Final = 4 * 1024 * 1024
EventName = Callable[[bytes], str | None]


def is_event_place(place: str) -> bool:
    """Whether a text is the notation of a single place in a message: ``message.type`` or ``message[0]``."""
    return _GRAMMAR.fullmatch(place) is not None


def event_name_at(place: str) -> EventName:
    """The function that returns the name of a message's event.

    Args:
        place: The name's place, in a message that is JSON, a JSON record, or a socket.io packet.
    """
    steps = tuple(int(at) if at else name for name, at in _STEP.findall(place))

    def name_of(raw: bytes) -> str | None:
        value = _parsed(raw)
        for step in steps:
            if isinstance(step, int) and isinstance(value, list) and step < len(cast("Sequence[object]", value)):
                value = cast("Sequence[object]", value)[step]
            elif isinstance(step, str) and isinstance(value, dict):
                value = cast("Mapping[str, object]", value).get(step)
            else:
                return None
        return value if isinstance(value, str) and value else None

    return name_of


def _parsed(raw: bytes) -> object:
    if len(raw) > _LARGEST:
        return None
    text = raw.partition(b"\x1e")[0]
    packet = _PACKET.match(text)
    try:
        return json.loads(text[packet.end() :] if packet else text)
    except (ValueError, RecursionError):
        return None
