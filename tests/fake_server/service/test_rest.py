"""Every endpoint, answered without a connection."""

import base64
import json

import pytest

from fake_server.service.config import Config
from fake_server.service.refusals import PLACES, REFUSALS, RefusalError
from fake_server.service.rest import ROUTES, place_of
from fake_server.service.service import Service
from fake_server.stage import Drop, Stall
from tests.support.talk import Talk, ask, json_of, send, service_of
from tests.support.talk import request as request_of

NANOID = 21


@pytest.fixture(params=["2025-03", "2026"])
def service(request):
    return service_of(generation=request.param)


def get(service, target, **more):
    return json_of(ask(service, "GET", target, **more))


# -------------------------------------------------------------------- who calls
def test_user_of_2025_has_the_shape_of_the_saved_page():
    told = get(service_of(generation="2025-03"), "/c/api/user")
    assert told == {
        "id": told["id"],
        "firstName": "Robin",
        "anid": None,
        "isPro": False,
        "regionCode": "US",
        "inEeaPlusRegion": False,
        "inGdprRegion": False,
        "remainingReasoningCalls": 50,
        "isHistoryMigrationPending": False,
        "isEligibleForFreeTrial": False,
        "isDeprecated": False,
        "phoneLink": None,
        "ageGroup": "adult",
        "allowedToggles": {"textTraining": True, "voiceTraining": True, "personalization": True},
    }


def test_user_of_2026_tells_usage_in_an_object():
    told = get(service_of(), "/c/api/user?api-version=2")
    assert told["firstName"] == "Robin"
    assert told["remainingUsage"] == {"reasoningCalls": 50}
    assert "remainingReasoningCalls" not in told


def test_anonymous_user_has_no_name(service):
    assert get(service, "/c/api/user", token=None)["firstName"] is None


@pytest.mark.parametrize("token", ["expired", "expired-since-yesterday", "invalid"])
def test_expired_token_is_401(service, token):
    refused = ask(service, "GET", "/c/api/user", token=token)
    assert (refused.status, refused.body) == (401, b'{"status":401}')


def test_only_the_configured_tokens_are_taken():
    service = service_of(tokens={"right", "expired-but-listed"})
    statuses = [ask(service, "GET", "/c/api/user", token=t).status for t in ("right", "expired-but-listed", "wrong")]
    assert statuses == [200, 200, 401]


def test_tokens_do_not_show():
    assert "right" not in repr(Config(tokens={"right"}))


def test_cookie_of_a_signed_in_caller_is_taken():
    told = get(service_of(), "/c/api/user", token=None, cookie="MUID=1; _U=token; x=y")
    assert told["firstName"] == "Robin"


def test_authorization_of_another_scheme_is_anonymous(service):
    assert get(service, "/c/api/user", token=None, authorization="Basic abc")["firstName"] is None


# -------------------------------------------------------------------- conversations
def test_conversation_id_is_a_nanoid(service):
    told = json_of(ask(service, "POST", "/c/api/conversations"))
    assert list(told) == ["id"]
    assert len(told["id"]) == NANOID


def test_conversations_are_listed_for_their_owner_with_the_last_used_first():
    service = service_of()
    first, second = (json_of(ask(service, "POST", "/c/api/conversations", token="a"))["id"] for _ in range(2))
    Talk(service, "a").say(send("Rivers of Peru", first))
    assert get(service, "/c/api/conversations?types=chat", token="b") == {"results": [], "next": None}
    assert get(service, "/c/api/conversations", token="a") == {
        "results": [
            {"id": first, "title": "Rivers of Peru", "updatedAt": "2026-01-15T10:00:02.000Z"},
            {"id": second, "title": None, "updatedAt": "2026-01-15T10:00:00.000Z"},
        ],
        "next": None,
    }


