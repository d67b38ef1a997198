"""The session of the chat page's picture: two conversations of somebody who has signed in to the fake."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from tests.support.browsers.chat_page import DONE, ask
from tests.support.browsers.driven_page import DrivenPage
from tests.support.servers.fake_site import Site

_SIGN_IN: Final = "/.wiretape/sign-in?shape=msal&account=ada&after=0"
_OPEN: Final = "location.pathname === '/' && document.body.dataset.open === 'yes'"


async def chat(page: DrivenPage) -> bytes:
    """A PNG of the page with reasoning, sources and suggestions."""
    size = {"width": 900, "height": 640}
    with ExitStack() as closing:
        site = Site(closing, seed=3)
        await page.look(**size)
        await page.open(site.url + _SIGN_IN)
        await page.click("#form button")
        await page.until(_OPEN)
        await ask(page, "Lakes")
        await page.click("#new")
        for prompt in ("/think rivers of Norway", "/search rivers of Norway"):
            await ask(page, prompt)
        await page.until(f"{DONE} && document.querySelector('.suggestions')")
        await page.ask("document.querySelectorAll('article details').forEach((each) => { each.open = true })")
        await page.ask("document.querySelector('#log').scrollTo(0, 1e6)")
        return await page.look(**size)
