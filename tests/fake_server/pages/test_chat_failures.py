"""What the chat page shows when a turn fails, ends early, or meets a challenge."""

import pytest

from fake_server.scenarios import Fail, Say
from tests.support.browsers.chat_page import DONE, ask, open_chat, say

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([Fail("text-too-long")], "The service refuses: text-too-long"),
        ([Say("a"), Fail("throttled", "Slow <b>down</b>")], "The service refuses: throttled (Slow <b>down</b>)"),
    ],
)
async def test_error_is_told(showing, steps, told):
    page = await showing(*steps)
    assert await page.text_of("[role=alert]") == [told]


@pytest.mark.parametrize(("prompt", "told"), [("/cut 2", "(1006)"), ("/close 4001 good bye", "(4001: good bye)")])
async def test_end_of_the_connection_is_told_and_the_next_turn_works(chat, prompt, told):
    await ask(chat, prompt)
    assert told in (await chat.text_of("[role=alert]"))[0]
    await ask(chat, "Hello")
    assert "turn 2" in (await chat.text_of("article.ai"))[-1]


async def test_messages_that_are_none_are_passed_over(chat):
    for prompt in ("/notjson", "/unknown", "/two-in-one", "/ping", "/fragments 3"):
        await ask(chat, prompt)
    assert (await chat.text_of("article.ai"))[0].startswith("before after")
    assert chat.complaints == []


@pytest.mark.parametrize("method", ["hashcash", "copilot"])
async def test_challenge_that_a_program_can_answer_is_answered(chat, method):
    await ask(chat, f"/challenge {method}")
    assert await chat.text_of("[role=alert]") == [f"The service asked for proof ({method}); this page has computed it."]
    assert (await chat.text_of("article.ai .text")) == ["You have passed the challenge."]


async def test_other_reading_of_hashcash_is_answered_too(page, running):
    await open_chat(page, running(switches={"hashcash": "digits"}))
    await ask(page, "/challenge hashcash")
    assert (await page.text_of("article.ai .text")) == ["You have passed the challenge."]


@pytest.mark.parametrize("method", ["null", "none-key", "cloudflare"])
async def test_challenge_for_a_person_waits_for_one(chat, method):
    await say(chat, f"/challenge {method}")
    await chat.click(".notice button", "I am a person")
    await chat.until(DONE)
    assert (await chat.text_of("article.ai .text")) == ["You have passed the challenge."]


async def test_challenge_of_the_socket_is_met_before_anything_is_said(page, running):
    await open_chat(page, running(challenge="cloudflare"))
    await page.click(".notice button", "I am a person")
    await ask(page, "Hello")
    assert "turn 1" in (await page.text_of("article.ai"))[0]


@pytest.mark.parametrize("prompt", ["/stall 2", "/silent", "/received-only"])
async def test_turn_that_never_ends_can_be_stopped(chat, prompt):
    await say(chat, prompt)
    await chat.click("#stop")
    await chat.until(DONE)
    await ask(chat, "Hello")
    assert "You said" in (await chat.text_of("article.ai"))[-1]


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        ({"user": 503}, "GET /c/api/user: 503"),
        ({"user": "cloudflare"}, "GET /c/api/user: 403"),
        ({"start": "html"}, "POST /c/api/start: 200, but no JSON"),
        ({"session": 451}, "POST /c/api/user/sessions/temporary: 451"),
        ({"conversations": "drop"}, "GET /c/api/conversations: no answer"),
        ({"upgrade": 401}, "The service does not take the socket"),
    ],
)
async def test_refused_request_is_told(page, running, faults, told):
    await open_chat(page, running(faults=faults))
    assert told in await page.text_of("[role=alert]")
