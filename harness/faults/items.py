"""Events and messages as faults see them: their payload, their JSON, and how to make another one of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeAlias

from harness.faults.acts import Item
from provider.websocket import Message, Opcode

Document: TypeAlias = Any
_MISSING: Final = object()


class Items(Protocol[Item]):
    """Reads and changes items of one kind: WebSocket messages, events of SSE, or lines and chunks."""

    def payload(self, item: Item) -> bytes:
        """The data inside, without framing."""
        ...

    def rebuilt(self, item: Item, payload: bytes) -> Item:
        """The same item with other data."""
        ...

    def name(self, item: Item) -> str:
        """The event's name; empty if the framing has none."""
        ...

    def joined(self, first: Item, second: Item) -> Item:
        """One item with the data of two."""
        ...

    def new(self, payload: bytes) -> Item:
        """An item with this data."""
        ...


class Messages:
    """The messages of a WebSocket, as items."""

    def payload(self, item: Message) -> bytes:
        """The data of an item, without framing; see `Items.payload`."""
        return item.data

    def rebuilt(self, item: Message, payload: bytes) -> Message:
        """The same item with other data; see `Items.rebuilt`."""
        return Message(item.opcode, payload)

    def name(self, item: Message) -> str:
        """The event's name, or an empty text; see `Items.name`."""
        del item
        return ""

    def joined(self, first: Message, second: Message) -> Message:
        """One item with the data of two; see `Items.joined`."""
        return Message(first.opcode, first.data + second.data)

    def new(self, payload: bytes) -> Message:
        """An item with this data; see `Items.new`."""
        return Message(Opcode.TEXT, payload)


_DATA: Final = re.compile(rb"^data: ?(.*?)(\r\n|\r|\n|\Z)", re.MULTILINE)
_EVENT: Final = re.compile(rb"^event: ?([^\r\n]*)", re.MULTILINE)


class SseEvents:
    """Events of ``text/event-stream``, each with the empty line at its end."""

    def payload(self, item: bytes) -> bytes:
        """The data of an item, without framing; see `Items.payload`."""
        return b"\n".join(found[1] for found in _DATA.finditer(item))

    def rebuilt(self, item: bytes, payload: bytes) -> bytes:
        """The same item with other data; see `Items.rebuilt`."""
        found = list(_DATA.finditer(item))
        lines = b"".join(b"data: " + line + b"\n" for line in payload.split(b"\n"))
        if not found:
            return item
        end = found[-1].end() if found[-1][2] else len(item)
        return item[: found[0].start()] + lines + item[end:]

    def name(self, item: bytes) -> str:
        """The event's name, or an empty text; see `Items.name`."""
        found = _EVENT.search(item)
        return "" if found is None else found[1].decode("utf-8", "replace").strip()

    def joined(self, first: bytes, second: bytes) -> bytes:
        """One item with the data of two; see `Items.joined`."""
        return first.rstrip(b"\r\n") + b"\n" + second

    def new(self, payload: bytes) -> bytes:
        """An item with this data; see `Items.new`."""
        return b"".join(b"data: " + line + b"\n" for line in payload.split(b"\n")) + b"\n"


class LinesOrChunks:
    """The lines of an NDJSON body, or the chunks of any other body, as items."""

    def payload(self, item: bytes) -> bytes:
        """The data of an item, without framing; see `Items.payload`."""
        return item.rstrip(b"\r\n")

    def rebuilt(self, item: bytes, payload: bytes) -> bytes:
        """The same item with other data; see `Items.rebuilt`."""
        return payload + item[len(item.rstrip(b"\r\n")) :]

    def name(self, item: bytes) -> str:
        """The event's name, or an empty text; see `Items.name`."""
        del item
        return ""

    def joined(self, first: bytes, second: bytes) -> bytes:
        """One item with the data of two; see `Items.joined`."""
        return first.rstrip(b"\r\n") + second

    def new(self, payload: bytes) -> bytes:
        """An item with this data; see `Items.new`."""
        return payload + b"\n"


def document(payload: bytes) -> Document | None:
    """The parsed JSON of a payload; None if the payload is not JSON."""
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def is_where(name: str, payload: bytes, field: str, value: str) -> bool:
    """Whether an item has a field (a path into its JSON; ``event`` is the SSE event's name) with that value."""
    if field == "event" and name:
        return name == value
    found = _at(document(payload), field.split("."))
    return found is not _MISSING and (found == value or json.dumps(found) == value)


def changed(payload: bytes, field: str, to: str) -> bytes | None:
    """The payload with another value of a field; None if it has no such field."""
    try:
        value = json.loads(to)
    except (ValueError, RecursionError):
        value = to
    return _edited(payload, field, lambda owner, key: owner.__setitem__(key, value))


def without(payload: bytes, field: str) -> bytes | None:
    """The payload without a field; None if it has no such field."""
    return _edited(payload, field, lambda owner, key: owner.__delitem__(key))


def _edited(payload: bytes, field: str, edit: Callable[[Any, Any], object]) -> bytes | None:
    whole = document(payload)
    *path, last = field.split(".")
    owner = _at(whole, path)
    if _at(owner, [last]) is _MISSING:
        return None
    edit(owner, int(last) if isinstance(owner, list) else last)
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _at(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return _MISSING
    return value
