"""Chatting with the fake in a real browser."""

import json

import pytest

from fake_server.scenarios import Cite, Draw, Emit, Fail, Say, Scenario, Suggest, Think, Title, Wait

pytestmark = pytest.mark.browser

HOSTILE = "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'>"
DONE = "!document.querySelector('#send').hidden"


async def open_chat(page, site):
    await page.open(f"{site.url}/")
    await page.until("document.body.dataset.open === 'yes'")


async def say(page, text):
    await page.ask("document.querySelector('#prompt').focus()")
    await page.type(text)
    await page.press("Enter")


async def ask(page, text):
    """One turn, until it is over."""
    count = await page.ask("document.querySelectorAll('article.human').length")
    await say(page, text)
    await page.until(f"document.querySelectorAll('article.human').length > {count} && {DONE}")


def playing(*steps):
    def play(_):
        yield from steps

    return Scenario("/test", play, "for a test")


@pytest.fixture
async def chat(page, site):
    """The chat page of a fake as it is by itself."""
    await open_chat(page, site)
    return page


@pytest.fixture
def showing(page, running):
    """The chat page after a turn that a scenario of these steps plays."""

    async def showing(*steps, **settings):
        await open_chat(page, running(scenarios=(playing(*steps),), **settings))
        await ask(page, "/test")
        return page

    return showing


# -------------------------------------------------------------------- in each generation
async def test_chat_works_without_complaints(page, running, generation):
    await open_chat(page, running(generation=generation))
    await ask(page, "Hello there")
    await page.until("document.querySelector('.suggestions')")
    [answer] = await page.text_of("article.ai .text")
    assert answer == "You said: “Hello there”. This is turn 1 of our conversation."
    assert page.complaints == []


async def test_strict_fake_is_content_with_the_page(page, running, generation):
    await open_chat(page, running(generation=generation, strict=True))
    await ask(page, "Hello")
    await ask(page, "And again")
    assert "turn 2" in (await page.text_of("article.ai"))[1]
    assert await page.text_of(".notice") == []


async def test_pictures_are_shown(page, running, generation):
    await open_chat(page, running(generation=generation))
    await ask(page, "/image a cat")
    image = await page.until("[...document.images].map(i => [i.alt, i.naturalWidth, i.src]).find(i => i[1] > 0)")
    assert image[0] == "a cat"
    assert "/th/id/BCO." in image[2]
    assert page.complaints == []


async def test_conversations_are_listed_and_their_history_is_shown(page, running, generation):
    await open_chat(page, running(generation=generation))
    await ask(page, "/title Rivers")
    await page.click("#new")
    await ask(page, "/title Lakes")
    await page.click("#conversations button", "Rivers")
    await page.until("document.querySelectorAll('article').length === 2")
    assert await page.text_of("#title") == ["Rivers"]
    assert await page.text_of("article") == ["/title Rivers", "From now on this is “Rivers”."]


# -------------------------------------------------------------------- what is shown
async def test_text_of_the_service_is_shown_and_never_run(showing):
    page = await showing(
        Think(HOSTILE), Say(HOSTILE), Cite(HOSTILE, "javascript:window.ran = 3"), Draw(HOSTILE), Suggest((HOSTILE,)),
        Title(HOSTILE), Emit(HOSTILE),
    )  # fmt: skip
    await page.until(
        "document.querySelector('.suggestions') && document.querySelector('#title').innerText.startsWith('<')"
    )
    for selector in ("article.ai .text", ".reasoning p", ".sources li", ".suggestions button", "figcaption", "#title"):
        assert HOSTILE in await page.text_of(selector), selector
    assert await page.ask("window.ran === undefined && !document.querySelector('article script, article a')")
    assert page.complaints == []


async def test_history_of_a_person_is_shown_and_never_run(chat):
    await ask(chat, HOSTILE)
    await chat.click("#new")
    await chat.click("#conversations button")
    await chat.until("document.querySelectorAll('article').length === 2")
    assert (await chat.text_of("article"))[0] == HOSTILE
    assert await chat.ask("window.ran === undefined")


async def test_answer_grows_while_it_comes(page, running):
    await open_chat(page, running(scenarios=(playing(Say("first"), Wait(60)),)))
    await say(page, "/test")
    await page.until("document.querySelector('article.ai').innerText === 'first'")
    assert await page.ask("document.querySelector('article.ai').getAttribute('aria-busy')") == "true"


