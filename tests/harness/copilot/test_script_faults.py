"""How a scripted service fails."""

import asyncio
import socket as socketlib

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from provider import ChallengeRequiredError, ConnectionClosedError, RateLimitError, ResponseError, ResponseStatusError


def names(told):
    return [each["event"] for each in told]


def heard(bare):
    """The events until the connection ends, and its close code (1006: none)."""
    told = []
    while True:
        try:
            told.append(bare.hear()["event"])
        except ConnectionClosed as closed:
            return told, closed.rcvd.code if closed.rcvd else None


def test_error_event_ends_the_turn(scene):
    here = scene()
    here.script.say("a").fail("chat-service-unavailable").say("next").done()
    client = here.client()
    with pytest.raises(ResponseError, match="chat-service-unavailable"):
        list(client.chat("a"))
    assert client.chat("b").text == "next"


def test_error_event_may_have_a_message(scene):
    here = scene()
    here.script.fail("odd", "for people").done()
    bare = here.dial()
    bare.ask("a")
    told = bare.hear()
    assert (told["event"], told["errorCode"], told["message"]) == ("error", "odd", "for people")


def test_throttling_is_known_to_the_client(scene):
    here = scene()
    here.script.fail("throttled").done()
    with pytest.raises(RateLimitError):
        list(here.client().chat("a"))


def test_upgrade_is_refused_once(scene):
    here = scene()
    here.script.refuse(429).say("Hello").done()
    client = here.client()
    with pytest.raises(RateLimitError):
        list(client.chat("a"))
    assert client.chat("a").text == "Hello"


def test_refusals_of_one_place_strike_one_after_the_other(scene):
    here = scene()
    here.script.refuse(503).refuse(451)
    seen = []
    for _ in range(2):
        with pytest.raises(InvalidStatus) as caught:
            here.dial()
        seen.append(caught.value.response.status_code)
    assert seen == [503, 451]


@pytest.mark.parametrize("place", ["start", "any", "call 1"])
def test_request_is_refused_where_the_script_says(scene, place):
    here = scene()
    here.script.refuse(503, at=place)
    with pytest.raises(ResponseStatusError) as caught:
        list(here.client().chat("a"))
    assert caught.value.status == 503
    assert here.script.report().ok


def test_conversations_are_refused_in_the_generation_that_opens_them_so(scene):
    here = scene("2025-03")
    here.script.refuse(503, at="conversations")
    with pytest.raises(ResponseStatusError) as caught:
        list(here.client().chat("a"))
    assert caught.value.status == 503


def test_call_is_counted_from_the_first_request(scene):
    here = scene()
    here.script.refuse(503, at="call 2")
    here.dial()
    with pytest.raises(InvalidStatus):
        here.dial()
    here.dial()


@pytest.mark.parametrize("after", range(5))
def test_connection_is_cut_after_so_many_events(scene, after):
    here = scene()
    here.script.say("a").say("b").say("c").cut(after=after).done()
    bare = here.dial()
    bare.ask("a")
    told, code = heard(bare)
    assert (told, code) == (["received", "startMessage", "appendText", "appendText"][:after], None)


@pytest.mark.parametrize("ended", [True, False])
def test_cut_alone_cuts_the_answer_that_the_fake_makes_up(scene, ended):
    here = scene()
    script = here.script.cut(after=3)
    if ended:
        script.done()
    with pytest.raises(ConnectionClosedError) as caught:
        list(here.client().chat("Name three rivers"))
    assert caught.value.partial
    assert here.script.report().ok


def test_stall_alone_stalls_the_answer_that_the_fake_makes_up(scene):
    here = scene()
    here.script.stall(after=3)
    with pytest.raises(TimeoutError):
        list(here.client().chat("Name three rivers", timeout=1.5))
    assert here.script.report().ok


