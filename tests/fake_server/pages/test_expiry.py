"""Tokens that expire on demand: by a test, by a request, by a prompt."""

import httpx
import pytest

from fake_server.service.tokens import Expiry
from tests.support.clients.core_client import Talk, ask, send, service_of


@pytest.fixture
def visitor(site):
    with httpx.Client(base_url=site.url, timeout=5, trust_env=False) as client:
        yield client


def user(visitor, token):
    return visitor.get("/c/api/user", headers={"authorization": f"Bearer {token}"})


def upgrade(visitor, token):
    fields = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    fields |= {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
    with visitor.stream("GET", f"/c/api/chat?api-version=2&accessToken={token}", headers=fields) as answer:
        return answer.status_code


def test_expired_token_is_refused_on_rest_and_at_the_socket(site, visitor):
    assert (user(visitor, "a").status_code, upgrade(visitor, "a")) == (200, 101)
    site.script.expire("a")
    assert (user(visitor, "a").status_code, upgrade(visitor, "a")) == (401, 401)


def test_refusal_says_that_the_token_was_made_to_expire(site, visitor):
    site.script.expire("a")
    assert "made to expire" in user(visitor, "a").headers["x-wiretape-because"]


def test_other_tokens_are_taken_as_before(site, visitor):
    site.script.expire("a")
    assert user(visitor, "b").status_code == 200


def test_all_tokens_that_came_so_far_expire_and_a_new_one_is_taken(site, visitor):
    for token in ("a", "b"):
        user(visitor, token)
    assert site.script.expire() == 2
    assert [user(visitor, token).status_code for token in ("a", "b", "c")] == [401, 401, 200]


def test_what_has_expired_is_counted_once(site):
    assert [site.script.expire("a"), site.script.expire("a"), site.script.expire()] == [1, 0, 0]


def test_request_lets_one_token_expire(visitor):
    assert visitor.post("/.wiretape/expire", json={"token": "a"}).json() == {"expired": 1}
    assert [user(visitor, token).status_code for token in ("a", "b")] == [401, 200]


def test_request_without_a_body_lets_all_tokens_expire(visitor):
    user(visitor, "a")
    assert visitor.post("/.wiretape/expire").json() == {"expired": 1}
    assert user(visitor, "a").status_code == 401


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"token":5}', b"\xff", b"[" * 5000])
def test_request_with_another_body_is_told_what_to_send(visitor, body):
    refused = visitor.post("/.wiretape/expire", content=body)
    assert refused.status_code == 400
    assert refused.json()["message"] == 'the body is {"token": ".."}, or empty for all tokens'


def test_page_of_another_origin_cannot_let_tokens_expire(visitor):
    user(visitor, "a")
    assert visitor.post("/.wiretape/expire", headers={"origin": "https://stranger.test"}).status_code == 403
    assert user(visitor, "a").status_code == 200


def test_prompt_lets_the_token_of_its_caller_expire_and_no_other():
    service = service_of()
    talk = Talk(service, "a")
    talk.say(send("/expire"))
    assert [ask(service, "GET", "/c/api/user", token=token).status for token in ("a", "b")] == [401, 200]
    assert "turn 2" in "".join(talk.say(send("still there?")))


def test_prompt_of_an_anonymous_caller_lets_nothing_expire():
    service = service_of()
    ask(service, "GET", "/c/api/user", token="a")
    Talk(service, None).say(send("/expire"))
    assert ask(service, "GET", "/c/api/user", token="a").status == 200


def test_only_so_many_tokens_are_remembered():
    expiry = Expiry()
    expiry.expire("first")
    assert expiry.register("first", "k")
    for number in range(4000):
        expiry.register(f"token {number}", "k")
    assert expiry.expire_all() == 4000
    assert not expiry.register("first", "k")


def test_no_token_is_kept_as_it_is():
    expiry = Expiry()
    expiry.register("a-secret-token", "k")
    assert "a-secret-token" not in repr(vars(expiry))
