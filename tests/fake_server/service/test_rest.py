"""Which endpoints there are, and what becomes of requests that none takes."""

import re
from pathlib import Path

import pytest

from fake_server.service.routes import ROUTES
from fake_server.service.rules import REQUEST_RULES
from provider.wire.generations import GENERATIONS
from tests.support.clients.core_client import ask, json_of, service_of


@pytest.fixture
def service(generation):
    return service_of(generation=generation)


def get(service, target, **more):
    return json_of(ask(service, "GET", target, **more))


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
    assert dict(refused.headers)["allow"] == "GET, HEAD, POST, OPTIONS"


def test_head_is_answered_like_get(service):
    assert ask(service, "HEAD", "/c/api/user").status == 200


# -------------------------------------------------------------------- over the wire
ALWAYS = {
    "GET /",
    "GET /.wiretape",
    "GET /.wiretape/sign-in",
    "POST /.wiretape/sign-in",
    "DELETE /.wiretape/sign-in",
    "POST /.wiretape/expire",
    "GET /.wiretape/pages/{name}",
    "GET /c/api/user",
    "GET /c/api/conversations",
    "POST /c/api/conversations",
    "DELETE /c/api/conversations/{id}",
    "GET /c/api/conversations/{id}/history",
    "POST /c/api/conversations/{id}/shares",
    "GET /c/api/conversations/shares/{id}",
    "POST /c/api/attachments",
    "GET /attachments/{id}.png",
    "GET /th/id/BCO.{uuid}.png",
}
SINCE_START = {"POST /c/api/start", "GET /c/api/user/settings"}
SINCE_2026 = {"POST /c/api/user/sessions/temporary", "GET /c/api/config", "GET /c/api/shares/{id}"}
ENDPOINTS = {
    "2025-03": ALWAYS | {"POST /cl/eus-sc/collect"},
    "2025-10": ALWAYS | SINCE_START,
    "2026": ALWAYS | SINCE_START | SINCE_2026,
}


def test_each_generation_has_its_endpoints(generation):
    there = {f"{route.method} {route.path_template}" for route in ROUTES if route.rule.is_in(generation)}
    assert {each for each in there if not each.startswith("*")} == ENDPOINTS[generation]


@pytest.mark.parametrize("endpoint", sorted(SINCE_START | SINCE_2026 | {"POST /cl/eus-sc/collect"}))
def test_endpoint_of_another_generation_is_404(site, generation, endpoint):
    method, _, path = endpoint.partition(" ")
    status = site.client("a").request(method, path).status_code
    expected = 200 if endpoint in ENDPOINTS[generation] and "{" not in endpoint else 404
    assert status == expected


@pytest.mark.parametrize("path", ["/c/api/feedback", "/c/api/conversations/x/autosuggest?query=a", "/c/api/react"])
def test_endpoints_that_only_the_page_s_code_names_are_unknown(site, path):
    assert [site.client().request(method, path).status_code for method in ("GET", "POST")] == [404, 404]


def test_head_has_the_length_of_get_and_no_body(site):
    visitor = site.client("a")
    asked, told = visitor.head("/c/api/user"), visitor.get("/c/api/user")
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-length"] == told.headers["content-length"]


def test_head_of_what_can_only_be_posted_is_405(site):
    refused = site.client().head("/c/api/attachments")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST, OPTIONS")


def test_equal_sessions_over_the_wire_are_equal_byte_by_byte(running, generation):
    def session():
        visitor = running(generation=generation, seed=7).client("a")
        asked = ("GET /", "GET /c/api/user", "POST /c/api/start", "POST /c/api/conversations", "GET /c/api/config")
        answers = [visitor.request(*each.split(" ")) for each in asked]
        return [(answer.status_code, answer.headers.multi_items(), answer.content) for answer in answers]

    assert session() == session()


# -------------------------------------------------------------------- what it rests on
PROTOCOL = Path(__file__).parents[3] / "docs" / "protocol.md"
HEADINGS = set(re.findall(r"^###? (\d+(?:\.\d+)?)\b", PROTOCOL.read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path_template}")
def test_endpoint_names_the_paragraph_it_rests_on(route):
    rule = route.rule
    is_own = route.path_template.startswith("/.wiretape")
    assert is_own or (
        rule.paragraph.removeprefix("§") in HEADINGS and re.fullmatch(r"\[(\d\+?|inf)\]", rule.confidence)
    )
    assert {rule.since, rule.until or rule.since} <= set(GENERATIONS)


@pytest.mark.parametrize("name", REQUEST_RULES)
def test_reason_to_reject_names_the_paragraph_it_rests_on(name):
    ground = REQUEST_RULES[name]
    assert ground.paragraph.removeprefix("§") in HEADINGS
    assert re.fullmatch(r"\[(\d|inf)\]", ground.confidence)
    assert ground.since in GENERATIONS
