"""Readings that can be chosen where the sources disagree, and the other settings of the chat socket."""

import json

import pytest

from fake_server.service.config import Config
from fake_server.service.output import Close
from fake_server.service.switches import SWITCHES
from provider.wire.challenges import fits_hashcash_digits, solve_copilot, solve_hashcash
from provider.wire.errors import UsageError
from provider.wire.generations import GENERATIONS
from tests.support.clients.core_client import Talk, ask, json_of, last, names, send, service_of, text_of


def talk(**settings):
    return Talk(service_of(**settings))


def switched(**switches):
    return talk(switches={name.replace("_", "-"): reading for name, reading in switches.items()})


def respond(token, method):
    return json.dumps({"event": "challengeResponse", "token": token, "method": method})


# -------------------------------------------------------------------- generations
def test_socket_of_october_2025_says_connected_once():
    assert names(talk(generation="2025-10").greeting) == ["connected"]


def test_turn_of_october_2025_names_parts_by_nanoid_and_numbers_challenges_with_the_rest():
    socket = talk(generation="2025-10")
    assert len(last(socket.say(send("hi")), "partCompleted")["partId"]) == 21
    assert last(socket.say(send("/challenge null")), "challenge")["id"] == "11"


def test_october_2025_has_start_and_no_temporary_sessions():
    service = service_of(generation="2025-10")
    assert ask(service, "POST", "/c/api/start", token=None).status == 200
    assert ask(service, "POST", "/c/api/user/sessions/temporary", token=None).status == 404


# -------------------------------------------------------------------- switches
@pytest.mark.parametrize(("reading", "times"), [("never", 0), ("once", 1), ("twice", 2)])
def test_connected_is_said_as_often_as_chosen(reading, times):
    assert names(switched(connected=reading).greeting) == ["connected"] * times


@pytest.mark.parametrize(
    ("reading", "rest"),
    [
        ("title-first", ["titleUpdate", "suggestedFollowups"]),
        ("suggestions-first", ["suggestedFollowups", "titleUpdate"]),
        ("title", ["titleUpdate"]),
        ("suggestions", ["suggestedFollowups"]),
        ("nothing", []),
    ],
)
def test_what_follows_done_comes_in_the_order_chosen(reading, rest):
    told = names(switched(after_done=reading).say(send("hi")))
    assert told[told.index("done") + 1 :] == rest


def test_streamed_suggestions_come_piece_by_piece():
    told = switched(suggestions="streamed").say(send("hi"))
    events = [json.loads(line) for line in told]
    pieces = [event["text"] for event in events if event["event"] == "appendSuggestion"]
    assert names(told)[-4:] == ["startSuggestion", "appendSuggestion", "appendSuggestion", "suggestionCompleted"]
    assert "".join(pieces) == "Tell me moreGive me an example"


def test_parts_are_counted_if_so_chosen():
    assert last(switched(parts="counted").say(send("hi")), "partCompleted")["partId"] == "0"


def test_pictures_have_no_previews_if_so_chosen():
    assert "partialImageGenerated" not in names(switched(previews="hidden").say(send("/image a cat")))


def test_reasoning_is_a_silence_if_so_chosen():
    assert "chainOfThought" not in names(switched(reasoning="silence").say(send("/think twice")))


def test_challenges_are_numbered_with_the_rest_if_so_chosen():
    assert last(switched(challenge_ids="running").say(send("/challenge null")), "challenge")["id"] == "2"


def test_uploads_have_absolute_addresses_if_so_chosen():
    service = service_of(switches={"attachment-urls": "absolute"})
    told = json_of(ask(service, "POST", "/c/api/attachments", b"\x89PNG", content_type="image/png"))
    assert told["url"].startswith("http://fake.test/attachments/")


def test_authors_are_words_if_so_chosen():
    service = service_of(switches={"authors": "word"})
    Talk(service).say(send("hi"))
    history = json_of(ask(service, "GET", "/c/api/conversations/c1/history"))
    assert [message["author"] for message in history["results"]] == ["ai", "human"]


def test_hashcash_can_count_digits_behind_the_whole_parameter():
    socket = switched(hashcash="digits")
    message = send("/challenge hashcash")
    parameter = last(socket.say(message), "challenge")["parameter"]
    token = next(str(number) for number in range(100_000) if fits_hashcash_digits(parameter, str(number)))
    assert (socket.say(respond(token, "hashcash")), text_of(socket.say(message))) == (
        [],
        "You have passed the challenge.",
    )


@pytest.mark.parametrize("name", SWITCHES)
def test_every_reading_of_a_switch_makes_a_turn(name):
    for generation in GENERATIONS:
        for reading in SWITCHES[name].readings:
            told = talk(generation=generation, switches={name: reading}).say(send("/image a cat"))
            assert "done" in names(told)


@pytest.mark.parametrize("switches", [{"nonsense": "never"}, {"connected": "thrice"}])
def test_switch_that_there_is_not_is_refused(switches):
    with pytest.raises(UsageError, match="Known: "):
        Config(switches=switches)


