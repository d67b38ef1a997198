"""The faults of a socket's messages and frames (RFC 6455 §5)."""

from __future__ import annotations

from typing import Final

from fake_server.host.frames import encode_frame, encode_message
from harness.faults import item_faults
from harness.faults.acts import Act, Acts, EndConnection, Finish, Put, Write
from harness.faults.plan import ArmedRule
from harness.faults.sequence import FaultySequence, Handlers
from provider.websocket import Message, Opcode, encode_close

_RESERVED_CODE: Final = (1005).to_bytes(2, "big")
_BAD_CLOSES: Final = {"code": _RESERVED_CODE, "byte": b"\x03", "utf8": b"\x03\xe8\xff\xfe"}
_FORBIDDEN: Final = {
    "reserved": b"\xc1\x01x",
    "opcode": b"\x83\x01x",
    "masked": b"\x81\x81\x00\x00\x00\x00x",
    "long-ping": b"\x89\x7e\x00\x7e" + b"x" * 126,
    "split-ping": b"\x09\x01x",
    "length": b"\x81\x7f\x40\x00\x00\x00\x00\x00\x00\x00",
}
"""Frames that a server may not send: RFC 6455 §5.1 (mask), §5.2 (reserved bits, opcodes, length), §5.5 (control)."""
_NO_UTF8: Final = b"\xc3\x28"

Run = FaultySequence[Message]


def _close(armed: ArmedRule) -> Acts[Message]:
    values = armed.rule.parameters
    return (Finish(encode_close(int(values["code"]), str(values["reason"]))),)


def _bad_close(armed: ArmedRule) -> Acts[Message]:
    payload = _BAD_CLOSES[str(armed.rule.parameters["kind"])]
    return (Write(encode_frame(Opcode.CLOSE, payload)), EndConnection("eof"))


def _after_close(_: Run, __: ArmedRule, item: Message) -> Acts[Message]:
    return (Write(encode_frame(Opcode.CLOSE, encode_close(1000))), Write(encode_message(item)), EndConnection("eof"))


def _cut_frame(_: Run, __: ArmedRule, item: Message) -> Acts[Message]:
    frame = encode_message(item)
    return (Write(frame[: max(1, len(frame) // 2)]), EndConnection("eof"))


def _cut_fragments(_: Run, __: ArmedRule, item: Message) -> Acts[Message]:
    begun = encode_frame(item.opcode, item.data[: len(item.data) // 2], final=False)
    return (Write(begun), EndConnection("eof"))


def _fragment(_: Run, armed: ArmedRule, item: Message) -> Acts[Message] | None:
    if item.opcode not in (Opcode.TEXT, Opcode.BINARY):
        return None
    parts = int(armed.rule.parameters["count"])
    size = max(1, -(-len(item.data) // parts))
    pieces = [item.data[at : at + size] for at in range(0, len(item.data), size)] or [b""]
    frames = [encode_frame(item.opcode, pieces[0], final=False), encode_frame(0, b"", final=False)]
    frames.append(encode_frame(Opcode.PING, b"between"))
    frames += [encode_frame(0, piece, final=False) for piece in pieces[1:]]
    return (Write(b"".join(frames) + encode_frame(0, b"")),)


def _frame(_: Run, armed: ArmedRule, item: Message) -> Acts[Message]:
    return (Write(_FORBIDDEN[str(armed.rule.parameters["kind"])]), Put(item))


def _not_utf8(_: Run, __: ArmedRule, item: Message) -> Acts[Message]:
    return (Put(Message(Opcode.TEXT, item.data + _NO_UTF8)),)


def _retype(_: Run, __: ArmedRule, item: Message) -> Acts[Message] | None:
    other = {Opcode.TEXT: Opcode.BINARY, Opcode.BINARY: Opcode.TEXT}.get(item.opcode)
    return None if other is None else (Put(Message(other, item.data)),)


def _ping_flood(_: Run, armed: ArmedRule, item: Message) -> Acts[Message]:
    pings = [Write(encode_frame(Opcode.PING, b"%d" % n)) for n in range(int(armed.rule.parameters["count"]))]
    acts: list[Act[Message]] = [*pings, Put(item)]
    return acts


def _slice(_: Run, armed: ArmedRule, item: Message) -> Acts[Message]:
    size = int(armed.rule.parameters["size"])
    frame = encode_message(item)
    return [Write(frame[at : at + size]) for at in range(0, len(frame), size)]


def _stray(armed: ArmedRule) -> Acts[Message]:
    return (Put(Message(Opcode.TEXT, str(armed.rule.parameters["text"]).encode())),)


MESSAGE_HANDLERS: Final[Handlers[Message]] = Handlers(
    at={
        **item_faults.AT,
        "after-close": _after_close,
        "cut-frame": _cut_frame,
        "cut-fragments": _cut_fragments,
        "fragment": _fragment,
        "frame": _frame,
        "not-utf8": _not_utf8,
        "retype": _retype,
        "ping-flood": _ping_flood,
        "slice": _slice,
    },
    between={**item_faults.BETWEEN, "close": _close, "bad-close": _bad_close, "stray": _stray},
)
