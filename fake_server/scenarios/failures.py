"""Scenarios that show a client errors, broken connections and malformed messages."""

from __future__ import annotations

from typing import Final, cast

from fake_server.scenarios.registry import Asked, WrongArgumentError, scenario, shortened, whole_number
from fake_server.scenarios.steps import (
    METHODS,
    Acknowledge,
    Challenge,
    CloseWith,
    Cut,
    Emit,
    ExpireToken,
    Fail,
    Method,
    Raw,
    RefuseNext,
    Say,
    Silence,
    Start,
    Steps,
    Throttle,
    speak,
)

_MOST_CHUNKS: Final = 10_000


def _chunks(asked: Asked) -> Steps:
    for number in range(whole_number(asked.argument, default=5, most=_MOST_CHUNKS)):
        yield Say(f"chunk{number} ")


@scenario("/error", help="an error event", argument="[CODE]")
def error(asked: Asked) -> Steps:
    """Refuse the message with any code; docs/protocol.md §4.6 has the known ones."""
    yield Fail(shortened(asked.argument or "chat-service-unavailable", 100))


@scenario("/late-error", help="an error event in the middle of the answer", argument="[CODE]")
def late_error(asked: Asked) -> Steps:
    """Send some text of the answer, and then an error event."""
    yield from speak("This answer will not be finished.", 2)
    yield Fail(shortened(asked.argument or "chat-service-unavailable", 100))


@scenario("/throttle", help="too many messages: may be tried again in so many seconds", argument="[SECONDS]")
def throttle(asked: Asked) -> Steps:
    """Refuse the message with `chatMessageError`, which names the seconds to wait before the next attempt."""
    yield Throttle(whole_number(asked.argument, default=60, most=86_400))


@scenario("/challenge", help="wants proof before it answers", argument="[METHOD]")
def challenge(asked: Asked) -> Steps:
    """Answer once the client has solved the challenge and sent its message again."""
    method = asked.argument or "null"
    if method not in METHODS:
        raise WrongArgumentError(f"/challenge takes one of these methods: {', '.join(METHODS)}.")
    yield Challenge(cast("Method", method))
    yield from speak("You have passed the challenge.", 2)


@scenario("/silent", help="nothing at all")
def silent(_: Asked) -> Steps:
    """Send nothing, not even `received`."""
    yield Silence()


@scenario("/stall", help="silence after so many chunks", argument="[NUMBER]")
def stall(asked: Asked) -> Steps:
    """Begin an answer and never complete it."""
    yield from _chunks(asked)
    yield Silence()


@scenario("/cut", help="the connection ends (EOF) after so many chunks", argument="[NUMBER]")
def cut(asked: Asked) -> Steps:
    """End the connection with FIN, without a close frame."""
    yield from _chunks(asked)
    yield Cut("eof")


@scenario("/reset", help="the connection is reset after so many chunks", argument="[NUMBER]")
def reset(asked: Asked) -> Steps:
    """End the connection with RST: the client may lose messages that it has not read yet."""
    yield from _chunks(asked)
    yield Cut("reset")


@scenario("/close", help="a close frame in the middle of the answer", argument="[CODE [REASON]]")
def close(asked: Asked) -> Steps:
    """Close the socket with any code from 1000 to 4999."""
    number, _, reason = asked.argument.partition(" ")
    code = whole_number(number, default=1011, most=4999)
    if code < 1000:
        raise WrongArgumentError("/close takes a close code from 1000 to 4999.")
    yield from speak("Goodbye before the end.", 2)
    yield CloseWith(code, reason.strip())


@scenario("/malformed", help="a known event with a wrong shape")
def malformed(_: Asked) -> Steps:
    """Send `appendText` with a number for its text."""
    yield Say("before ")
    yield Emit("appendText", {"partId": "0", "text": 5})
    yield Say("after")


@scenario("/unknown", help="an event that nobody knows, among the text")
def unknown(_: Asked) -> Steps:
    """Send an unknown event, which clients should ignore."""
    yield Say("before ")
    yield Emit("wiretapeNovelty", {"payload": {"answer": 42}})
    yield Say("after")


@scenario("/notjson", help="a message that is no JSON")
def not_json(_: Asked) -> Steps:
    """Send a line of text that is not JSON."""
    yield Say("before ")
    yield Raw("this is not JSON")
    yield Say("after")


@scenario("/two-in-one", help="two events in one message")
def two_in_one(_: Asked) -> Steps:
    """Send two JSON objects in one message, which together are not JSON."""
    yield Start()
    yield Raw('{"event":"ping","id":"7001"}{"event":"ping","id":"7002"}')
    yield Say("after")


@scenario("/received-only", help="the message is acknowledged, and no answer begins")
def received_only(_: Asked) -> Steps:
    """Send `received` and nothing more."""
    yield Acknowledge()
    yield Silence()


@scenario("/refuse", help="the next upgrade (or request) of the same caller fails", argument="[STATUS|KIND [PLACE]]")
def refuse(asked: Asked) -> Steps:
    """Refuse the caller's next request or upgrade; the open socket stays."""
    how, _, place = asked.argument.partition(" ")
    yield from _refuse_next(place.strip() or "upgrade", how or "401")


@scenario("/expire", help="the caller's token expires: it is refused (401) from now on")
def expire(_: Asked) -> Steps:
    """Refuse requests and upgrades with the caller's token from now on; the open socket stays."""
    yield ExpireToken()
    yield from speak("Your token has expired: sign in again, if you were signed in.", 2)


@scenario("/region", help="the caller's next request is refused for its region (451)")
def region(_: Asked) -> Steps:
    """Refuse the caller's next request, or upgrade, with 451."""
    yield from _refuse_next("any", "451")


@scenario("/cloudflare", help="the caller's next request gets Cloudflare's page (403)")
def cloudflare(_: Asked) -> Steps:
    """Answer the caller's next request, or upgrade, with Cloudflare's page."""
    yield from _refuse_next("any", "cloudflare")


def _refuse_next(place: str, how: str) -> Steps:
    place, how = shortened(place, 20), shortened(how, 20)
    yield RefuseNext(place, int(how) if how.isascii() and how.isdigit() else how)
    yield from speak(f"The next request ({place}) of yours will fail: {how}.", 2)
