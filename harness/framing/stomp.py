"""STOMP 1.0 to 1.2: a message of whole frames, taken apart.

A WebSocket message may hold several frames, or a part of one; line ends between frames are heartbeats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from harness.edits import Edit, apply
from harness.framing.fields import BLOB, Packet, PacketField, as_text

SUBPROTOCOLS: Final = re.compile(r"v1[0-2]\.stomp")
BEGINS: Final = re.compile(rb"(?:\r?\n)*(?:CONNECT|STOMP)\r?\n(?:[\w-]+:|\r?\n)")
_COMMANDS: Final = frozenset(
    {b"CONNECT", b"STOMP", b"CONNECTED", b"SEND", b"SUBSCRIBE", b"UNSUBSCRIBE", b"ACK", b"NACK", b"BEGIN", b"COMMIT",
     b"ABORT", b"DISCONNECT", b"MESSAGE", b"RECEIPT", b"ERROR"}
)  # fmt: skip
_EOL: Final = re.compile(rb"\r?\n")
_HEADER: Final = re.compile(rb"([^\r\n\0:]{1,1000}+):([^\r\n\0]*+)\r?\n")
_HEAD: Final = re.compile(rb"([A-Z]{3,11})\r?\n((?:%s)*)\r?\n" % _HEADER.pattern.replace(b"(", b"(?:"))
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_FIRST_LINE: Final = re.compile(rb"([^\r\n]*+)\r?\n")
_LENGTH_FIELD: Final = re.compile(rb"(?:^|\n)content-length:[ ]*(\d{1,12})[ ]*\r?\n")
_LENGTH: Final = "content-length"
_ESCAPES: Final = {"\\r": "\r", "\\n": "\n", "\\c": ":", "\\\\": "\\"}
_ESCAPE: Final = re.compile(r"\\[rnc\\]")
_CREDENTIALS: Final = frozenset({"login", "passcode"})
_CONNECTING: Final = frozenset({b"CONNECT", b"STOMP"})
_REPEATED: Final = {"receipt-id": "receipt", "subscription": "id"}
"""Header of the service -> header of the client whose value it repeats."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a frame's parts stand in the data."""

    command: str
    start: int
    headers: tuple[PacketField, ...]
    body: int
    end: int

    def header(self, name: str) -> PacketField | None:
        return next((each for each in self.headers if each.name == name), None)


def size_at(data: bytes, at: int) -> int:
    """The length of the frame, or the line end, at an offset; 0 if the data ends within it, -1 if it is neither."""
    if eol := _EOL.match(data, at):
        return eol.end() - at
    head = _HEAD.match(data, at)
    if head is None:
        line = _FIRST_LINE.match(data, at)
        is_begun = line is None or line[1] in _COMMANDS
        return 0 if is_begun and _BLANK_LINE.search(data, at) is None else -1
    if head[1] not in _COMMANDS:
        return -1
    end = _end_of_body(data, head)
    return 0 if end is None else end + 1 - at


def frames_of(data: bytes) -> tuple[Packet, ...]:
    """The frames of a message; empty unless it consists of whole frames, with line ends between them."""
    frames = _frames(data)
    return tuple(Packet(each.command, each.start, each.end, tuple(_fields(each, data))) for each in frames or ())


def id_pairs(recorded: bytes, actual: bytes) -> dict[bytes, bytes]:
    """The ids that a client chose and that differ in two messages of the same frames, by `id_key`."""
    found: dict[bytes, bytes] = {}
    for one, other in zip(_frames(recorded) or (), _frames(actual) or (), strict=False):
        for name in ("receipt", "id") if one.command == other.command == "SUBSCRIBE" else ("receipt",):
            ours, theirs = one.header(name), other.header(name)
            if ours is not None and theirs is not None and ours.value != theirs.value:
                found[id_key(name, ours.value)] = id_key(name, theirs.value)
    return found


def id_key(name: str, value: object) -> bytes:
    """How a table of counters names an id that a client chose.

    Args:
        name: The header: ``receipt``, or the ``id`` of a subscription.
        value: The id.
    """
    return f"stomp.{name}:{value}".encode("utf-8", "surrogatepass")


