"""The chat socket's core: what it says, and what it refuses. All frames are literal."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_server.scenarios import Fail, Say, Scenario, ScenarioError, Silence, Suggest, Wait
from provider.websocket import Message, Opcode
from provider.wire.challenges import solve_copilot, solve_hashcash
from tests.support.clients.core_client import Talk, ask, json_of, last, names, playing, send, service_of, text_of

INVALID = '{"event":"error","errorCode":"invalid-event","id":"%s"}'


def talk(**settings):
    return Talk(service_of(**settings))


def old(**settings):
    return talk(generation="2025-03", **settings)


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
    assert old().greeting == []


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
    socket = old()
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
    told = old().say(send("/image a cat"))
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
    assert "chainOfThought" not in names(old().say(send("/think why")))
    assert old(chunk_delay=0.5).say(send("/think why"))[:2] == ["(pause 0.5)", "(pause 0.5)"]


# -------------------------------------------------------------------- what clients say besides
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
    assert old().say('{"event":"ping"}', '{"event":"ping"}') == [
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
    assert old().say(message) == [INVALID % 0]


def test_socket_goes_on_after_an_invalid_event():
    socket = old()
    socket.say("hello")
    assert names(socket.say(send("hi")))[-1] == "suggestedFollowups"


def test_empty_text_is_refused():
    assert old().say(send("")) == ['{"event":"error","errorCode":"empty-text","id":"0"}']


def test_message_without_content_is_refused():
    empty = '{"event":"send","conversationId":"c1","content":[],"mode":"chat"}'
    assert old().say(empty) == ['{"event":"error","errorCode":"empty-text","id":"0"}']


@pytest.mark.parametrize(("generation", "longest"), [("2025-03", 10_000), ("2026", 10_240)])
def test_text_is_refused_from_the_first_character_too_many(generation, longest):
    socket = talk(generation=generation)
    assert names(socket.say(send("ж" * longest)))[0] == "received"
    assert last(socket.say(send("ж" * (longest + 1))), "error")["errorCode"] == "text-too-long"


def test_image_alone_is_taken():
    image = '{"event":"send","conversationId":"c1","content":[{"type":"image","url":"https://x.test/a.png"}]}'
    assert text_of(old().say(image)).startswith("I see https://x.test/a.png, which was not uploaded here.")


# -------------------------------------------------------------------- in the middle of a turn
def test_second_send_in_a_turn_is_an_invalid_event_and_ends_it():
    socket = old()
    begun = socket.begin(send("/long 50"), 3)
    assert names(begun)[-1] == "appendText"
    assert names(socket.say(send("again"))) == ["error"]
    assert not socket.chat.has_output


def test_sends_at_once_are_one_too_many():
    assert names(old().say(send("one"), send("two"))) == ["error"]


def test_ping_in_a_turn_is_answered_and_the_turn_goes_on():
    socket = old()
    socket.begin(send("/long 5"), 3)
    told = socket.say('{"event":"ping"}')
    assert json.loads(told[0]) == {"event": "pong", "id": "5"}
    assert text_of(told) == "word3 word4 "


def test_stop_ends_the_answer_and_the_next_one_begins():
    socket = old()
    begun = socket.begin(send("/long 50"), 2)
    stopped = socket.say('{"event":"stop","conversationId":"c1"}')
    message_id = last(begun, "startMessage")["messageId"]
    assert stopped == [f'{{"event":"done","messageId":"{message_id}","id":"4"}}']
    assert text_of(socket.say(send("hi"))).startswith("You said")


def test_stop_that_comes_too_late_is_passed_over():
    socket = old()
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


# -------------------------------------------------------------------- challenges
def respond(method, token, **more):
    return json.dumps({"event": "challengeResponse", "token": token, "method": method, **more})


def test_null_challenge_of_2026_is_numbered_apart():
    assert talk().say(send("/challenge null")) == ['{"event":"challenge","method":null,"parameter":null,"id":"1.0001"}']


def test_null_challenge_of_2025_counts():
    assert old().say(send("/challenge")) == ['{"event":"challenge","method":null,"parameter":null,"id":"0"}']


def test_challenge_of_2024_has_no_method_key():
    assert old().say(send("/challenge none-key")) == ['{"event":"challenge","id":"0"}']


@pytest.mark.parametrize(
    ("method", "solve"),
    [
        ("hashcash", lambda event: ("hashcash", solve_hashcash(event["parameter"]))),
        ("copilot", lambda event: ("copilot", solve_copilot(event["parameter"]))),
        ("cloudflare", lambda _: ("cloudflare", "a turnstile token")),
        ("null", lambda _: ("cloudflare", "a turnstile token")),
        ("none-key", lambda _: ("cloudflare", "a turnstile token")),
    ],
)
def test_challenge_that_is_passed_lets_the_same_message_through(method, solve):
    socket = talk()
    message = send(f"/challenge {method}")
    challenge = last(socket.say(message), "challenge")
    assert socket.say(respond(*solve(challenge))) == []
    told = socket.say(message)
    assert names(told)[0] == "received"
    assert text_of(told) == "You have passed the challenge."


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("hashcash", ("hashcash", "x")),
        ("hashcash", ("copilot", "1")),
        ("copilot", ("copilot", "99")),
        ("cloudflare", ("cloudflare", "")),
        ("null", ("hashcash", "1")),
    ],
)
def test_wrong_answer_to_a_challenge_is_an_invalid_event(method, answer):
    socket = old()
    socket.say(send(f"/challenge {method}"))
    assert socket.say(respond(*answer)) == [INVALID % 1]
    assert names(socket.say(send(f"/challenge {method}"))) == ["challenge"]


def test_repeating_the_message_without_an_answer_brings_another_challenge():
    socket = talk()
    message = send("/challenge hashcash")
    first, second = last(socket.say(message), "challenge"), last(socket.say(message), "challenge")
    assert first["parameter"] != second["parameter"]
    assert (first["id"], second["id"]) == ("1.0001", "1.0002")
    socket.say(respond("hashcash", solve_hashcash(second["parameter"])))
    assert text_of(socket.say(message)) == "You have passed the challenge."


def test_another_message_gives_the_challenge_up():
    socket = talk()
    socket.say(send("/challenge null"))
    assert text_of(socket.say(send("hi"))).startswith("You said")


def test_challenge_that_nobody_answers_closes_the_socket():
    socket = talk(challenge_timeout=7)
    assert socket.chat.challenge_timeout is None
    socket.say(send("/challenge null"))
    assert socket.chat.challenge_timeout == 7
    assert [str(act) for act in socket.chat.time_out()] == ["Close(code=1000, reason='')"]


# -------------------------------------------------------------------- settings
def test_pace_puts_a_pause_behind_each_piece():
    told = old(chunk_delay=0.25).say(send("hi"))
    assert names(told)[2:10] == ["appendText", "(pause 0.25)"] * 4


def test_wait_is_a_pause():
    assert talk(scenarios=(playing(Wait(3), Say("x")),)).say(send("/test"))[0] == "(pause 3)"


def test_always_stands_in_for_every_prompt():
    told = old(always="/error taskLimit").say(send("hi"))
    assert told == ['{"event":"error","errorCode":"taskLimit","id":"0"}']


def test_strict_service_wants_a_session_id_in_2026():
    service = service_of(strict=True)
    conversation = json_of(ask(service, "POST", "/c/api/conversations"))["id"]
    message = send("hi", conversation)
    assert names(Talk(service).say(message)) == ["error"]
    assert names(Talk(service, clientSessionId="s").say(message))[0] == "received"


def test_strict_service_knows_its_conversations():
    assert old(strict=True).say(send("hi")) == [INVALID % 0]


def test_scenario_that_fails_is_named():
    def play(_):
        yield Say("x")
        raise KeyError("y")

    service = service_of(scenarios=(Scenario("/broken", play, ""),))
    with pytest.raises(ScenarioError, match=r"the scenario /broken failed: KeyError\('y'\)"):
        Talk(service).say(send("/broken"))


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (lambda _: None, "is no generator function: it yields no step"),
        (lambda _: [Say("x")], "is no generator function: it yields no step"),
        (lambda: None, r"failed: TypeError"),
    ],
)
def test_scenario_that_is_no_generator_function_is_named(play, why):
    with pytest.raises(ScenarioError, match=f"the scenario /broken {why}"):
        Talk(service_of(scenarios=(Scenario("/broken", play, ""),))).say(send("/broken"))


def test_scenario_that_gives_no_step_is_named():
    with pytest.raises(ScenarioError, match="the scenario /test gave 'text', which is no step"):
        talk(scenarios=(playing("text"),)).say(send("/test"))


def test_steps_after_the_last_one_are_not_played():
    assert names(old(scenarios=(playing(Fail("x"), Say("y")),)).say(send("/test"))) == ["error"]


# -------------------------------------------------------------------- whatever comes
MESSAGES = st.sampled_from(
    [
        send("hi"),
        send("/long 4"),
        send("/challenge hashcash"),
        send("/silent"),
        send("/error x"),
        send("/malformed"),
        send("/title x"),
        send(""),
        respond("hashcash", "1"),
        '{"event":"stop"}',
        '{"event":"ping"}',
        '{"event":"setOptions"}',
        "nonsense",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(MESSAGES, st.integers(0, 8))), st.sampled_from(["2025-03", "2025-10", "2026"]))
def test_any_order_of_messages_is_answered_with_numbered_events(said, generation):
    socket = talk(generation=generation)
    told = list(socket.greeting)
    for message, patience in said:
        told += socket.begin(message, 0)
        for _ in range(patience):
            told += socket.begin('{"event":"setOptions"}', 1) if socket.chat.has_output else []
    numbers = [json.loads(line)["id"] for line in told + socket.listen()]
    whole = [number for number in numbers if "." not in number]
    assert whole == list(map(str, range(len(whole))))
    assert numbers == sorted(set(numbers), key=lambda number: tuple(map(int, number.split("."))))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data):
    told = old().say(data)
    assert told in ([], [INVALID % 0]) or names(told)[0] in ("pong", "error")


def test_message_is_answered_by_the_scenario_that_claims_it():
    socket = talk(claim=lambda asked: playing(Say(asked.prompt.upper())) if asked.turn == 1 else None)
    assert text_of(socket.say(send("/long 2"))) == "/LONG 2"
    assert text_of(socket.say(send("/long 2"))) == "word0 word1 "


def test_message_that_is_not_taken_is_not_claimed():
    asked = []
    assert names(talk(claim=asked.append).say(send(""))) == ["error"]
    assert asked == []


def test_error_event_may_tell_people_more():
    told = old(scenarios=(playing(Fail("x", "for people")),)).say(send("/test"))
    assert told == ['{"event":"error","errorCode":"x","message":"for people","id":"0"}']


@pytest.mark.parametrize(
    ("step", "suggestions"), [(Suggest(()), []), (Suggest((), even_if_empty=True), [[]]), (Suggest(("a",)), [["a"]])]
)
def test_suggestions_follow_as_the_scenario_says(step, suggestions):
    told = [json.loads(line) for line in talk(scenarios=(playing(step),)).say(send("/test"))]
    assert [each["suggestions"] for each in told if each["event"] == "suggestedFollowups"] == suggestions
