"""Chatting with the fake in a real browser."""

import pytest

from fake_server.scenarios import Cite, Draw, Emit, Say, Suggest, Think, Title, Wait
from tests.support.browsers.chat_page import ask, open_chat, playing, say

pytestmark = pytest.mark.browser
HOSTILE = "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'>"


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