def test_turn_after_a_cut_alone_is_scripted(scene):
    here = scene()
    here.script.cut(after=3).done().say("b").done()
    client = here.client()
    with pytest.raises(ConnectionClosedError):
        list(client.chat("a"))
    assert client.chat("b").text == "b"
    assert here.script.report().ok


def test_cut_may_strike_behind_done_where_the_script_says_what_comes_there(scene):
    here = scene()
    here.script.say("a").title("A title").cut(after=5).done()
    bare = here.dial()
    bare.ask("a")
    told, code = heard(bare)
    assert (told[-1], "titleUpdate" in told, code) == ("done", False, None)
    assert here.script.report().ok


def test_connection_is_cut_in_its_place(scene):
    here = scene()
    here.script.say("a").cut().done()
    bare = here.dial()
    bare.ask("a")
    assert heard(bare) == (["received", "startMessage", "appendText"], None)


@pytest.mark.parametrize("after", [None, 3])
def test_connection_is_closed_with_a_code(scene, after):
    here = scene()
    here.script.say("a").cut(after, 1011).done()
    bare = here.dial()
    bare.ask("a")
    assert heard(bare) == (["received", "startMessage", "appendText"], 1011)


def test_reset_is_an_error_for_clients(scene):
    here = scene()
    here.script.say("The Nile, the Amazon").cut(after=3, how="reset").done()
    with pytest.raises(ConnectionClosedError):
        list(here.client().chat("a"))


def test_reset_is_a_reset_on_the_wire(scene):
    here = scene()
    here.script.cut(after=0, how="reset").done()
    bare = here.dial()
    bare.ask("a")
    with pytest.raises(ConnectionClosed) as caught:
        bare.hear()
    assert isinstance(caught.value.__cause__, ConnectionResetError | socketlib.error)


def test_async_client_sees_the_cut_as_well(scene):
    here = scene()
    here.script.say("a").cut(after=3).done()

    async def ask():
        async with here.async_client() as client:
            await client.chat("a").read()

    with pytest.raises(ConnectionClosedError):
        asyncio.run(ask())


@pytest.mark.parametrize("after", [None, 3])
def test_service_falls_silent_and_the_socket_stays(scene, after):
    here = scene()
    here.script.say("a").stall(after).done()
    bare = here.dial()
    bare.ask("a")
    assert names([bare.hear() for _ in range(3)]) == ["received", "startMessage", "appendText"]
    with pytest.raises(TimeoutError):
        bare.hear(0.1)
    bare.socket.ping().wait(5)


def test_silence_ends_with_the_next_message(scene):
    here = scene()
    here.script.say("a").stall(after=1).done().say("b").done()
    bare = here.dial()
    bare.ask("a")
    assert bare.hear()["event"] == "received"
    bare.ask("b")
    assert names(bare.hear_until("done"))[0] == "received"


def test_silence_is_a_timeout_for_the_client(scene):
    here = scene()
    here.script.say("a").stall(after=2).done()
    with pytest.raises(TimeoutError):
        list(here.client().chat("a", timeout=0.3))


def test_fault_of_one_turn_does_not_reach_the_next(scene):
    here = scene()
    here.script.say("a").cut(after=3).done().say("b").done()
    client = here.client()
    with pytest.raises(ConnectionClosedError):
        list(client.chat("a"))
    assert client.chat("b").text == "b"
    assert here.script.report().ok


def test_challenge_that_the_client_cannot_pass_is_its_error(scene):
    here = scene()
    here.script.challenge("cloudflare").say("a").done()
    with pytest.raises(ChallengeRequiredError):
        list(here.client().chat("a"))


def test_turn_goes_on_behind_a_challenge_that_is_passed(scene):
    here = scene()
    here.script.challenge("null").say("passed").done()
    bare = here.dial()
    bare.ask("a")
    assert bare.hear()["event"] == "challenge"
    bare.say({"event": "challengeResponse", "token": "anything", "method": None})
    bare.ask("a")
    assert names(bare.hear_until("done"))[2] == "appendText"
    assert here.script.report().played == 1
