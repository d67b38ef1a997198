"""The page of a running session in a real Chromium: it grows, and takes back what turns out to be a secret."""

import pytest

from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.services.neutral import NEUTRAL
from harness.view.live import following
from tests.harness.view.test_page import EVIL

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_a_live_page_grows_and_takes_back_what_turns_out_to_be_a_secret(browser, tmp_path):
    token = "zq9fT-learnt-late-77"

    def call(target, at, body=b"", headers=()):
        exchange = recording.begin("POST", target, headers, at=at)
        exchange.request_body(body, at=at)
        exchange.respond(200, (), at=at + 0.1)
        exchange.end(at=at + 0.2)

    options = RecordingOptions(state_directory=tmp_path)
    with Recording(tmp_path / "one.yaml", NEUTRAL, options=options) as recording:
        with following(recording, NEUTRAL, EVIL) as url:
            await browser.open(url)
            await browser.until("document.querySelector('#live').textContent === 'live: nothing has passed yet'")
            call("/a", 1.0, token.encode())
            await browser.until("document.querySelectorAll('.row').length === 2")
            await browser.click(".row", "POST /a")
            shown = "document.documentElement.outerHTML.includes('learnt-late')"
            assert await browser.ask(shown)
            call("/b", 2.0, headers=(("authorization", f"Bearer {token}"),))
            await browser.until("document.querySelectorAll('.row').length === 4")
            assert not await browser.ask(shown)
            assert await browser.ask("document.getElementById('detail').hidden")
        await browser.until("document.querySelector('#live').textContent.startsWith('the session is over')")
    assert await browser.ask("window.hit === undefined && document.images.length === 0")
    assert browser.complaints == []
