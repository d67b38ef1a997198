"""The fake's chat page, as a test of it opens, fills and waits for it."""

from fake_server.scenarios import Scenario

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
