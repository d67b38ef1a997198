"""A real headless Chromium with a page of a cassette."""

import pytest

from harness.cassette.model import Body, Call, Cassette, Line, Recorded, RequestPart, ResponsePart, SocketExchange
from harness.services.copilot import COPILOT
from harness.view.document import document
from harness.view.serving import showing
from harness.view.session_data import session_data
from tests.support.browsers.shared_browser import shared_browser

__all__ = ["shared_browser"]


@pytest.fixture
def session():
    call = Call(
        method="POST",
        target="/orders",
        request=RequestPart(headers=(("x-tab", "1"),), body=Body(data=b'{"id":12345678901234567890,"item":"blue"}')),
        response=ResponsePart(status=404, after=1000, body=Body(data=b"gone")),
    )
    pieces = [b'{"event":"appendText","text":"Hel"}', b'{"event":"appendText","text":"lo"}']
    lines = (
        Line(">", 0, "text", b'{"event":"send","n":1}'),
        *(Line("<", 1_000_000 * (at + 1), "text", data) for at, data in enumerate(pieces)),
        Line("<", 3_000_000, "ping"),
        Line("<", 3_500_000, "binary", b"\xff\x00\x01"),
        Line("<", 4_000_000, "close", b"", 1011),
    )
    socket = SocketExchange(target="/chat", at=2000, response=ResponsePart(status=101, after=10), messages=lines)
    return Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"), exchanges=(call, socket))


@pytest.fixture
async def browser(shared_browser):
    async with shared_browser.new_page() as page:
        yield page


@pytest.fixture
def opened(browser):
    """Opens the page of a cassette."""

    async def opened(cassette):
        with showing(document(session_data(cassette, COPILOT, "one.yaml"))) as url:
            await browser.open(url)
        await browser.until("document.querySelector('#count').textContent")
        return browser

    return opened
