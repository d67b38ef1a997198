"""Decoding a tagged union of messages, with room for names that nobody knows yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from provider.wire.errors import MalformedEventError
from provider.wire.names import event_name

Known = TypeVar("Known")
Unknown = TypeVar("Unknown")


class Vocabulary(Generic[Known, Unknown]):
    """The messages that one side may send, by the name in their key ``event``.

    Attributes:
        names: The names that have a struct.
    """

    def __init__(self, union: Any, unknown: Callable[[str, str], Unknown], sender: str) -> None:
        """``union`` holds the structs; ``unknown`` makes the value for any other name; ``sender`` is for errors."""
        self.names = frozenset(str(kind.__struct_config__.tag) for kind in union.__args__)
        self._decode: Callable[[bytes | str], Known] = msgspec.json.Decoder(union).decode
        self._unknown = unknown
        self._sender = sender

    def decode(self, raw: bytes | str) -> Known | Unknown:
        """One text message as a value.

        Raises:
            MalformedEventError: It is not one JSON object with a string ``event``, or a known one has a wrong shape;
                ``path`` says where.
        """
        try:
            return self._decode(raw)
        except msgspec.ValidationError as error:
            return self._unknown_or_raise(raw, error)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise MalformedEventError(f"A message of the {self._sender} is not JSON") from error

    def _unknown_or_raise(self, raw: bytes | str, cause: msgspec.ValidationError) -> Unknown:
        name = event_name(raw)
        if name not in self.names:
            return self._unknown(name, raw if isinstance(raw, str) else raw.decode())
        reason, _, place = str(cause).partition(" - at ")
        path = place.strip("`") or "$"
        if "missing required field" in reason:
            path += "." + reason.split("`")[1]
        what = f"`{name}` of the {self._sender} is malformed at {path}: {reason}"
        raise MalformedEventError(what, event=name, path=path) from cause
