"""Pages, told by literal DevTools events: any client can stand behind them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from provider.auth.browser.devtools import BrowserEvent, DevTools, DevToolsClosedError, DevToolsError
from provider.auth.browser.pages import BrowserPages
from provider.errors import LoginError

ORIGIN = "http://127.0.0.1:8080"
SOCKET = "ws://127.0.0.1:8080/c/api/chat?accessToken=tok"


class ScriptedBrowser:
    """A browser that answers from a table, and says what it is told to."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.posted: list[tuple[str, str | None]] = []
        self._listeners: list[Callable[[BrowserEvent], None]] = []

    async def send(
        self, method: str, params: Mapping[str, Any] | None = None, session_id: str | None = None
    ) -> Mapping[str, Any]:
        answer = self.answers.get(method, {})
        if isinstance(answer, Exception):
            raise answer
        return answer

    def post(self, method: str, params: Mapping[str, Any] | None = None, session_id: str | None = None) -> None:
        self.posted.append((method, session_id))

    def listen(self, listener: Callable[[BrowserEvent], None]) -> None:
        self._listeners.append(listener)

    def says(self, method: str, session_id: str | None = None, **params: object) -> None:
        for listener in self._listeners:
            listener(BrowserEvent(method=method, params=params, session_id=session_id))

    def attaches(self, session_id: str = "S", target_id: str = "T", url: str = f"{ORIGIN}/") -> None:
        target = {"type": "page", "targetId": target_id, "url": url}
        self.says("Target.attachedToTarget", sessionId=session_id, targetInfo=target)

    def opens_socket(self, url: str = SOCKET, origin: str = ORIGIN) -> None:
        self.says("Network.webSocketCreated", "S", requestId="7", url=url)
        self.says(
            "Network.webSocketWillSendHandshakeRequest", "S", requestId="7", request={"headers": {"Origin": origin}}
        )


@pytest.fixture
def browser():
    return ScriptedBrowser()


@pytest.fixture
async def pages(browser):
    client: DevTools = browser  # the interface is all that is needed
    pages = BrowserPages(client, f"{ORIGIN}/")
    listen = browser.listen
    browser.listen = lambda listener: (listen(listener), browser.attaches())
    await pages.start()
    return pages


def stored(*entries):
    return {"result": {"type": "string", "value": json.dumps(entries)}}


async def test_a_page_is_let_go_only_when_its_network_is_watched(browser, pages):
    assert browser.posted == [("Network.enable", "S"), ("Runtime.runIfWaitingForDebugger", "S")]


async def test_storage_is_read_where_a_page_of_the_origin_is(browser, pages):
    browser.answers["Runtime.evaluate"] = stored(["k", "v"])
    assert await pages.read_storage() == [("k", "v")]
    browser.says("Target.targetInfoChanged", targetInfo={"targetId": "T", "url": "https://login.example/"})
    assert await pages.read_storage() == []


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"result": {"type": "object", "subtype": "null", "value": None}},
        {"result": {"value": "no JSON"}},
        {"result": {"value": "{}"}},
        {"result": {"value": '[["k"],["k",1],null]'}},
        {"result": {"value": 1}, "exceptionDetails": {}},
        DevToolsError("Runtime.evaluate"),
        TimeoutError(),
    ],
)
async def test_a_page_that_gives_no_storage_is_passed_over(browser, pages, answer):
    browser.answers["Runtime.evaluate"] = answer
    assert await pages.read_storage() == []


async def test_the_end_of_the_browser_is_no_page_that_gives_nothing(browser, pages):
    browser.answers["Runtime.evaluate"] = DevToolsClosedError("gone")
    with pytest.raises(DevToolsClosedError):
        await pages.read_storage()


async def test_the_last_page_that_closes_is_the_closed_window(browser, pages):
    browser.attaches("S2", "T2")
    browser.says("Target.detachedFromTarget", sessionId="S")
    await pages.check_open()
    browser.says("Target.detachedFromTarget", sessionId="S2")
    browser.answers["Target.getTargets"] = {"targetInfos": [{"type": "page"}]}
    await pages.check_open()
    browser.answers["Target.getTargets"] = {"targetInfos": []}
    with pytest.raises(LoginError) as caught:
        await pages.check_open()
    assert caught.value.reason == "window-closed"
    with pytest.raises(LoginError):
        await pages.cookies()


async def test_a_socket_gives_the_token_when_a_page_of_the_origin_asks(browser, pages):
    browser.opens_socket()
    assert pages.socket_token.token == "tok"


@pytest.mark.parametrize(
    ("url", "origin"),
    [(SOCKET, "https://evil.example"), ("ws://evil.example/?accessToken=tok", ORIGIN), (SOCKET, "null")],
)
async def test_a_socket_of_or_to_another_origin_gives_none(browser, pages, url, origin):
    browser.opens_socket(url, origin)
    assert pages.socket_token is None


async def test_a_socket_that_never_asks_gives_none(browser, pages):
    browser.says("Network.webSocketCreated", "S", requestId="7", url=SOCKET)
    browser.says("Network.webSocketClosed", "S", requestId="7")
    browser.says("Network.webSocketWillSendHandshakeRequest", "S", requestId="7", request={"headers": {}})
    assert pages.socket_token is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"frameId": "F"}, ""),
        ({"errorText": "net::ERR_ABORTED"}, ""),
        ({"errorText": "net::ERR_NAME_NOT_RESOLVED"}, "net::ERR_NAME_NOT_RESOLVED"),
        (DevToolsError("Page.navigate: the browser's page was closed"), ""),
    ],
)
async def test_opening_tells_what_went_wrong(browser, pages, answer, error):
    browser.answers["Page.navigate"] = answer
    assert await pages.open() == error
