"""Messages of a client in the middle of a turn: a second send, a ping, a stop."""

import json

from fake_server.scenarios import Silence
from tests.support.clients.core_client import (
    Talk,
    ask,
    json_of,
    last,
    names,
    playing,
    send,
    service_of,
    talk,
    talk_of_2025,
    text_of,
)


def test_second_send_in_a_turn_is_an_invalid_event_and_ends_it():
    socket = talk_of_2025()
    begun = socket.begin(send("/long 50"), 3)
    assert names(begun)[-1] == "appendText"
    assert names(socket.say(send("again"))) == ["error"]
    assert not socket.chat.has_output


def test_sends_at_once_are_one_too_many():
    assert names(talk_of_2025().say(send("one"), send("two"))) == ["error"]


def test_ping_in_a_turn_is_answered_and_the_turn_goes_on():
    socket = talk_of_2025()
    socket.begin(send("/long 5"), 3)
    told = socket.say('{"event":"ping"}')
    assert json.loads(told[0]) == {"event": "pong", "id": "5"}
    assert text_of(told) == "word3 word4 "


def test_stop_ends_the_answer_and_the_next_one_begins():
    socket = talk_of_2025()
    begun = socket.begin(send("/long 50"), 2)
    stopped = socket.say('{"event":"stop","conversationId":"c1"}')
    message_id = last(begun, "startMessage")["messageId"]
    assert stopped == [f'{{"event":"done","messageId":"{message_id}","id":"4"}}']
    assert text_of(socket.say(send("hi"))).startswith("You said")


def test_stop_that_comes_too_late_is_passed_over():
    socket = talk_of_2025()
    socket.say(send("hi"))
    assert socket.say('{"event":"stop"}') == []


def test_stopped_answer_is_remembered_as_far_as_it_went():
    service = service_of()
    conversation = json_of(ask(service, "POST", "/c/api/conversations"))["id"]
    socket = Talk(service)
    socket.begin(send("/long 50", conversation), 2)
    socket.say('{"event":"stop"}')
    told = json_of(ask(service, "GET", f"/c/api/conversations/{conversation}/history"))
    assert told["results"][0]["content"][0]["text"] == "word0 word1 "


def test_silent_turn_can_be_stopped_or_broken_off():
    socket = talk(scenarios=(playing(Silence()),))
    assert socket.say(send("/test")) == []
    assert names(socket.say(send("/test"))) == ["error"]
    assert socket.say(send("/test")) == []
    assert names(socket.say('{"event":"stop"}')) == ["done"]
