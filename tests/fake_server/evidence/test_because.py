"""Refusals say in a header what they rest on."""

import pytest

from fake_server.service.refusals import BECAUSE, REFUSALS, refusal
from fake_server.service.rules import GROUNDS, OBJECTIONS, object_to, turn_away

UPGRADE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec_websocket_version": "13",
    "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_upgrade_without_a_session_names_the_paragraph(site):
    answer = site(strict=True).ask("GET", "/c/api/chat", **UPGRADE)
    told = "docs/protocol.md 2.1 [2]: no temporary session, or one whose six hours have passed (strict)"
    assert (answer.status_code, answer.headers[BECAUSE]) == (460, told)


def test_fault_names_the_paragraph_and_itself(site):
    answer = site(faults={"user": 451}).ask("GET", "/c/api/user")
    assert answer.headers[BECAUSE] == "docs/protocol.md 3.8 [1]: a region that is refused (fault 451)"


def test_fault_on_the_upgrade_names_itself_too(site):
    answer = site(faults={"upgrade": "cloudflare"}).ask("GET", "/c/api/chat", **UPGRADE)
    assert answer.headers[BECAUSE].endswith("(fault cloudflare)")


def test_status_that_nobody_saw_is_the_fake_s_own(site):
    answer = site(faults={"user": 418}).ask("GET", "/c/api/user")
    assert answer.headers[BECAUSE] == "the fake's own: a status that no source saw (fault 418)"


def test_what_is_no_refusal_has_no_reason(site):
    assert BECAUSE not in site().ask("GET", "/c/api/user").headers


def test_reasons_can_be_left_out(site):
    answer = site(faults={"user": 401}, because=False).ask("GET", "/c/api/user")
    assert (answer.status_code, BECAUSE in answer.headers) == (401, False)


def test_page_of_an_allowed_origin_may_read_the_reason(site):
    origin = "https://copilot.microsoft.com"
    answer = site(faults={"user": 401}).ask("GET", "/c/api/user", origin=origin)
    assert BECAUSE in answer.headers["access-control-expose-headers"]


def test_reason_shows_no_token(site):
    answer = site(tokens={"the-one"}).ask("GET", "/c/api/user", authorization="Bearer expired-secret")
    assert answer.status_code == 401
    assert "secret" not in answer.headers[BECAUSE]


@pytest.mark.parametrize("name", GROUNDS)
def test_every_ground_fits_into_a_header(name):
    told = turn_away(name).because
    assert told.isascii()
    assert told.isprintable()


@pytest.mark.parametrize("how", [401, 499, *REFUSALS])
def test_every_fault_fits_into_a_header(how):
    told = refusal(how).because
    assert told.endswith(f"(fault {how})")
    assert told.isascii()


@pytest.mark.parametrize("name", OBJECTIONS)
def test_every_objection_says_why_beside_the_event_and_not_in_it(name):
    told = object_to(name)
    assert told.because
    assert told.event.error_code == OBJECTIONS[name].code
    assert getattr(told.event, "message", None) is None
