"""Requests that fail because they are told to."""

import pytest

from fake_server.service.config import Config
from fake_server.service.refusals import FAULTS, PLACES, RefusalError
from fake_server.service.routes import ROUTES, place_of
from fake_server.service.service import Service
from fake_server.stage import Drop, Stall
from tests.support.clients.core_client import Talk, ask, json_of, send, service_of
from tests.support.clients.core_client import request as request_of

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
    assert FAULTS[how].make() == answer


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
        ({"usr": 401}, "no request has the name 'usr'; known: user, "),
        ({"user": 200}, "a request cannot fail with 200"),
        ({"user": 600}, "a request cannot fail with 600"),
        ({"user": "cloudflair"}, "a request cannot fail with 'cloudflair'; known: 400 to 599, 302, cloudflare, "),
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
    from tests.support.clients.core_client import text_of

    told = text_of(Talk(service_of()).say(send("/refuse 999")))
    assert told.startswith("Usage: /refuse [STATUS|KIND [PLACE]]. a request cannot fail with 999; known: ")


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
