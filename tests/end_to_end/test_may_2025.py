"""The fake's text turn of 2025-03 is, in shape and to the order of keys, the turn that was captured in May 2025."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from fake_server import serve
from fake_server.script import Config, Script
from harness import load, recording
from harness.cassette.model import Line, SocketExchange
from harness.compare.verify import compare
from harness.services.copilot import COPILOT
from provider import CopilotClient
from provider.wire.generations import find_generation

CAPTURED = load(Path(__file__).parents[2] / "cassettes" / "hand-made-may-2025.yaml")


def taken(path, prompt, **settings):
    """What an anonymous client of 2025-03 and the fake say to each other, recorded."""
    with (
        serve(Script(Config(generation="2025-03", **settings))) as fake,
        recording(path, fake.url) as relay,
        CopilotClient(base_url=relay.url, generation="2025-03", linger=0.5) as client,
    ):
        list(client.chat(prompt))
    return relay.cassette


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return taken(tmp_path_factory.mktemp("may") / "turn.yaml", "hi")


def shown(cassette):
    """How a cassette differs from the captured turn, for people."""
    return compare(CAPTURED, cassette, COPILOT, closely=True).text()


def messages_of(cassette, direction):
    socket = next(each for each in cassette.exchanges if isinstance(each, SocketExchange))
    lines = [line for line in socket.messages if line.direction == direction and line.kind == "text"]
    return [json.loads(line.data) for line in lines]


def said_instead(cassette, *, service=lambda events: events, client=lambda commands: commands):
    """The same session, with other messages of a side."""
    said = {"<": service(messages_of(cassette, "<")), ">": client(messages_of(cassette, ">"))}
    rows = [(side, each) for side in "><" for each in said[side]]
    lines = (Line(side, at, "text", json.dumps(each).encode()) for at, (side, each) in enumerate(rows))
    *calls, socket = cassette.exchanges
    return replace(cassette, exchanges=(*calls, replace(socket, messages=tuple(lines))))


def test_turn_of_the_fake_is_the_captured_one_in_shape(recorded):
    assert shown(recorded) == "The shape is as recorded.\n"


def test_longer_answer_is_the_same_in_shape(tmp_path):
    assert shown(taken(tmp_path / "long.yaml", "/long 40")) == "The shape is as recorded.\n"


def test_captured_events_stand_in_the_order_of_the_document():
    """docs/protocol.md §4.5."""
    wanted = ["received", "startMessage", *["appendText"] * 6, "partCompleted", "done", "titleUpdate"]
    events = [(each["event"], each["id"]) for each in messages_of(CAPTURED, "<")]
    assert events == [(name, str(number)) for number, name in enumerate([*wanted, "suggestedFollowups"])]


def test_client_says_its_options_first_and_to_the_letter(recorded):
    socket = recorded.exchanges[-1]
    assert socket.messages[0].data.decode() == find_generation("2025-03").set_options
    assert CAPTURED.exchanges[-1].messages[0].data == socket.messages[0].data


def moved(events, name, to):
    """The events, with the one of that name in another place, all numbered anew."""
    one = next(each for each in events if each["event"] == name)
    others = [each for each in events if each is not one]
    return [{**each, "id": str(number)} for number, each in enumerate([*others[:to], one, *others[to:]])]


def greeted(events):
    return [{**each, "id": str(number)} for number, each in enumerate([{"event": "connected"}, *events])]


def turned(events):
    """Each event with its number in front."""
    return [{"event": each["event"], "id": each["id"], **each} for each in events]


SOCKET = "exchange 3 (socket /c/api/chat)"
CHANGES = {
    "connected first": (greeted, f"changed: {SOCKET} event 3: recorded nothing, now < connected"),
    "numbers before names": (
        turned,
        f"changed: {SOCKET} < done (value) keys: recorded event, messageId, id, now event, id, messageId",
    ),
    "suggestions before the title": (
        lambda events: moved(events, "suggestedFollowups", -1),
        f"changed: {SOCKET} event 8: recorded nothing, now < suggestedFollowups",
    ),
    "no suggestions": (
        lambda events: events[:-1],
        f"changed: {SOCKET} event 9: recorded < suggestedFollowups, now nothing",
    ),
    "numbers from 1": (
        lambda events: [{**each, "id": str(int(each["id"]) + 1)} for each in events],
        f"changed: {SOCKET} numbers: recorded from 0, now from 1",
    ),
    "a part that is a number": (
        lambda events: [{**each, "partId": 0} if "partId" in each else each for each in events],
        f"changed: {SOCKET} < appendText partId: recorded string, now number",
    ),
    "one more field": (
        lambda events: [{"event": each["event"], "extra": 1, **each} for each in events],
        f"new: {SOCKET} < done extra: recorded absent, now number",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_other_events_are_not_the_captured_turn(change, recorded):
    altered, line = CHANGES[change]
    assert line in shown(said_instead(recorded, service=altered)).splitlines()


def test_client_that_says_no_options_is_not_that_of_the_captured_turn(recorded):
    shortened = said_instead(recorded, client=lambda commands: commands[1:])
    assert f"changed: {SOCKET} event 1: recorded > setOptions, now nothing" in shown(shortened).splitlines()


@pytest.mark.parametrize(
    ("switches", "event"),
    [({"connected": "once"}, "now < connected"), ({"after-done": "suggestions-first"}, "now < suggestedFollowups")],
)
def test_fake_that_is_switched_otherwise_is_found_out(switches, event, tmp_path):
    assert event in shown(taken(tmp_path / "other.yaml", "hi", switches=switches))
