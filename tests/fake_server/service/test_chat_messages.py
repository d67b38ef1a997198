"""What the chat socket answers to each message of a client, valid or not."""

import pytest

from provider.websocket import Message, Opcode
from tests.support.clients.core_client import INVALID, last, names, send, talk, talk_of_2025, text_of


@pytest.mark.parametrize("encode", [str, str.encode], ids=["text", "binary"])
def test_options_and_consents_are_taken_without_a_word(encode):
    options = encode('{"event":"setOptions","supportedCards":["weather"],"ads":{"supportedTypes":["text"]}}')
    consents = encode('{"event":"reportLocalConsents","grantedConsents":[]}')
    assert talk().say(options, consents) == []


def test_preview_and_pong_are_passed_over():
    preview = '{"event":"messagePreview","conversationId":"c1","content":[],"mode":"smart"}'
    assert talk().say(preview, '{"event":"pong","id":"1"}') == []


def test_control_frames_are_passed_over():
    assert talk().chat.receive(Message(Opcode.PING, b"x")) == []


def test_ping_is_answered():
    assert talk_of_2025().say('{"event":"ping"}', '{"event":"ping"}') == [
        '{"event":"pong","id":"0"}',
        '{"event":"pong","id":"1"}',
    ]


@pytest.mark.parametrize(
    "message",
    [
        "",
        "hello",
        "[]",
        '{"event":5}',
        '{"no":"event"}',
        '{"event":"send"}',
        '{"event":"send","conversationId":"c1","content":"hi"}',
        '{"event":"send","conversationId":"c1","content":[{"type":"command","text":"x"}]}',
        '{"event":"send","conversationId":"","content":[{"type":"text","text":"x"}]}',
        '{"event":"nobodyKnowsThis"}',
        '{"event":"challengeResponse","token":"1"}',
        b"\xff\xfe",
        b'{"event":"nobodyKnows","x":"\xff"}',
        "[" * 100_000,
    ],
)
def test_what_is_no_message_is_an_invalid_event(message):
    assert talk_of_2025().say(message) == [INVALID % 0]


def test_socket_goes_on_after_an_invalid_event():
    socket = talk_of_2025()
    socket.say("hello")
    assert names(socket.say(send("hi")))[-1] == "suggestedFollowups"


def test_empty_text_is_refused():
    assert talk_of_2025().say(send("")) == ['{"event":"error","errorCode":"empty-text","id":"0"}']


def test_message_without_content_is_refused():
    empty = '{"event":"send","conversationId":"c1","content":[],"mode":"chat"}'
    assert talk_of_2025().say(empty) == ['{"event":"error","errorCode":"empty-text","id":"0"}']


@pytest.mark.parametrize(("generation", "longest"), [("2025-03", 10_000), ("2026", 10_240)])
def test_text_is_refused_from_the_first_character_too_many(generation, longest):
    socket = talk(generation=generation)
    assert names(socket.say(send("ж" * longest)))[0] == "received"
    assert last(socket.say(send("ж" * (longest + 1))), "error")["errorCode"] == "text-too-long"


def test_image_alone_is_taken():
    image = '{"event":"send","conversationId":"c1","content":[{"type":"image","url":"https://x.test/a.png"}]}'
    assert text_of(talk_of_2025().say(image)).startswith("I see https://x.test/a.png, which was not uploaded here.")
