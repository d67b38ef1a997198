"""The chat socket's turns, event by event. All frames are literal."""

import json

import pytest

from tests.support.clients.core_client import Talk, last, names, send, service_of, talk, talk_of_2025, text_of

TURN_OF_2025 = [
    '{"event":"received","conversationId":"c1","messageId":"6YarmOSYnpRJjzCyqpFJX","createdAt":"2025-04-01T10:00:01.000Z","id":"0"}',
    '{"event":"startMessage","conversationId":"c1","messageId":"oHGN_G0pm4NDUq5wisIwr","createdAt":"2025-04-01T10:00:02.000Z","id":"1"}',
    '{"event":"appendText","messageId":"oHGN_G0pm4NDUq5wisIwr","partId":"0","text":"You said: “hi","id":"2"}',
    '{"event":"appendText","messageId":"oHGN_G0pm4NDUq5wisIwr","partId":"0","text":"”. This is tu","id":"3"}',
    '{"event":"appendText","messageId":"oHGN_G0pm4NDUq5wisIwr","partId":"0","text":"rn 1 of our c","id":"4"}',
    '{"event":"appendText","messageId":"oHGN_G0pm4NDUq5wisIwr","partId":"0","text":"onversation.","id":"5"}',
    '{"event":"partCompleted","messageId":"oHGN_G0pm4NDUq5wisIwr","partId":"0","id":"6"}',
    '{"event":"done","messageId":"oHGN_G0pm4NDUq5wisIwr","id":"7"}',
    '{"event":"titleUpdate","conversationId":"c1","title":"hi","id":"8"}',
    '{"event":"suggestedFollowups","messageId":"oHGN_G0pm4NDUq5wisIwr","suggestions":["Tell me more","Give me an example"],"id":"9"}',
]
TURN_OF_2026 = [
    '{"event":"connected","requestId":"c6050580e3debe7b808925ca6e3dbbe7","id":"0"}',
    '{"event":"connected","requestId":"c6050580e3debe7b808925ca6e3dbbe7","id":"1"}',
    '{"event":"received","conversationId":"c1","messageId":"6YarmOSYnpRJjzCyqpFJX","createdAt":"2026-01-15T10:00:01.000Z","id":"2"}',
    '{"event":"startMessage","conversationId":"c1","messageId":"oHGN_G0pm4NDUq5wisIwr","createdAt":"2026-01-15T10:00:02.000Z","id":"3"}',
    '{"event":"appendText","messageId":"oHGN_G0pm4NDUq5wisIwr","partId":"eFzDBBmGYYJIjolrfT711","text":"You said: “hi","id":"4"}',
    '{"event":"appendText","messageId":"oHGN_G0pm4NDUq5wisIwr","partId":"eFzDBBmGYYJIjolrfT711","text":"”. This is tu","id":"5"}',
    '{"event":"appendText","messageId":"oHGN_G0pm4NDUq5wisIwr","partId":"eFzDBBmGYYJIjolrfT711","text":"rn 1 of our c","id":"6"}',
    '{"event":"appendText","messageId":"oHGN_G0pm4NDUq5wisIwr","partId":"eFzDBBmGYYJIjolrfT711","text":"onversation.","id":"7"}',
    '{"event":"partCompleted","messageId":"oHGN_G0pm4NDUq5wisIwr","partId":"eFzDBBmGYYJIjolrfT711","id":"8"}',
    '{"event":"done","messageId":"oHGN_G0pm4NDUq5wisIwr","id":"9"}',
    '{"event":"titleUpdate","conversationId":"c1","title":"hi","id":"10"}',
    '{"event":"suggestedFollowups","messageId":"oHGN_G0pm4NDUq5wisIwr","suggestions":["Tell me more","Give me an example"],"id":"11"}',
]


@pytest.mark.parametrize(("generation", "turn"), [("2025-03", TURN_OF_2025), ("2026", TURN_OF_2026)])
def test_text_turn_comes_in_the_captured_order(generation, turn):
    socket = talk(generation=generation)
    assert socket.greeting + socket.say(send("hi")) == turn


def test_socket_of_2025_greets_nobody():
    assert talk_of_2025().greeting == []


def test_socket_of_2026_says_connected_twice():
    greeting = talk().greeting
    request_id = json.loads(greeting[0])["requestId"]
    assert len(bytes.fromhex(request_id)) == 16
    assert greeting == [
        f'{{"event":"connected","requestId":"{request_id}","id":"0"}}',
        f'{{"event":"connected","requestId":"{request_id}","id":"1"}}',
    ]


def test_text_turn_of_2026_counts_on_and_names_parts_by_nanoid():
    told = talk().say(send("hi"))
    assert [json.loads(line)["id"] for line in told] == [str(number) for number in range(2, 12)]
    assert len(last(told, "partCompleted")["partId"]) == 21
    assert last(told, "received")["createdAt"] == "2026-01-15T10:00:01.000Z"
    assert names(told) == [
        "received",
        "startMessage",
        *["appendText"] * 4,
        "partCompleted",
        "done",
        "titleUpdate",
        "suggestedFollowups",
    ]


def test_second_turn_counts_on_and_has_no_title():
    socket = talk_of_2025()
    socket.say(send("hi"))
    told = socket.say(send("more"))
    assert json.loads(told[0])["id"] == "10"
    assert "titleUpdate" not in names(told)
    assert text_of(told) == "You said: “more”. This is turn 2 of our conversation."


def test_conversation_goes_on_over_another_socket():
    service = service_of()
    Talk(service).say(send("hi"))
    assert "This is turn 2" in text_of(Talk(service).say(send("more")))


def test_image_turn_of_2025_has_no_previews():
    told = talk_of_2025().say(send("/image a cat"))
    assert names(told) == [
        "received",
        "startMessage",
        "appendText",
        "generatingImage",
        "imageGenerated",
        "appendText",
        "partCompleted",
        "partCompleted",
        "done",
        "titleUpdate",
        "suggestedFollowups",
    ]
    event = last(told, "imageGenerated")
    assert list(event) == ["event", "messageId", "partId", "url", "thumbnailUrl", "nextAvailableAt", "id"]
    assert event["url"].startswith("http://fake.test/th/id/BCO.")
    assert event["thumbnailUrl"] == f"{event['url']}?w=270&qlt=90"
    assert event["nextAvailableAt"] is None
    assert "progressionText" not in last(told, "generatingImage")


def test_image_only_turn_of_2026_has_previews_and_no_text():
    told = talk().say(send("/image-only a cat"))
    assert names(told)[2:7] == [
        "generatingImage",
        "partialImageGenerated",
        "partialImageGenerated",
        "imageGenerated",
        "partCompleted",
    ]
    assert last(told, "generatingImage")["prompt"] == "a cat"


def test_reasoning_is_text_in_2026_and_silence_in_2025():
    assert names(talk().say(send("/think why")))[2:4] == ["chainOfThought", "chainOfThought"]
    assert "chainOfThought" not in names(talk_of_2025().say(send("/think why")))
    assert talk_of_2025(chunk_delay=0.5).say(send("/think why"))[:2] == ["(pause 0.5)", "(pause 0.5)"]