# -------------------------------------------------------------------- challenges at the opening
def solved(challenge):
    solve = {"hashcash": solve_hashcash, "copilot": solve_copilot}[challenge["method"]]
    return respond(solve(challenge["parameter"]), challenge["method"])


def test_challenge_comes_behind_connected():
    assert names(talk(challenge="null").greeting) == ["connected", "connected", "challenge"]


def test_challenge_answers_the_first_message_where_nobody_is_greeted():
    socket = talk(generation="2025-03", challenge="none-key")
    assert (socket.greeting, socket.say(send("hi"))) == ([], ['{"event":"challenge","id":"0"}'])


@pytest.mark.parametrize("method", ["hashcash", "copilot"])
def test_message_behind_a_passed_challenge_is_answered(method):
    socket = talk(challenge=method)
    assert socket.say(solved(json.loads(socket.greeting[-1]))) == []
    assert "done" in names(socket.say(send("hi")))


def test_message_before_the_proof_is_met_with_silence_and_has_to_come_again():
    socket = talk(challenge="hashcash")
    assert socket.say(send("hi")) == []
    assert socket.say(solved(json.loads(socket.greeting[-1]))) == []
    assert "done" in names(socket.say(send("hi")))


def test_kept_message_is_answered_once_whether_it_comes_again_or_not():
    socket = talk(challenge="copilot", switches={"held-send": "kept"})
    socket.say(send("hi"))
    assert "done" in names(socket.say(solved(json.loads(socket.greeting[-1]))))
    assert socket.say(send("hi")) == []
    assert "This is turn 2" in text_of(socket.say(send("hi")))


def test_message_kept_by_a_scenario_goes_on_by_itself():
    socket = talk(switches={"held-send": "kept"})
    challenge = last(socket.say(send("/challenge copilot")), "challenge")
    assert text_of(socket.say(solved(challenge))) == "You have passed the challenge."


def test_wrong_answer_does_not_open_the_socket():
    socket = talk(challenge="copilot")
    assert names(socket.say(respond("nonsense", "copilot"))) == ["error"]
    assert names(socket.say(send("hi"))) == ["challenge"]


def test_challenge_at_the_opening_wears_patience_out():
    socket = talk(challenge="null", challenge_timeout=7)
    assert (socket.chat.challenge_timeout, socket.chat.time_out()) == (7, [Close(1000, "")])


def test_clarity_token_of_december_2024_is_taken_unasked_if_it_was_given_out():
    service = service_of(generation="2025-03")
    told = ask(service, "POST", "/cl/eus-sc/collect", b"telemetry").body
    token = json.loads(told.partition(b" ")[2])[0]["value"]
    socket = Talk(service)
    assert socket.say(respond(token, "clarity")) == []
    assert "done" in names(socket.say(send("hi")))
    assert names(socket.say(respond("made up", "clarity"))) == ["error"]


# -------------------------------------------------------------------- limits
def test_message_beyond_the_quota_is_too_many():
    service = service_of(max_turns=1)
    assert "done" in names(Talk(service).say(send("hi")))
    assert last(Talk(service).say(send("hi")), "error")["errorCode"] == "too-many-messages"
    assert "done" in names(Talk(service, token="another").say(send("hi")))  # made up


# -------------------------------------------------------------------- strict
def strict(**query):
    return Talk(service_of(strict=True), **query)


def conversation_of(service):
    return json_of(ask(service, "POST", "/c/api/conversations"))["id"]


def test_strict_service_refuses_a_message_before_connected():
    service = service_of(strict=True)
    early = Talk(service, patient=False, clientSessionId="s")
    assert early.greeting == ["(pause 0.1)"]
    told = early.say(send("hi", conversation_of(service)))
    assert names(told) == ["error", "connected", "connected"]
    assert "done" in names(early.say(send("hi", conversation_of(service))))


def test_liberal_service_greets_who_does_not_wait():
    early = Talk(service_of(greeting_delay=5), patient=False)
    assert names(early.say(send("hi")))[:3] == ["connected", "connected", "received"]


def test_strict_service_answers_one_message_of_an_account_at_a_time():
    service = service_of(strict=True)
    one, other = (Talk(service, clientSessionId="s") for _ in range(2))
    one.begin(send("/long", conversation_of(service)), steps=2)
    refused = json.loads(other.say(send("hi", conversation_of(service)))[0])
    assert (refused["event"], refused["errorCode"]) == ("chatMessageError", "throttled")
    one.listen()
    assert "done" in names(other.say(send("hi", conversation_of(service))))


def test_strict_service_counts_a_socket_that_is_gone_no_more():
    service = service_of(strict=True)
    one, other = (Talk(service, clientSessionId="s") for _ in range(2))
    one.begin(send("/long", conversation_of(service)), steps=2)
    one.chat.end_turn()
    assert "done" in names(other.say(send("hi", conversation_of(service))))


def test_two_callers_talk_at_once_to_a_strict_service():
    service = service_of(strict=True)
    one, other = (Talk(service, token, clientSessionId="s") for token in ("first", "second"))
    told = json_of(ask(service, "POST", "/c/api/conversations", token="first"))["id"]  # made up
    one.begin(send("/long", told), steps=2)
    assert "done" in names(other.say(send("hi", told)))
