"""The rows of the table of faults that strike sockets: their handshakes, their messages and their frames."""

from __future__ import annotations

from typing import Final

from harness.faults.parameters import any_text, header_text, number_within, one_of, seconds
from harness.faults.rows import parameter, row, row_between

HANDSHAKE_FAULTS: Final = (
    row("wrong-key", ("upgrade",), "the upgrade's accept key is wrong", "a cache"),
    row(
        "subprotocol",
        ("upgrade",),
        "the service chooses another subprotocol, or none",
        "a proxy that drops headers",
        parameter("name", header_text, "", "which one; empty for none"),
    ),
    row(
        "kick",
        ("upgrade",),
        "this socket is let in, and the open ones of the path are closed",
        "a service that allows one session",
        parameter("code", number_within(1000, 4999), 4001, "the close code"),
    ),
    row("ignore-close", ("upgrade",), "the client's close frame gets no answer", "a stuck service"),
    row(
        "slow-close",
        ("upgrade",),
        "the connection stays open for a time after both close frames",
        "a busy service, a proxy that keeps connections",
        parameter("for", seconds, None, "duration"),
    ),
    row("unread", ("upgrade",), "the service reads nothing and sends nothing", "back-pressure, a stuck service"),
    row("no-pong", ("upgrade",), "the client's pings get no pong", "a stuck service, a half-open connection"),
    row("wrong-pong", ("upgrade",), "the client's pings get pongs with another payload", "a service's bug"),
)
FRAME_FAULTS: Final = (
    row_between(
        "close",
        ("message",),
        "the service closes the socket",
        "a restart (1012), going away (1001), a policy (1008), an error (1011)",
        parameter("code", number_within(1000, 4999), 1011, "the code"),
        parameter("reason", any_text, "", "the reason"),
    ),
    row_between(
        "bad-close",
        ("message",),
        "a close frame that RFC 6455 forbids",
        "a service's bug",
        parameter(
            "kind", one_of("code", "byte", "utf8"), "code", "a reserved code, one byte, or a reason that is no UTF-8"
        ),
    ),
    row_between(
        "stray",
        ("message",),
        "a message comes that the client did not ask for, or not yet",
        "an answer before its request: a race in the service",
        parameter("text", any_text, None, "the message"),
    ),
    row("after-close", ("message",), "the message comes after the service's close frame", "a race in the service"),
    row("cut-frame", ("message",), "the connection ends in the middle of the frame", "a crash"),
    row("cut-fragments", ("message",), "the connection ends between two fragments", "a crash"),
    row(
        "fragment",
        ("message",),
        "the message comes in fragments, with an empty one and a ping between them",
        "a proxy, a service that streams",
        parameter("count", number_within(2, 1000), 3, "how many"),
    ),
    row(
        "frame",
        ("message",),
        "a frame that RFC 6455 forbids comes first",
        "a broken proxy, an extension that was not negotiated",
        parameter(
            "kind",
            one_of("reserved", "opcode", "masked", "long-ping", "split-ping", "length"),
            "reserved",
            "a reserved bit, an unknown opcode, a mask, a ping above 125 bytes, a ping in pieces, or a length of 2^62",
        ),
    ),
    row("not-utf8", ("message",), "text that is not UTF-8", "a service that cuts inside of a character"),
    row("retype", ("message",), "text comes as binary, or binary as text", "a new version"),
    row(
        "ping-flood",
        ("message",),
        "that many pings come first",
        "a service's bug",
        parameter("count", number_within(1, 100_000), 1000, "how many"),
    ),
)
