"""Refusals say in a header what they rest on."""

import pytest

from fake_server.service.refusals import FAULT_WORDS, fault_response, reject, reject_message
from fake_server.service.rules import MESSAGE_RULES, REQUEST_RULES, SOURCE_HEADER

UPGRADE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec_websocket_version": "13",
    "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_upgrade_without_a_session_names_the_paragraph(site):
    answer = site(strict=True).ask("GET", "/c/api/chat", **UPGRADE)
    told = "docs/protocol.md 2.1 [2]: no temporary session, or one whose six hours have passed (strict)"
    assert (answer.status_code, answer.headers[SOURCE_HEADER]) == (460, told)


def test_fault_names_the_paragraph_and_itself(site):
    answer = site(faults={"user": 451}).ask("GET", "/c/api/user")
    assert answer.headers[SOURCE_HEADER] == "docs/protocol.md 3.8 [1]: a region that is refused (fault 451)"


def test_fault_on_the_upgrade_names_itself_too(site):
    answer = site(faults={"upgrade": "cloudflare"}).ask("GET", "/c/api/chat", **UPGRADE)
    assert answer.headers[SOURCE_HEADER].endswith("(fault cloudflare)")


def test_status_that_nobody_saw_is_the_fake_s_own(site):
    answer = site(faults={"user": 418}).ask("GET", "/c/api/user")
    assert answer.headers[SOURCE_HEADER] == "the fake's own: a status that no source saw (fault 418)"


def test_what_is_no_refusal_has_no_reason(site):
    assert SOURCE_HEADER not in site().ask("GET", "/c/api/user").headers


def test_reasons_can_be_left_out(site):
    answer = site(faults={"user": 401}, because=False).ask("GET", "/c/api/user")
    assert (answer.status_code, SOURCE_HEADER in answer.headers) == (401, False)


def test_page_of_an_allowed_origin_may_read_the_reason(site):
    origin = "https://copilot.microsoft.com"
    answer = site(faults={"user": 401}).ask("GET", "/c/api/user", origin=origin)
    assert SOURCE_HEADER in answer.headers["access-control-expose-headers"]


def test_reason_shows_no_token(site):
    answer = site(tokens={"the-one"}).ask("GET", "/c/api/user", authorization="Bearer expired-secret")
    assert answer.status_code == 401
    assert "secret" not in answer.headers[SOURCE_HEADER]


@pytest.mark.parametrize("name", REQUEST_RULES)
def test_every_request_rule_fits_into_a_header(name):
    told = reject(name).because
    assert told.isascii()
    assert told.isprintable()


@pytest.mark.parametrize("how", [401, 499, *FAULT_WORDS])
def test_every_fault_fits_into_a_header(how):
    told = fault_response(how).because
    assert told.endswith(f"(fault {how})")
    assert told.isascii()


@pytest.mark.parametrize("name", MESSAGE_RULES)
def test_every_message_rule_says_why_beside_the_event_and_not_in_it(name):
    told = reject_message(name)
    assert told.because
    assert told.event.error_code == MESSAGE_RULES[name].code
    assert getattr(told.event, "message", None) is None
