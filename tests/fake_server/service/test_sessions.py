"""Starting, temporary sessions, and the anonymous cookie."""

import base64
import json

import pytest

from tests.support.clients.core_client import ask, json_of, service_of

NANOID = 21


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


# -------------------------------------------------------------------- over the wire
OLDEST = {"timeZone": "America/New_York", "startNewConversation": True, "teenSupportEnabled": True}
NATIVE = OLDEST | {"correctPersonalizationSetting": True, "deferredDataUseCapable": True}
SINCE_START = pytest.mark.parametrize("since_start", ["2025-10", "2026"])


@SINCE_START
@pytest.mark.parametrize("body", [OLDEST, NATIVE, NATIVE | {"performUserMerge": True}, {}])
def test_start_takes_each_form_of_the_request(running, since_start, body):
    started = running(generation=since_start).client().post("/c/api/start", json=body)
    assert started.headers["x-copilot-conversation-id"] == started.json()["currentConversationId"]


@SINCE_START
def test_start_keeps_the_current_conversation_of_its_caller_alone(running, since_start):
    site = running(generation=since_start)
    mine, other = site.client("a"), site.client("b")
    first = mine.post("/c/api/start", json=OLDEST).json()["currentConversationId"]
    keep = {"startNewConversation": False}
    kept, others = (each.post("/c/api/start", json=keep).json()["currentConversationId"] for each in (mine, other))
    assert kept == first != others


@SINCE_START
def test_anonymous_caller_is_known_again_by_the_cookie(running, since_start):
    client = running(generation=since_start).client()
    cookie = client.post("/c/api/start", json=OLDEST).cookies["__Host-copilot-anon"]
    client.headers["cookie"] = f"__Host-copilot-anon={cookie}"
    users = [client.post("/c/api/start", json=OLDEST).json() for _ in range(2)]
    assert users[0]["userId"] == users[1]["userId"]
    assert not users[0]["isNewUser"]


@SINCE_START
@pytest.mark.parametrize("token", ["expired", "invalid"])
def test_start_of_no_valid_session_is_401(running, since_start, token):
    assert running(generation=since_start).client(token).post("/c/api/start").status_code == 401


def test_start_is_a_page_by_a_fault(running):
    told = running(faults={"start": "html"}).client().post("/c/api/start", json=OLDEST)
    assert (told.status_code, told.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize(("since_start", "status"), [("2025-10", 200), ("2026", 401)])
def test_strict_service_takes_invented_cookies_in_2025_and_no_longer(running, since_start, status):
    client = running(generation=since_start, strict=True).client(cookie="__Host-copilot-anon=invented")
    told = [client.post("/c/api/start").status_code, client.get("/c/api/conversations").status_code]
    assert told == [status, status]


def test_strict_service_refuses_a_cookie_that_has_expired(running):
    site = running(strict=True)
    cookie = site.client().post("/c/api/start").cookies["__Host-copilot-anon"]
    client = site.client(cookie=f"__Host-copilot-anon={cookie}")
    site.script.pass_time(390 * 86_400 - 1)
    assert client.get("/c/api/user").status_code == 200
    site.script.pass_time(1)
    assert client.get("/c/api/user").status_code == 401


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_temporary_session_s_key_opens_a_strict_socket_for_six_hours(running, body):
    site = running(strict=True)
    key = site.client().post("/c/api/user/sessions/temporary", content=body).json()["sessionKey"]
    query = f"&temporarySessionKey={key}&clientSessionId=1"
    site.script.pass_time(6 * 3600 - 1)
    assert site.upgrade(query) == 101
    site.script.pass_time(1)
    assert site.upgrade(query) == 460


def test_strict_service_of_2026_refuses_a_session_key_that_it_never_gave_out(running):
    site = running(strict=True)
    key = site.client().post("/c/api/user/sessions/temporary").json()["sessionKey"]
    header = "X-Copilot-TemporarySessionKey"
    statuses = [site.client(**{header: each}).get("/c/api/user").status_code for each in (key, "invented")]
    assert statuses == [200, 460]
    assert [site.upgrade(), site.upgrade("&temporarySessionKey=invented")] == [460, 460]


def test_signed_in_caller_needs_no_temporary_session(running):
    assert running(strict=True).upgrade("&accessToken=a") == 101


def test_callers_without_a_cookie_are_told_apart_by_their_session_keys(running):
    site = running()
    keys = [site.client().post("/c/api/user/sessions/temporary").json()["sessionKey"] for _ in range(2)]
    clients = [site.client(x_copilot_temporarysessionkey=key) for key in keys]
    clients[0].post("/c/api/conversations")
    assert [len(each.get("/c/api/conversations").json()["results"]) for each in clients] == [1, 0]


@pytest.mark.parametrize(("how", "status"), [(440, 440), (451, 451), (403, 403), ("cloudflare", 403), (302, 302)])
@pytest.mark.parametrize(("at", "path"), [("session", "/c/api/user/sessions/temporary"), ("start", "/c/api/start")])
def test_session_is_refused_by_a_fault(running, at, path, how, status):
    assert running(faults={at: how}).client().post(path).status_code == status