@pytest.mark.parametrize(
    ("generation", "human", "ai"),
    [("2025-03", "human", "ai"), ("2026", {"type": "human"}, {"type": "ai"})],
)
def test_history_is_newest_first(generation, human, ai):
    service = service_of(generation=generation)
    conversation = json_of(ask(service, "POST", "/c/api/conversations"))["id"]
    Talk(service).say(send("/parts 1", conversation))
    told = get(service, f"/c/api/conversations/{conversation}/history?api-version=2")
    answer, question = told["results"]
    part_id = answer["content"][0]["partId"]
    date = "2025-04-01" if generation == "2025-03" else "2026-01-15"
    assert told["next"] is None
    assert question == {
        "id": question["id"],
        "author": human,
        "createdAt": f"{date}T10:00:01.000Z",
        "content": [{"type": "text", "text": "/parts 1"}],
    }
    assert answer == {
        "id": answer["id"],
        "author": ai,
        "createdAt": f"{date}T10:00:02.000Z",
        "content": [{"type": "text", "text": "Part 1 of the answer. ", "partId": part_id}],
    }


def test_history_tells_replaced_text_sources_and_pictures():
    service = service_of()
    conversation = json_of(ask(service, "POST", "/c/api/conversations"))["id"]
    socket = Talk(service)
    for prompt in ("/replace", "/search x", "/image-only x"):
        socket.say(send(prompt, conversation))
    results = get(service, f"/c/api/conversations/{conversation}/history")["results"]
    picture, searched, replaced = (result["content"] for result in results[::2])
    assert [part["type"] for part in picture] == ["image"]
    assert [part["type"] for part in searched] == ["text", "citation", "citation"]
    assert [searched[1]["publisher"], searched[2]["publisher"]] == ["Example", "example.org"]
    assert replaced[0]["text"] == "A second draft of the answer."


def test_history_of_another_account_is_404():
    service = service_of()
    conversation = json_of(ask(service, "POST", "/c/api/conversations", token="a"))["id"]
    target = f"/c/api/conversations/{conversation}/history"
    assert [ask(service, "GET", target, token=t).status for t in ("a", "b", None)] == [200, 404, 404]


def test_deleted_conversation_is_gone(service):
    conversation = json_of(ask(service, "POST", "/c/api/conversations"))["id"]
    target = f"/c/api/conversations/{conversation}"
    assert [ask(service, "DELETE", target).status for _ in range(2)] == [200, 404]
    assert ask(service, "GET", f"{target}/history").status == 404


# -------------------------------------------------------------------- sessions
START = b'{"timeZone":"UTC","startNewConversation":true}'


def test_start_opens_a_conversation():
    answer = ask(service_of(), "POST", "/c/api/start", START)
    told = json_of(answer)
    assert list(told) == [
        "currentConversationId",
        "userId",
        "isNewUser",
        "isBlocked",
        "banExpiresAt",
        "remainingTurns",
        "features",
        "cohortStatus",
    ]
    assert len(told["currentConversationId"]) == NANOID
    assert dict(answer.headers)["x-copilot-conversation-id"] == told["currentConversationId"]
    assert "set-cookie" not in dict(answer.headers)


