"""Decodes a tagged union of messages; unknown names have a value of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

import msgspec

from provider.wire.errors import MalformedEventError, escaped
from provider.wire.surrogates import whole_strings


class _Name(msgspec.Struct, frozen=True):
    event: str


_decoder = msgspec.json.Decoder(_Name)


def event_name(raw: bytes | str) -> str:
    """Return the value of ``event`` in a message.

    Raises:
        MalformedEventError: The message is not a JSON object with a string ``event``.
    """
    try:
        return _decoder.decode(raw).event
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise MalformedEventError(
            "A message is not a JSON object with a string field `event`", path="$.event"
        ) from error


Known = TypeVar("Known")
Unknown = TypeVar("Unknown")
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_NONE: Final[frozenset[str]] = frozenset()


class MessageDecoder(Generic[Known, Unknown]):
    """Decodes the messages of one side, by their key ``event``.

    Attributes:
        names: The names with a struct.
    """

    def __init__(
        self, union: Any, unknown: Callable[[str, str], Unknown], sender: str, *, cut: frozenset[str] | None = None
    ) -> None:
        """Make a decoder.

        Args:
            union: The structs.
            unknown: Makes the value for an unknown name, from the name and the whole text.
            sender: The side that sends these messages, for errors.
            cut: Keys whose strings may begin or end with half a character, which is kept. Elsewhere U+FFFD replaces
                a half. None rejects all messages with halves.
        """
        self._union = union
        self._cut = cut
        self.names = frozenset(str(kind.__struct_config__.tag) for kind in union.__args__)
        self._decode: Callable[[bytes | str], Known] = msgspec.json.Decoder(union).decode
        self._unknown = unknown
        self._sender = sender

    def decode(self, raw: bytes | str) -> Known | Unknown:
        """Decode one text message.

        Raises:
            MalformedEventError: It is not a JSON object with a string ``event``, or a known message has a wrong shape;
                ``path`` says where.
        """
        try:
            return self._decode(raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            cause = error
        try:
            if self._cut is not None and _SURROGATE.search(raw if isinstance(raw, bytes) else raw.encode()):
                return self._decode_halves(raw, self._cut)
            return self._unknown_or_raise(raw, raw, cause)
        except (ValueError, RecursionError) as error:
            if isinstance(error, MalformedEventError):
                raise
            raise MalformedEventError(f"A message of the {self._sender} is not JSON") from error

    def _decode_halves(self, raw: bytes | str, cut: frozenset[str]) -> Known | Unknown:
        """A message that is JSON, and cannot be UTF-8: a string of it holds half a character."""
        value = whole_strings(json.loads(raw), cut=cut)
        try:
            return msgspec.convert(value, self._union)
        except msgspec.ValidationError as error:
            return self._unknown_or_raise(raw, msgspec.json.encode(whole_strings(value, cut=_NONE)), error)

    def _unknown_or_raise(self, raw: bytes | str, readable: bytes | str, cause: Exception) -> Unknown:
        if not isinstance(cause, msgspec.ValidationError):
            raise cause
        name = event_name(readable)
        if name not in self.names:
            return self._unknown(name, raw if isinstance(raw, str) else raw.decode())
        reason, _, place = str(cause).partition(" - at ")
        path = escaped(place.strip("`") or "$")
        if "missing required field" in reason:
            path += "." + reason.split("`")[1]
        what = f"`{name}` of the {self._sender} is malformed at {path}: {escaped(reason)}"
        raise MalformedEventError(what, event=name, path=path) from cause
