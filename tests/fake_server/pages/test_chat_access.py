"""The chat page by keyboard, with a screen reader, and on small screens."""

import json

import pytest

from tests.support.browsers.chat_page import ask, say

pytestmark = pytest.mark.browser


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