def test_start_gives_anonymous_callers_a_cookie_shaped_like_the_service_s():
    cookie = dict(ask(service_of(), "POST", "/c/api/start", START, token=None).headers)["set-cookie"]
    value, *attributes = cookie.split("; ")
    name, _, token = value.partition("=")
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    assert name == "__Host-copilot-anon"
    assert attributes == ["Max-Age=33696000", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"]
    assert (header["alg"], header["typ"]) == ("PS256", "JWT")
    assert claims["aud"] == "AnonymousIdentity"
    assert claims["exp"] - claims["iat"] == 390 * 86_400


def test_start_knows_a_caller_with_a_cookie():
    again = ask(service_of(), "POST", "/c/api/start", START, token=None, cookie="__Host-copilot-anon=x")
    assert json_of(again)["isNewUser"] is False
    assert "set-cookie" not in dict(again.headers)


def test_strict_start_takes_only_cookies_it_gave_out():
    service = service_of(strict=True)
    cookie = dict(ask(service, "POST", "/c/api/start", token=None).headers)["set-cookie"].partition(";")[0]
    statuses = [
        ask(service, "POST", "/c/api/start", token=None, cookie=each).status
        for each in (cookie, "__Host-copilot-anon=made-up")
    ]
    assert statuses == [200, 401]


@pytest.mark.parametrize("body", [b"", b"{}", b"not json", b"[1]"])
def test_start_takes_any_body(body):
    assert ask(service_of(), "POST", "/c/api/start", body).status == 200


def test_start_can_go_on_with_the_last_conversation():
    service = service_of()
    first = json_of(ask(service, "POST", "/c/api/start", START))["currentConversationId"]
    again = json_of(ask(service, "POST", "/c/api/start", b'{"startNewConversation":false}'))
    assert again["currentConversationId"] == first


def test_temporary_session_has_a_key():
    told = json_of(ask(service_of(), "POST", "/c/api/user/sessions/temporary", b"{}", token=None))
    assert list(told) == ["sessionKey"]
    assert len(told["sessionKey"]) == 64


@pytest.mark.parametrize("target", ["/c/api/start", "/c/api/user/sessions/temporary"])
def test_start_and_sessions_did_not_exist_in_2025(target):
    assert ask(service_of(generation="2025-03"), "POST", target).status == 404


@pytest.mark.parametrize(("generation", "longest"), [("2025-03", 10_000), ("2026", 10_240)])
def test_config_names_the_longest_text(generation, longest):
    assert get(service_of(generation=generation), "/c/api/config")["maxTextMessageLength"] == longest


# -------------------------------------------------------------------- the rest
def test_fake_says_that_it_is_one(service):
    assert get(service, "/.wiretape") == {"fake": "copilot", "generation": service.generation.name, "seed": 0}


def test_start_page_is_html(service):
    assert dict(ask(service, "GET", "/").headers)["content-type"].startswith("text/html")


def test_unknown_path_is_404_in_json(service):
    missing = ask(service, "GET", "/c/api/nothing")
    assert (missing.status, missing.body) == (404, b'{"status":404}')


def test_wrong_method_is_405_and_names_the_right_ones(service):
    refused = ask(service, "PUT", "/c/api/conversations")
    assert refused.status == 405
    assert dict(refused.headers)["allow"] == "GET, POST"


def test_head_is_answered_like_get(service):
    assert ask(service, "HEAD", "/c/api/user").status == 200


# -------------------------------------------------------------------- requests that fail
STATUSES = [400, 401, 403, 404, 429, 440, 451, 460, 500, 502, 503, 504]


@pytest.mark.parametrize("status", STATUSES)
def test_request_fails_with_any_status(status):
    refused = ask(service_of(faults={"user": status}), "GET", "/c/api/user")
    assert (refused.status, json_of(refused)) == (status, {"status": status})


def test_429_says_when_to_come_again():
    assert dict(ask(service_of(faults={"user": 429}), "GET", "/c/api/user").headers)["retry-after"] == "30"


def test_redirect_goes_to_the_start_page():
    for how in (302, "redirect"):
        refused = ask(service_of(faults={"user": how}), "GET", "/c/api/user")
        assert (refused.status, refused.headers) == (302, (("location", "/"),))


@pytest.mark.parametrize(("how", "status"), [("cloudflare", 403), ("html", 200), ("rate-page", 429)])
def test_page_in_place_of_an_answer(how, status):
    refused = ask(service_of(faults={"user": how}), "GET", "/c/api/user")
    assert refused.status == status
    assert dict(refused.headers)["content-type"] == "text/html; charset=utf-8"
    assert refused.body.startswith(b"<!DOCTYPE html>")


def test_cloudflare_s_page_has_its_marks():
    refused = ask(service_of(faults={"user": "cloudflare"}), "GET", "/c/api/user")
    assert dict(refused.headers)["cf-mitigated"] == "challenge"
    assert b"Just a moment" in refused.body
    assert b"challenge-platform" in refused.body


@pytest.mark.parametrize(("how", "answer"), [("drop", Drop()), ("reset", Drop(how="reset")), ("stall", Stall())])
def test_request_without_an_answer(how, answer):
    assert REFUSALS[how]() == answer


def test_broken_json_is_a_way_to_fail():
    assert ask(service_of(faults={"user": "notjson"}), "GET", "/c/api/user").body == b"{broken"


def test_every_place_has_an_endpoint_and_the_other_way_round():
    assert {route.place for route in ROUTES} - {""} == set(PLACES) - {"upgrade", "any"}


def test_fault_strikes_its_place_alone():
    service = service_of(faults={"conversations": 502})
    assert ask(service, "POST", "/c/api/conversations").status == 502
    assert ask(service, "GET", "/c/api/user").status == 200


def test_fault_at_any_strikes_all_but_what_tells_that_this_is_a_fake():
    service = service_of(faults={"any": 503})
    assert ask(service, "GET", "/c/api/user").status == 503
    assert ask(service, "GET", "/.wiretape").status == 200


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        ({"usr": 401}, "no request is called 'usr'; known: user, "),
        ({"user": 200}, "no request fails by 200"),
        ({"user": 600}, "no request fails by 600"),
        ({"user": "cloudflair"}, "no request fails by 'cloudflair'; known: 400 to 599, 302, cloudflare, "),
    ],
)
def test_fault_that_is_none_is_refused_at_once(faults, why):
    with pytest.raises(RefusalError, match=why):
        Config(faults=faults)


