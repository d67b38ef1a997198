"""Pages of other origins: who may read the answers, and what a preflight is told."""

import pytest

from fake_server.service.cors import add_cors_headers
from fake_server.stage import Request, Response
from tests.support.clients.core_client import ask, service_of

PAGE = "https://copilot.microsoft.com"
ASKS = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}


def test_preflight_of_the_service_s_page_is_told_what_it_may(site):
    told = site.client().options("/c/api/conversations", headers={"origin": PAGE, **ASKS})
    assert (told.status_code, told.content) == (204, b"")
    assert told.headers["access-control-allow-origin"] == PAGE
    assert told.headers["access-control-allow-credentials"] == "true"
    assert told.headers["access-control-allow-methods"] == "GET, HEAD, POST, OPTIONS"
    assert told.headers["access-control-allow-headers"] == "authorization,content-type"
    assert told.headers["vary"] == "origin"


def test_preflight_needs_no_token_and_meets_no_fault(running):
    client = running(faults={"any": 503}).client("expired")
    assert client.options("/c/api/user", headers={"origin": PAGE, **ASKS}).status_code == 204


def test_preflight_of_another_page_is_refused_by_the_host(site):
    refused = site.client().options("/c/api/user", headers={"origin": "https://evil.example", **ASKS})
    assert refused.status_code == 403
    assert "access-control-allow-origin" not in refused.headers


def test_options_without_a_page_tells_the_methods(site):
    told = site.client().options("/c/api/conversations/x")
    assert (told.status_code, told.headers["allow"]) == (204, "DELETE, OPTIONS")
    assert "access-control-allow-methods" not in told.headers


def test_options_of_no_endpoint_is_404(site):
    assert site.client().options("/c/api/nothing").status_code == 404


@pytest.mark.parametrize(("token", "status"), [("a", 200), ("expired", 401)])
def test_page_may_read_answers_and_refusals(site, token, status):
    told = site.client(token, origin=PAGE).get("/c/api/user")
    assert (told.status_code, told.headers["access-control-allow-origin"]) == (status, PAGE)


def test_client_that_is_no_page_gets_no_leave(site):
    assert "access-control-allow-origin" not in site.client().get("/c/api/user").headers


def test_page_of_the_server_itself_needs_no_leave(site):
    assert "access-control-allow-origin" not in site.client(origin=site.url).get("/c/api/user").headers


def test_page_that_the_settings_do_not_name_gets_no_leave_from_the_service_either():
    told = ask(service_of(), "GET", "/c/api/user", origin="https://evil.example")
    assert "access-control-allow-origin" not in dict(told.headers)


def test_page_that_the_settings_name_gets_leave():
    service = service_of(origins=("http://localhost:3000",))
    told = ask(service, "GET", "/c/api/user", origin="http://localhost:3000")
    assert dict(told.headers)["access-control-allow-origin"] == "http://localhost:3000"


def test_leave_keeps_what_was_answered():
    request = Request(method="GET", target="/", headers=(("origin", PAGE),))
    told = add_cors_headers(request, Response(status=460, headers=(("a", "b"),), body=b"x"), (PAGE,))
    assert (told.status, told.headers[0], told.body) == (460, ("a", "b"), b"x")


def test_page_on_the_service_s_own_name_needs_no_leave():
    request = Request(method="GET", target="/", headers=(("origin", PAGE),), origin=PAGE)
    assert add_cors_headers(request, Response(), (PAGE,)) == Response()


def test_header_names_that_are_none_are_not_repeated():
    told = ask(
        service_of(),
        "OPTIONS",
        "/c/api/user",
        origin=PAGE,
        **{"access-control-request-method": "GET", "access-control-request-headers": "a<b>"},
    )
    assert "access-control-allow-headers" not in dict(told.headers)
