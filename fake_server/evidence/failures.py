"""The evidence for a socket's failures: errors, challenges, silence, ends; and for ids (§4.4 to §4.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from fake_server.evidence.model import Evidence, Group, row, row_of, where
from fake_server.service.rules import MESSAGE_RULES

_error: Final[Callable[..., Evidence]] = partial(row, Group.ERRORS)
_challenge: Final[Callable[..., Evidence]] = partial(row, Group.CHALLENGES)
_end: Final[Callable[..., Evidence]] = partial(row, Group.ENDS)
_id: Final[Callable[..., Evidence]] = partial(row, Group.IDS)

_ERRORS: Final = (
    _error("invalid-event", "not understood, out of turn, or a failed challenge", "§4.6", "[2]"),
    _error("text-too-long", "a text part over 10,000 characters; 10,240 in 2026", "§4.6", "[3]"),
    _error("empty-text", "an empty text part", "§4.6", "[1]"),
    _error("too-many-messages", "the caller's quota of messages is used up", "§4.6", "[2]", note="--max-turns"),
    _error("throttled", "sent as chatMessageError, with the time to wait", "§4.6", "[2]", note="/throttle"),
    _error("chat-service-unavailable", "for anonymous callers, or a region", "§4.6", "[2]", note="/error"),
    _error("any other", "any code that /error or /late-error is given"),
)

_ONLY: Final = {
    "too-early": where(lambda generation, _: generation.connected > 0),
    "no-session-id": where(lambda generation, _: generation.client_session_id),
}


def _violations() -> Iterator[Evidence]:
    for name, rule in MESSAGE_RULES.items():
        yield row_of(Group.MESSAGE_RULES, name, rule, f"{rule.about}: {rule.code}", only=_ONLY.get(name))


_CHALLENGES: Final = (
    _challenge("none-key", "without the key `method`; any token passes", "§4.7", "[1]", note="2024-12 .. early 2025"),
    _challenge("null", "method null; any token but an empty one passes", "§4.7", "[3]", note="from 2025-09"),
    _challenge("cloudflare", "any token but an empty one passes: no program can compute one", "§4.7", "[3]"),
    _challenge(
        "hashcash",
        "8 zero bits for a seed of 16 digits; any matching number passes",
        "§4.7",
        "[3], conflict",
        switch="hashcash",
        note="seen in 2026",
    ),
    _challenge("copilot", "a number from 1 to 99; the token is computed", "§4.7", "[3]", note="seen in 2026"),
    _challenge(
        "clarity",
        "never sent; accepts a token of /cl/eus-sc/collect before the first message",
        "§4.7",
        "[1]",
        note="one day of 2024-12",
    ),
    _challenge(
        "wrong answer", "invalid-event; the next send gets a new challenge", "§4.7", "[3]", note="an empty token: [3]"
    ),
    _challenge(
        "held send",
        "the client sends the same message after its answer",
        "§4.7",
        "[3], conflict",
        switch="held-send",
    ),
    _challenge(
        "at the opening", "after connected; else after the first send", "§4.7", "[3]", note="--challenge METHOD"
    ),
    _challenge("send before the answer", "no event", "§4.7", "[3]", note="--challenge METHOD"),
)

_ENDS: Final = (
    _end("challenge without an answer", "closes with 1000 after 60 s", "§4.7", "[3]", note="code 1000: inferred"),
    _end("after done", "the service does not close", "§4.9", "[3]"),
    _end("idle", "closes with 1001 after --idle seconds", note="never by default; §7 asks when the service does"),
    _end(
        "JSON ping",
        "answered; the service sends none but in /ping",
        "§4.8",
        "[1]",
        note="which side begins is unknown",
    ),
    _end("WebSocket ping", "the host answers with a pong"),
    _end("cursor", "resumes nothing", "§4.8", "[1]"),
    _end("EOF in the answer", "the effect of a cut connection", "§8.6", "[meas]", note="/cut, /reset"),
    _end(
        "fragments",
        "a message in several frames",
        "§8.6",
        "[meas]",
        note="/fragments; no capture has one",
    ),
    _end("client gone", "a client may leave after done", "§8.9", "[1]"),
)

_APART: Final = where(lambda _, dialect: dialect.challenges_apart)

_IDS: Final = (
    _id("events", 'strings that count up from "0" on each socket', "§4.4", "[2]"),
    _id("challenges", 'separate numbers: "0.0001"', "§4.4", "[2]", only=_APART, switch="challenge-ids"),
    _id("conversations", "21 characters of A-Za-z0-9_-", "§3.7", "[4]"),
    _id("messages", "21 characters of the same alphabet", "§3.7", "[inf]"),
    _id("parts", '"0", "1", ..', "§4.4", "[1]", only=where(lambda g, _: g.part_ids.value == "counted"), switch="parts"),
    _id(
        "parts as nanoid",
        "21 characters",
        "§4.4",
        "[1]",
        only=where(lambda g, _: g.part_ids.value == "nanoid"),
        switch="parts",
    ),
    _id("images", "/th/id/BCO.<uuid>.png, thumbnail with ?w=270&qlt=90", "§3.9", "[2]"),
    _id("requestId", "32 hexadecimal digits", "§4.4", "[3]", since="2025-10"),
    _id("dates", "ISO 8601 with milliseconds and Z; a share's end in +00:00", "§3.4", "[1]"),
    _id("seed", "all derived from the seed, none from a clock"),
)

FAILURES: Final = (*_ERRORS, *_violations(), *_CHALLENGES, *_ENDS, *_IDS)
"""Evidence of a socket's errors, challenges, ends, ids and dates."""