def test_next_request_fails_once():
    service = service_of()
    service.refuse_next("user", 401)
    assert [ask(service, "GET", "/c/api/user").status for _ in range(2)] == [401, 200]


@pytest.mark.parametrize(
    ("prompt", "status"),
    [("/refuse 429 user", 429), ("/region", 451), ("/cloudflare", 403), ("/refuse cloudflare any", 403)],
)
def test_prompt_lets_the_same_caller_s_next_request_fail(prompt, status):
    service = service_of()
    Talk(service, "a").say(send(prompt))
    assert ask(service, "GET", "/c/api/user", token="b").status == 200
    assert [ask(service, "GET", "/c/api/user", token="a").status for _ in range(2)] == [status, 200]


def test_prompt_that_names_no_fault_is_answered_with_its_usage():
    from tests.support.talk import text_of

    told = text_of(Talk(service_of()).say(send("/refuse 999")))
    assert told.startswith("Usage: /refuse [STATUS|KIND [PLACE]]. no request fails by 999; known: ")


def test_generation_that_is_none_is_refused_at_once():
    from provider.wire.errors import UsageError

    with pytest.raises(UsageError, match="There is no generation '2019'"):
        Service(Config(generation="2019"))


def test_request_helper_speaks_as_a_client():
    assert request_of("GET", "/").header("authorization") == "Bearer token-of-the-tests"


@pytest.mark.parametrize(
    ("method", "target", "place"),
    [
        ("GET", "/c/api/chat?api-version=2", "upgrade"),
        ("GET", "/c/api/user?x=1", "user"),
        ("HEAD", "/c/api/user", "user"),
        ("POST", "/c/api/conversations", "conversations"),
        ("GET", "/c/api/conversations/c1/history", "history"),
        ("POST", "/c/api/start", "start"),
        ("PUT", "/c/api/user", ""),
        ("GET", "/", ""),
        ("GET", "/nowhere", ""),
    ],
)
def test_place_of_a_request_is_that_of_its_endpoint(method, target, place):
    assert place_of(request_of(method, target)) == place
