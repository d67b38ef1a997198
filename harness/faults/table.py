"""`FAULTS`: every fault by its name, with its parameters, where it can strike, and its cause in real networks."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from harness.faults.connection_faults import CONNECTION_FAULTS
from harness.faults.kinds import FaultKind, Unit
from harness.faults.parameters import (
    any_text,
    count,
    header_text,
    number_within,
    one_of,
    seconds,
)
from harness.faults.rows import parameter, row, row_between
from harness.faults.socket_rows import FRAME_FAULTS, HANDSHAKE_FAULTS

_REQUESTS: Final[tuple[Unit, ...]] = ("request", "upgrade")
_ITEMS: Final[tuple[Unit, ...]] = ("event", "message")
_ANY: Final[tuple[Unit, ...]] = ("request", "upgrade", "event", "message")


_STATUS: Final = number_within(200, 599)
_TRANSPORT: Final = (
    row_between("cut", _ANY, "the connection ends (FIN), without an answer or a close frame", "a crash, a restart"),
    row_between("reset", _ANY, "the connection is reset (RST)", "a firewall, a load balancer that restarts"),
    row_between("stall", _ANY, "nothing more comes; the connection stays open", "an overloaded service, a NAT timeout"),
    row_between(
        "delay",
        _ANY,
        "the answer, event or message comes late",
        "distance, a queue before the first token",
        parameter("by", seconds, None, "duration"),
        parameter("jitter", seconds, 0.0, "a random part on top, at most this long"),
    ),
    row(
        "offline",
        _REQUESTS,
        "every connection is cut, and every request meets the same, for a time",
        "a lost Wi-Fi, a deployment",
        parameter("for", seconds, None, "duration"),
    ),
    row(
        "slow",
        ("request",),
        "the body comes at this rate",
        "a slow line",
        parameter("rate", number_within(1, 100_000_000), 1000, "bytes a second"),
    ),
    row(
        "slice",
        ("request", *_ITEMS),
        "the bytes come in tiny pieces, each in a TCP segment of its own",
        "proxies, small MTUs",
        parameter("size", number_within(1, 65_536), 1, "bytes a piece"),
    ),
)
_HTTP: Final = (
    row(
        "status",
        _REQUESTS,
        "the service refuses with a status",
        "quotas, expired tokens, broken backends",
        parameter("code", _STATUS, None, "the status"),
        parameter("retry-after", header_text, "", "the header Retry-After: seconds or a date"),
        parameter("body", any_text, "", "the body"),
        parameter("type", header_text, "application/json", "the body's content type"),
    ),
    row("challenge", _REQUESTS, "403 with the page of a human check", "a CDN's bot protection"),
    row("html", _REQUESTS, "200 with a page instead of the answer", "a captive portal, a maintenance page"),
    row(
        "redirect",
        _REQUESTS,
        "307 to another address, by default to the same one: a loop",
        "a wrong configuration, a moved service",
        parameter("to", header_text, "", "the address"),
    ),
    row("half-close", _REQUESTS, "FIN without an answer; the service reads on", "nginx, a service that shuts down"),
    row(
        "early",
        ("request",),
        "a status comes before the service has read the request's body, which must have one",
        "an upload above a proxy's limit",
        parameter("code", _STATUS, 413, "the status"),
    ),
    row("garbage", _REQUESTS, "random bytes instead of HTTP, then the end", "a broken middlebox"),
    row("malformed", _REQUESTS, "a malformed status line", "a broken proxy"),
    row("short-body", ("request",), "content-length says more than comes; the connection ends", "a proxy's bug"),
    row("long-body", ("request",), "content-length says less than comes", "a proxy's bug"),
    row("bad-chunk", ("request",), "a chunk whose size is not a number", "a proxy's bug"),
    row("no-last-chunk", ("request",), "the chunked body ends without its last chunk", "a crash"),
    row(
        "truncate",
        ("request",),
        "the connection ends after some bytes of the body",
        "a quota, a restart in the middle",
        parameter("bytes", count, 0, "how many arrive"),
    ),
    row("no-trailers", ("request",), "the trailers after the body are missing", "a proxy that drops them"),
    row("cut-gzip", ("request",), "a gzip body that ends in the middle", "a proxy that cuts"),
    row(
        "dribble",
        ("request",),
        "the head comes byte by byte",
        "an overloaded service, a slow loris",
        parameter("every", seconds, 0.01, "pause between two bytes"),
    ),
    row(
        "interim",
        ("request",),
        "interim responses (103) before the answer",
        "a CDN's early hints",
        parameter("count", number_within(1, 1000), 5, "how many"),
    ),
    row(
        "wrong-type",
        ("request",),
        "the body's content type is another one",
        "a proxy's bug",
        parameter("type", header_text, "text/plain", "the type"),
    ),
    row(
        "skew",
        ("request",),
        "the service's clock is wrong: the header Date lies that far off",
        "a host without NTP",
        parameter("by", seconds, 86_400.0, "how far in the past"),
    ),
)
_STREAM: Final = (
    row_between("end", ("event",), "the body ends here, as if it were complete", "a proxy that hides a crash"),
    row("malform", _ITEMS, "the JSON of the event or message is cut in half", "a service's bug"),
    row("unknown", _ITEMS, "an event of an unknown type comes first", "a new version of the service"),
    row(
        "error",
        _ITEMS,
        "an error event comes instead, inside of the running stream",
        "overload in the middle of an answer",
        parameter("text", any_text, '{"event":"error","error":{"type":"overloaded_error"}}', "the event's data"),
    ),
    row(
        "comments",
        ("event",),
        "comment lines come instead, without end",
        "a stuck backend behind a proxy with keep-alives",
        parameter("every", seconds, 0.05, "pause between two"),
    ),
    row(
        "endings",
        ("event",),
        "other ends of lines than LF",
        "a service on another system",
        parameter("kind", one_of("crlf", "cr"), "crlf", "which"),
    ),
    row("bom", ("event",), "a byte order mark before the event", "a service on another system"),
    row(
        "retry",
        ("event",),
        "the service asks for another time before the next attempt",
        "a deployment",
        parameter("ms", count, 10, "milliseconds"),
    ),
)
_ITEM: Final = (
    row("lose", _ITEMS, "the event or message does not come", "a lossy broker"),
    row(
        "duplicate",
        _ITEMS,
        "the event or message comes again",
        "a retry between two parts of the service",
        parameter("times", number_within(1, 1000), 1, "how often again"),
    ),
    row(
        "late",
        _ITEMS,
        "the event or message comes after later ones",
        "several writers",
        parameter("by", number_within(1, 1000), 1, "after how many later ones"),
    ),
    row("join", _ITEMS, "the event or message and the next one come as one", "coalesced writes, a service's bug"),
    row("split", _ITEMS, "the event or message comes in two, each incomplete", "a proxy's bug"),
    row(
        "huge",
        _ITEMS,
        "an event or message of this size comes first",
        "a tool's whole output in one message",
        parameter("size", number_within(1, 64_000_000), 1_000_000, "bytes"),
    ),
    row(
        "change",
        _ITEMS,
        "a field has another value",
        "a new version, an answer for somebody else",
        parameter("field", any_text, None, "the field, as a path: delta.text"),
        parameter("to", any_text, None, "the value, as JSON or as text"),
    ),
    row(
        "remove",
        _ITEMS,
        "a field is missing",
        "a new version",
        parameter("field", any_text, None, "the field, as a path: delta.text"),
    ),
    row(
        "burst",
        _ITEMS,
        "this and all later ones wait until the stream ends or the client speaks, and come at once",
        "a buffering proxy",
    ),
)
GROUPS: Final[dict[str, tuple[FaultKind, ...]]] = {
    "Connections": _TRANSPORT,
    "TLS handshakes": CONNECTION_FAULTS,
    "HTTP responses": _HTTP,
    "Streamed responses": _STREAM,
    "Events and messages": _ITEM,
    "Sockets": HANDSHAKE_FAULTS,
    "Messages and frames of sockets": FRAME_FAULTS,
}

FAULTS: Final[dict[str, FaultKind]] = {fault.name: fault for group in GROUPS.values() for fault in group}
"""Every fault by its name, in the order of ``wiretape faults``."""


def unknown_fault(name: str) -> str:
    """The text of an error about a name that no fault has, with the nearest name."""
    near = get_close_matches(name, FAULTS, n=1)
    hint = f"; did you mean {near[0]}?" if near else ":"
    return f"no fault is named {name!r}{hint} `wiretape faults` lists them"
