"""The steps of a stub's socket, and how a client's message is compared with the expected one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from fake_server.stage import How
from harness.calls import decoded
from harness.stubs.events import as_json
from harness.stubs.values import ABSENT, Like, ValueDifference, Words, differences
from provider.websocket import Message, Opcode

Expected: TypeAlias = Any
"""str and bytes compare whole; dict and list as JSON; `like` and regular expressions describe a text; or a function."""
Sendable: TypeAlias = Any
"""str, bytes, a JSON value, or a function of the client's last message that returns one of these."""
_RECEIVED: Final = re.compile(r"\{\{ *received((?:\.[A-Za-z0-9_$-]+)*) *\}\}")


@dataclass(frozen=True, slots=True)
class ExpectStep:
    """Step of a stub's socket: wait for a message of the client, which must be the expected one."""

    message: Expected


@dataclass(frozen=True, slots=True)
class SendStep:
    """Step of a stub's socket: send a message."""

    message: Sendable


@dataclass(frozen=True, slots=True)
class WaitStep:
    """Step of a stub's socket: pause for a number of seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class CloseStep:
    """Step of a stub's socket: send a close frame."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class CutStep:
    """Step of a stub's socket: end the connection without a close frame."""

    how: How


Step: TypeAlias = ExpectStep | SendStep | WaitStep | CloseStep | CutStep


def mismatch(expected: Expected, message: Message) -> Iterator[ValueDifference]:
    """How a client's message differs from what a stub expects next, secrets unmasked; nothing if it fits."""
    if callable(expected):
        if not expected(decoded(message)):
            yield ValueDifference(
                "message", Words(f"{getattr(expected, '__name__', 'it')} to return True"), Words("False")
            )
        return
    if isinstance(expected, bytes):
        actual: object = message.data if message.opcode == Opcode.BINARY else ABSENT
    elif isinstance(expected, (str, Like, re.Pattern)):
        actual = message.data.decode("utf-8", "replace") if message.opcode == Opcode.TEXT else ABSENT
    else:
        actual = decoded(message)
    yield from differences("message", expected, actual)


def made(sendable: Sendable, last: Message | None) -> Message:
    """The message to send for a stub's step.

    Args:
        sendable: See `Sendable`.
        last: The client's last message.

    Raises:
        StubError: It cannot be sent.
    """
    value: object = sendable
    if callable(sendable):
        value = sendable(None if last is None else decoded(last))
    if isinstance(value, (bytes, bytearray)):
        return Message(Opcode.BINARY, bytes(value))
    return Message(Opcode.TEXT, (value if isinstance(value, str) else as_json(value)).encode("utf-8", "replace"))


def template(value: object) -> Callable[[object], object]:
    """A function that puts the values of the client's last message into a value of a file.

    A text that is ``{{received.id}}`` as a whole becomes the value of that field, whatever its type.
    """

    def fill(received: object) -> object:
        return _filled(value, received)

    return fill


def has_placeholders(value: object) -> bool:
    """Whether `template` would change a value."""
    if isinstance(value, str):
        return _RECEIVED.fullmatch(value) is not None
    if isinstance(value, dict):
        return any(map(has_placeholders, cast("dict[str, object]", value).values()))
    return isinstance(value, list) and any(map(has_placeholders, cast("list[object]", value)))


def _filled(value: object, received: object) -> object:
    if isinstance(value, str):
        found = _RECEIVED.fullmatch(value)
        return value if found is None else _at(received, found[1].split(".")[1:])
    if isinstance(value, dict):
        return {name: _filled(inner, received) for name, inner in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_filled(inner, received) for inner in cast("list[object]", value)]
    return value


def _at(value: object, names: Sequence[str]) -> object:
    for name in names:
        if isinstance(value, dict):
            value = cast("dict[str, object]", value).get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(cast("list[object]", value)):
            value = cast("list[object]", value)[int(name)]
        else:
            return None
    return value
