"""The name of a message, without reading the rest of it."""

from __future__ import annotations

import msgspec

from provider.wire.errors import MalformedEventError


class _Name(msgspec.Struct, frozen=True):
    event: str


_decoder = msgspec.json.Decoder(_Name)


def event_name(raw: bytes | str) -> str:
    """The string in a message's key ``event``.

    Raises:
        MalformedEventError: It is not one JSON object that has one.
    """
    try:
        return _decoder.decode(raw).event
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise MalformedEventError("A message has no string `event`", path="$.event") from error
