"""`FAULTS`: every fault by its name, with its parameters, where it can strike, and its cause in real networks."""

from __future__ import annotations

from typing import Final

from harness.faults.connection_faults import CONNECTION_FAULTS
from harness.faults.kinds import FaultKind, Unit
from harness.faults.parameters import (
    Parameter,
    any_text,
    count,
    header_text,
    number_within,
    one_of,
    seconds,
)

_REQUESTS: Final[tuple[Unit, ...]] = ("request", "upgrade")
_ITEMS: Final[tuple[Unit, ...]] = ("event", "message")
_ANY: Final[tuple[Unit, ...]] = ("request", "upgrade", "event", "message")


def _row(name: str, units: tuple[Unit, ...], effect: str, real: str, *parameters: Parameter) -> FaultKind:
    return FaultKind(name=name, units=units, effect=effect, real=real, parameters=parameters)


def _between(name: str, units: tuple[Unit, ...], effect: str, real: str, *parameters: Parameter) -> FaultKind:
    return FaultKind(name=name, units=units, effect=effect, real=real, parameters=parameters, between=True)


def _parameter(name: str, parse: object, default: object, about: str) -> Parameter:
    return Parameter(name=name, parse=parse, default=default, about=about)  # pyright: ignore[reportArgumentType]


_STATUS: Final = number_within(200, 599)
_TRANSPORT: Final = (
    _between("cut", _ANY, "the connection ends (FIN), without an answer or a close frame", "a crash, a restart"),
    _between("reset", _ANY, "the connection is reset (RST)", "a firewall, a load balancer that restarts"),
    _between("stall", _ANY, "nothing more comes; the connection stays open", "an overloaded service, a NAT timeout"),
    _between(
        "delay",
        _ANY,
        "the answer, event or message comes late",
        "distance, a queue before the first token",
        _parameter("by", seconds, None, "duration"),
        _parameter("jitter", seconds, 0.0, "a random part on top, at most this long"),
    ),
    _row(
        "offline",
        _REQUESTS,
        "every connection is cut, and every request meets the same, for a time",
        "a lost Wi-Fi, a deployment",
        _parameter("for", seconds, None, "duration"),
    ),
    _row(
        "slow",
        ("request",),
        "the body comes at this rate",
        "a slow line",
        _parameter("rate", number_within(1, 100_000_000), 1000, "bytes a second"),
    ),
    _row(
        "slice",
        ("request", *_ITEMS),
        "the bytes come in tiny pieces, each in a TCP segment of its own",
        "proxies, small MTUs",
        _parameter("size", number_within(1, 65_536), 1, "bytes a piece"),
    ),
)
_HTTP: Final = (
    _row(
        "status",
        _REQUESTS,
        "the service refuses with a status",
        "quotas, expired tokens, broken backends",
        _parameter("code", _STATUS, None, "the status"),
        _parameter("retry-after", header_text, "", "the header Retry-After: seconds or a date"),
        _parameter("body", any_text, "", "the body"),
        _parameter("type", header_text, "application/json", "the body's content type"),
    ),
    _row("challenge", _REQUESTS, "403 with the page of a human check", "a CDN's bot protection"),
    _row("html", _REQUESTS, "200 with a page instead of the answer", "a captive portal, a maintenance page"),
    _row(
        "redirect",
        _REQUESTS,
        "307 to another address, by default to the same one: a loop",
        "a wrong configuration, a moved service",
        _parameter("to", header_text, "", "the address"),
    ),
    _row("half-close", _REQUESTS, "FIN without an answer; the service reads on", "nginx, a service that shuts down"),
    _row(
        "early",
        ("request",),
        "a status comes before the service has read the request's body, which must have one",
        "an upload above a proxy's limit",
        _parameter("code", _STATUS, 413, "the status"),
    ),
    _row("garbage", _REQUESTS, "random bytes instead of HTTP, then the end", "a broken middlebox"),
    _row("malformed", _REQUESTS, "a malformed status line", "a broken proxy"),
    _row("short-body", ("request",), "content-length says more than comes; the connection ends", "a proxy's bug"),
    _row("long-body", ("request",), "content-length says less than comes", "a proxy's bug"),
    _row("bad-chunk", ("request",), "a chunk whose size is not a number", "a proxy's bug"),
    _row("no-last-chunk", ("request",), "the chunked body ends without its last chunk", "a crash"),
    _row(
        "truncate",
        ("request",),
        "the connection ends after some bytes of the body",
        "a quota, a restart in the middle",
        _parameter("bytes", count, 0, "how many arrive"),
    ),
    _row("cut-gzip", ("request",), "a gzip body that ends in the middle", "a proxy that cuts"),
    _row(
        "dribble",
        ("request",),
        "the head comes byte by byte",
        "an overloaded service, a slow loris",
        _parameter("every", seconds, 0.01, "pause between two bytes"),
    ),
    _row(
        "interim",
        ("request",),
        "interim responses (103) before the answer",
        "a CDN's early hints",
        _parameter("count", number_within(1, 1000), 5, "how many"),
    ),
    _row(
        "wrong-type",
        ("request",),
        "the body's content type is another one",
        "a proxy's bug",
        _parameter("type", header_text, "text/plain", "the type"),
    ),
    _row(
        "skew",
        ("request",),
        "the service's clock is wrong: the header Date lies that far off",
        "a host without NTP",
        _parameter("by", seconds, 86_400.0, "how far in the past"),
    ),
)
_STREAM: Final = (
    _between("end", ("event",), "the body ends here, as if it were complete", "a proxy that hides a crash"),
    _row("malform", _ITEMS, "the JSON of the event or message is cut in half", "a service's bug"),
    _row("unknown", _ITEMS, "an event of an unknown type comes first", "a new version of the service"),
    _row(
        "error",
        _ITEMS,
        "an error event comes instead, inside of the running stream",
        "overload in the middle of an answer",
        _parameter("text", any_text, '{"event":"error","error":{"type":"overloaded_error"}}', "the event's data"),
    ),
    _row(
        "comments",
        ("event",),
        "comment lines come instead, without end",
        "a stuck backend behind a proxy with keep-alives",
        _parameter("every", seconds, 0.05, "pause between two"),
    ),
    _row(
        "endings",
        ("event",),
        "other ends of lines than LF",
        "a service on another system",
        _parameter("kind", one_of("crlf", "cr"), "crlf", "which"),
    ),
    _row("bom", ("event",), "a byte order mark before the event", "a service on another system"),
    _row(
        "retry",
        ("event",),
        "the service asks for another time before the next attempt",
        "a deployment",
        _parameter("ms", count, 10, "milliseconds"),
    ),
)
_ITEM: Final = (
    _row("lose", _ITEMS, "the event or message does not come", "a lossy broker"),
    _row(
        "duplicate",
        _ITEMS,
        "the event or message comes again",
        "a retry between two parts of the service",
        _parameter("times", number_within(1, 1000), 1, "how often again"),
    ),
    _row(
        "late",
        _ITEMS,
        "the event or message comes after later ones",
        "several writers",
        _parameter("by", number_within(1, 1000), 1, "after how many later ones"),
    ),
    _row("join", _ITEMS, "the event or message and the next one come as one", "coalesced writes, a service's bug"),
    _row("split", _ITEMS, "the event or message comes in two, each incomplete", "a proxy's bug"),
    _row(
        "huge",
        _ITEMS,
        "an event or message of this size comes first",
        "a tool's whole output in one message",
        _parameter("size", number_within(1, 64_000_000), 1_000_000, "bytes"),
    ),
    _row(
        "change",
        _ITEMS,
        "a field has another value",
        "a new version, an answer for somebody else",
        _parameter("field", any_text, None, "the field, as a path: delta.text"),
        _parameter("to", any_text, None, "the value, as JSON or as text"),
    ),
    _row(
        "remove",
        _ITEMS,
        "a field is missing",
        "a new version",
        _parameter("field", any_text, None, "the field, as a path: delta.text"),
    ),
    _row(
        "burst",
        _ITEMS,
        "this and all later ones wait until the stream ends or the client speaks, and come at once",
        "a buffering proxy",
    ),
)
_HANDSHAKE: Final = (
    _row("wrong-key", ("upgrade",), "the upgrade's accept key is wrong", "a cache"),
    _row(
        "subprotocol",
        ("upgrade",),
        "the service chooses another subprotocol, or none",
        "a proxy that drops headers",
        _parameter("name", header_text, "", "which one; empty for none"),
    ),
    _row(
        "kick",
        ("upgrade",),
        "this socket is let in, and the open ones of the path are closed",
        "a service that allows one session",
        _parameter("code", number_within(1000, 4999), 4001, "the close code"),
    ),
    _row("ignore-close", ("upgrade",), "the client's close frame gets no answer", "a stuck service"),
    _row("unread", ("upgrade",), "the service reads nothing and sends nothing", "back-pressure, a stuck service"),
    _row("no-pong", ("upgrade",), "the client's pings get no pong", "a stuck service, a half-open connection"),
    _row("wrong-pong", ("upgrade",), "the client's pings get pongs with another payload", "a service's bug"),
)
_FRAMES: Final = (
    _between(
        "close",
        ("message",),
        "the service closes the socket",
        "a restart (1012), going away (1001), a policy (1008), an error (1011)",
        _parameter("code", number_within(1000, 4999), 1011, "the code"),
        _parameter("reason", any_text, "", "the reason"),
    ),
    _between(
        "bad-close",
        ("message",),
        "a close frame that RFC 6455 forbids",
        "a service's bug",
        _parameter(
            "kind", one_of("code", "byte", "utf8"), "code", "a reserved code, one byte, or a reason that is no UTF-8"
        ),
    ),
    _between(
        "stray",
        ("message",),
        "a message comes that the client did not ask for, or not yet",
        "an answer before its request: a race in the service",
        _parameter("text", any_text, None, "the message"),
    ),
    _row("after-close", ("message",), "the message comes after the service's close frame", "a race in the service"),
    _row("cut-frame", ("message",), "the connection ends in the middle of the frame", "a crash"),
    _row("cut-fragments", ("message",), "the connection ends between two fragments", "a crash"),
    _row(
        "fragment",
        ("message",),
        "the message comes in fragments, with an empty one and a ping between them",
        "a proxy, a service that streams",
        _parameter("count", number_within(2, 1000), 3, "how many"),
    ),
    _row(
        "frame",
        ("message",),
        "a frame that RFC 6455 forbids comes first",
        "a broken proxy, an extension that was not negotiated",
        _parameter(
            "kind",
            one_of("reserved", "opcode", "masked", "long-ping", "split-ping", "length"),
            "reserved",
            "a reserved bit, an unknown opcode, a mask, a ping above 125 bytes, a ping in pieces, or a length of 2^62",
        ),
    ),
    _row("not-utf8", ("message",), "text that is not UTF-8", "a service that cuts inside of a character"),
    _row("retype", ("message",), "text comes as binary, or binary as text", "a new version"),
    _row(
        "ping-flood",
        ("message",),
        "that many pings come first",
        "a service's bug",
        _parameter("count", number_within(1, 100_000), 1000, "how many"),
    ),
)

GROUPS: Final[dict[str, tuple[FaultKind, ...]]] = {
    "Connections": _TRANSPORT,
    "TLS handshakes": CONNECTION_FAULTS,
    "HTTP responses": _HTTP,
    "Streamed responses": _STREAM,
    "Events and messages": _ITEM,
    "Sockets": _HANDSHAKE,
    "Messages and frames of sockets": _FRAMES,
}

FAULTS: Final[dict[str, FaultKind]] = {fault.name: fault for group in GROUPS.values() for fault in group}
"""Every fault by its name, in the order of ``wiretape faults``."""
