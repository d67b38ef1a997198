"""Which line of a service on a socket replies to which call of the client, by the number that both have.

A call that runs beside others is answered for itself: its reply waits for that call alone, not for those that other
tasks of the client happened to send before the reply came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, cast

import msgspec

from harness.cassette.model import Line
from harness.framing.json_values import parse_json
from harness.match.counters import call_number

_REPLIES: Final = (
    ("id", "id"), ("requestId", "requestId"), ("req_id", "req_id"), ("callId", "callId"), ("call_id", "call_id"),
    ("msgId", "msgId"), ("msg_id", "msg_id"), ("cid", "rid"), ("seq", "request_seq"),
)  # fmt: skip
"""Name of a field with the number of a call -> the one in which the service replies with it."""
_NONE: Final = {b"2": frozenset({"result", "error"}), b"3": frozenset({"method"})}
"""Fields that neither a call nor a reply has: JSON-RPC's peers call each other, each with numbers of its own."""
_ACKNOWLEDGED: Final = re.compile(rb"4([23])(?:(/[^,\"\[]{0,60}),)?(\d{1,9})\[")
"""An event of socket.io that asks for an acknowledgement (2), or that acknowledgement (3)."""


def find_own_replies(sent: Sequence[bytes], received: Sequence[bytes]) -> dict[int, int]:
    """The lines of a service that reply to one call of the client each.

    A number that two calls have, or two lines of the service, as those of a subscription, tells nothing.

    Args:
        sent: The client's messages.
        received: The service's lines.

    Returns:
        Number of a line, from 0 -> number of the call, from 0.
    """
    calls = _unique((_called(data) for data in sent), frozenset())
    if len(calls) < 2:
        return {}
    replies = _unique((_replied(data) for data in received), calls.keys())
    return {line: calls[number] for number, line in replies.items()}


def gated_by_calls(
    gates: list[int], calls: Mapping[int, int], sent: Sequence[int], received: Sequence[int]
) -> list[int]:
    """Let each reply wait for its own call alone, not for the calls that were sent beside it.

    Args:
        gates: For each line of the service, the number of the client's messages that it waits for; never decreases.
        calls: Place in the recording of a reply -> that of its call.
        sent: Places of the client's messages, in the order of this client.
        received: Places of the lines of the service.
    """
    if not calls:
        return gates
    numbers = {place: number for number, place in enumerate(sent)}
    found = [0]
    for gate, place in zip(gates, received, strict=True):
        own = numbers[calls[place]] + 1 if place in calls else gate
        found.append(max(found[-1], min(own, gate)))
    return found[1:]


def move_reply(
    lines: list[Line], original: list[int], calls: Mapping[int, int], call: int, held: int, earlier: int
) -> None:
    """Move the reply to a call that came early in front of the lines that have to wait.

    Args:
        lines: Of the socket, in the order of this client; changed in place.
        original: Place of each in the recording; changed in place.
        calls: Place in the recording of a reply -> that of its call.
        call: Position of the call in ``lines``.
        held: Place in the recording of the first line of the service that has to wait.
        earlier: By how many microseconds the call came earlier, which its reply does, too.
    """
    replies = [reply for reply, its in calls.items() if its == original[call]]
    if not replies:
        return
    position, target = original.index(replies[0]), original.index(held)
    if target < position:
        reply = lines.pop(position)
        lines.insert(target, msgspec.structs.replace(reply, time=reply.time - earlier))
        original.insert(target, original.pop(position))


def _unique(numbers: Iterable[frozenset[str]], known: Iterable[str]) -> dict[str, int]:
    """Number of a call -> the only message that has it; of those that are known, if any are."""
    wanted = frozenset(known)
    found: dict[str, int | None] = {}
    for at, each in enumerate(numbers):
        for number in each & wanted if wanted else each:
            found[number] = None if number in found else at
    return {number: at for number, at in found.items() if at is not None}


def _called(data: bytes) -> frozenset[str]:
    return _numbers(data, lambda pair: pair[0], b"2")


def _replied(data: bytes) -> frozenset[str]:
    return _numbers(data, lambda pair: pair[1], b"3")


def _numbers(data: bytes, name_of: Callable[[tuple[str, str]], str], kind: bytes) -> frozenset[str]:
    """The numbers of one message, each with the place where it stands."""
    if (packet := _ACKNOWLEDGED.match(data)) is not None:
        return frozenset({f"ack {packet[2]} {packet[3]}"} if packet[1] == kind else ())
    if data[:1] not in {b"{", b"["}:
        return frozenset()
    value: object = parse_json(data)
    found = {"number": call_number(value)}
    if isinstance(value, dict):
        message = cast("dict[str, object]", value)
        if message.keys() & _NONE[kind]:
            return frozenset()
        found |= {pair[0]: message[name_of(pair)] for pair in _REPLIES if name_of(pair) in message}
    return frozenset(f"{name} {number!r}" for name, number in found.items() if _is_number(number))


def _is_number(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and 0 < len(value) <= 64)