async def test_sources_are_links_that_know_nothing_of_this_page(showing):
    page = await showing(Say("See "), Cite("A title", "https://example.com/a?b=1"))
    [link] = await page.ask("[...document.querySelectorAll('.sources a')].map(a => [a.innerText, a.href, a.rel])")
    assert link == ["A title", "https://example.com/a?b=1", "noopener noreferrer"]


async def test_reasoning_is_shown_apart(chat):
    await ask(chat, "/think why")
    assert await chat.text_of(".reasoning p") == ["The user asks about “why”. Two steps will do."]


async def test_text_that_is_replaced_is_gone(chat):
    await ask(chat, "/replace")
    assert await chat.text_of("article.ai .text") == ["A second draft of the answer."]


async def test_picture_that_fails_is_told(chat):
    await ask(chat, "/image-fail a cat")
    assert await chat.text_of("figcaption") == ["The picture could not be drawn"]


@pytest.mark.parametrize("suggesting", ["whole", "streamed"])
async def test_suggestion_is_asked_at_a_press(page, running, suggesting):
    await open_chat(page, running(switches={"suggestions": suggesting}))
    await ask(page, "Hello")
    await page.click(".suggestions button", "Tell me more")
    await page.until("document.querySelectorAll('article.ai').length === 2")
    assert (await page.text_of("article.human"))[1] == "Tell me more"


async def test_commands_of_this_fake_are_offered(page, running):
    await open_chat(page, running(scenarios=(playing(Say("")),)))
    await page.click("#commands button", "/test")
    assert await page.ask("document.querySelector('#prompt').value") == "/test "


# -------------------------------------------------------------------- what goes wrong
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


# -------------------------------------------------------------------- by keyboard, and for those who listen
async def test_enter_sends_and_shift_enter_begins_a_line(chat):
    await chat.type("one")
    await chat.press("Enter", shift=True)
    await chat.type("two")
    await chat.press("Enter")
    await chat.until("document.querySelector('article.human')")
    assert await chat.text_of("article.human") == ["one\ntwo"]


async def test_nothing_is_sent_of_blanks(chat):
    await say(chat, "   ")
    assert await chat.text_of("article") == []


async def test_everything_can_be_reached_by_the_tab_key(chat):
    await ask(chat, "/title Rivers")
    # The list of conversations is fetched when the answer is there.
    await chat.until("document.querySelector('#conversations')?.innerText.includes('Rivers')")
    reached = set()
    for _ in range(12):
        await chat.press("Tab")
        reached.add(await chat.ask("document.activeElement.id || document.activeElement.innerText"))
    assert {"new", "Rivers", "Delete", "sign-in", "log", "prompt", "mode", "send"} <= reached


async def test_answers_are_read_out_politely_and_errors_at_once(chat):
    roles = "e => [e.getAttribute('role'), e.getAttribute('aria-live')]"
    assert await chat.ask(f"({roles})(document.querySelector('#log'))") == ["log", "polite"]
    await ask(chat, "/error")
    assert await chat.ask("document.querySelector('.notice').getAttribute('role')") == "alert"
    unnamed = "[...document.querySelectorAll('button, select, textarea, img')].filter(e => !(e.labels?.length || e.innerText || e.ariaLabel || e.alt))"
    assert await chat.ask(f"{unnamed}.map(e => e.outerHTML)") == []


async def test_conversation_can_be_deleted(chat):
    await ask(chat, "/title Rivers")
    await chat.click("#conversations .remove")
    await chat.until("!document.querySelector('#none-yet').hidden")
    assert await chat.text_of("article") == []


async def test_page_fits_a_small_screen(chat):
    await ask(chat, "a" * 300)
    await chat.look(width=380, height=700)
    assert await chat.ask("document.documentElement.scrollWidth") <= 380


async def test_colours_follow_the_person_s_choice(chat):
    shades = []
    for dark in (False, True):
        await chat.look(dark=dark)
        shades.append(
            json.loads(
                (await chat.ask("getComputedStyle(document.body).backgroundColor"))
                .replace("rgb(", "[")
                .replace(")", "]")
            )
        )
    assert sum(shades[0]) > 600
    assert sum(shades[1]) < 150