def with_ids(data: bytes, ids: Mapping[bytes, bytes]) -> bytes:
    """A message of the service with the ids of its client replaced: recorded -> actual, as `id_pairs` returns them."""

    def actual(name: str, value: object) -> str | None:
        found = ids.get(id_key(name, value))
        return None if found is None else found.removeprefix(id_key(name, "")).decode("utf-8", "surrogatepass")

    return _with_repeated(data, actual)


def without_ids(data: bytes) -> bytes:
    """A message of the service with 0 in place of each id of its client."""
    return _with_repeated(data, _zero)


def _zero(_name: str, _value: object) -> str:
    return "0"


def _with_repeated(data: bytes, change: Callable[[str, object], str | None]) -> bytes:
    edits: list[Edit] = []
    for frame in _frames(data) or ():
        for field in frame.headers:
            text = change(_REPEATED[field.name], field.value) if field.name in _REPEATED else None
            if text is not None:
                edits.append(Edit(field.start, field.end, _escaped(text)))
    return apply(data, edits).data if edits else data


def measured(data: bytes) -> bytes:
    """A single frame with the ``content-length`` of the body that it has; any other message unchanged."""
    head = _HEAD.match(data)
    if head is None or head[1] not in _COMMANDS or not data.endswith(b"\0"):
        return data
    size = b"%d" % (len(data) - 1 - head.end())
    for header in _HEADER.finditer(data, head.start(2), head.end(2)):
        if header[1] == _LENGTH.encode() and header[2].isdigit() and header[2] != size:
            return data[: header.start(2)] + size + data[header.end(2) :]
    return data


def _frames(data: bytes) -> list[_Frame] | None:
    """The frames of a message; None unless it consists of whole ones."""
    found: list[_Frame] = []
    at = 0
    while at < len(data):
        if eol := _EOL.match(data, at):
            at = eol.end()
            continue
        head = _HEAD.match(data, at)
        end = None if head is None or head[1] not in _COMMANDS else _end_of_body(data, head)
        if head is None or end is None:
            return None
        headers = tuple(_headers(data, head))
        found.append(_Frame(head[1].decode(), at, headers, head.end(), end + 1))
        at = end + 1
    return found


def _end_of_body(data: bytes, head: re.Match[bytes]) -> int | None:
    """Where the NUL behind a frame's body stands; None if it has not come."""
    start = head.end()
    length = _LENGTH_FIELD.search(head[2])
    if length is not None:
        end = start + int(length[1])
        if end >= len(data):
            return None
        if data[end] == 0:
            return end
    end = data.find(b"\0", start)  # also where a length is wrong, as that of a changed body may be
    return None if end < 0 else end


def _headers(data: bytes, head: re.Match[bytes]) -> Iterator[PacketField]:
    is_connecting = head[1] in _CONNECTING
    for header in _HEADER.finditer(data, head.start(2), head.end(2)):
        name, value = as_text(header[1]), as_text(header[2])
        # CONNECT and CONNECTED are not escaped, so that clients of version 1.0 may read them.
        if not is_connecting and head[1] != b"CONNECTED":
            name, value = _unescaped(name), _unescaped(value)
        secret = is_connecting and name in _CREDENTIALS
        yield PacketField(name, header.start(2), header.end(2), value, is_secret=secret)


def _fields(frame: _Frame, data: bytes) -> Iterator[PacketField]:
    """The headers, except the length, which the body shows, and the body."""
    seen: set[str] = set()
    for each in frame.headers:
        if each.name != _LENGTH and each.name not in seen:  # of repeated headers the first one counts
            seen.add(each.name)
            yield each
    end = frame.end - 1
    if end > frame.body:
        yield PacketField(BLOB, frame.body, end, as_text(data[frame.body : end]))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPES[found[0]], text) if "\\" in text else text


def _escaped(text: str) -> bytes:
    for raw, plain in (("\\\\", "\\"), ("\\r", "\r"), ("\\n", "\n"), ("\\c", ":")):
        text = text.replace(plain, raw)
    return text.encode("utf-8", "surrogatepass")
