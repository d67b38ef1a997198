"""The browser's pages: opens one, and reads the tokens that a service's pages store or send."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final

from provider.auth.browser.devtools import BrowserEvent, DevTools, DevToolsClosedError, DevToolsError
from provider.auth.tokens import token_in_socket_url
from provider.credentials import Credentials
from provider.errors import LoginError
from provider.urls import page_origin
from provider.wire import endpoints

_ANSWER_PATIENCE: Final = 5.0
"""Seconds until a page that does not answer is skipped; it is tried again later."""
_LOOK_EVERY: Final = 0.05
_PAGES_ONLY: Final = [{"type": "page"}]

_READ_STORAGE: Final = """(() => {
  if (location.origin !== %s) return null;
  const found = [];
  for (let i = 0; i < localStorage.length; i++) {
    const key = localStorage.key(i), value = localStorage.getItem(key);
    if (value !== null && value.length < 1048576 && /AccessToken|access_token|decodedToken/.test(value))
      found.push([key, value]);
  }
  return JSON.stringify(found);
})()"""

_MOST_REQUESTED = 1000
"""Most handshakes of the origin to remember until the event with the socket's URL comes."""


@dataclass(slots=True)
class _Page:
    """A tab or window.

    Attributes:
        session_id: DevTools' id of the session with the page.
        target_id: DevTools' id of the page.
        url: Its current URL.
    """

    session_id: str
    target_id: str
    url: str


class BrowserPages:
    """Watches all pages of a browser for one origin.

    Attributes:
        socket_token: The token of the last socket that a page of that origin opened to it, or None.
        proxy_refused: Whether the proxy answered a page's request with a demand for credentials.
    """

    def __init__(self, devtools: DevTools, url: str) -> None:
        self._devtools = devtools
        self._url = url
        self._origin = page_origin(url)
        self._pages: dict[str, _Page] = {}
        self._sockets: dict[tuple[str | None, str], Credentials] = {}
        self._requested: set[tuple[str | None, str]] = set()
        self.socket_token: Credentials | None = None
        self.proxy_refused = False

    async def start(self) -> None:
        """Attach to all pages, now and later; return when there is one.

        The browser holds new pages until they are attached, because a page may open its socket at once.
        """
        self._devtools.listen(self._on_event)
        await self._devtools.send("Target.setDiscoverTargets", {"discover": True, "filter": _PAGES_ONLY})
        attach = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True, "filter": _PAGES_ONLY}
        await self._devtools.send("Target.setAutoAttach", attach)
        while not self._pages:
            await self._devtools.send("Target.getTargets")  # raises when the browser has ended
            await asyncio.sleep(_LOOK_EVERY)

    async def open(self) -> str:
        """Open the URL in the first page. Returns the browser's name of an error (``net::ERR_..``), or ``""``."""
        page = next(iter(self._pages.values()), None)
        if page is None:
            return ""  # closed already: `check_open` raises
        try:
            answer = await self._devtools.send("Page.navigate", {"url": self._url}, page.session_id)
        except DevToolsClosedError:
            raise
        except DevToolsError:
            return ""  # as above
        error = str(answer.get("errorText") or "")
        return "" if error == "net::ERR_ABORTED" else error  # a download, or a second navigation

    async def check_open(self) -> None:
        """Check that there is a page.

        Raises:
            LoginError: There is none any more (``window-closed``).
        """
        if self._pages:
            return
        targets = (await self._devtools.send("Target.getTargets", {"filter": _PAGES_ONLY})).get("targetInfos")
        if not targets:
            raise window_closed()

    async def read_storage(self) -> list[tuple[str, str]]:
        """Return keys and values in local storage that may hold tokens; empty while no page is at the origin."""
        for page in list(self._pages.values()):
            if not _is_at(page.url, self._origin):
                continue
            script = _READ_STORAGE % json.dumps(self._origin)
            params = {"expression": script, "returnByValue": True, "awaitPromise": True}
            answer = await self._ask(page, "Runtime.evaluate", params)
            entries = _entries((answer.get("result") or {}).get("value"))
            if entries:
                return entries
        return []

    async def cookies(self) -> list[dict[str, Any]]:
        """Return all cookies that the page and the chat's socket would send, also HttpOnly ones, in DevTools' form."""
        urls = [self._url, self._origin + endpoints.CHAT]
        for page in list(self._pages.values()):
            cookies = (await self._ask(page, "Network.getCookies", {"urls": urls})).get("cookies")
            if isinstance(cookies, list):
                return [cookie for cookie in cookies if isinstance(cookie, dict)]
        raise window_closed()

    async def _ask(self, page: _Page, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Send a command to a page; the result is empty if the page hangs, navigates, or was closed."""
        try:
            async with asyncio.timeout(_ANSWER_PATIENCE):
                return dict(await self._devtools.send(method, params, page.session_id))
        except DevToolsClosedError:
            raise
        except (TimeoutError, DevToolsError):
            return {}

    def _on_event(self, event: BrowserEvent) -> None:
        match event.method:
            case "Target.attachedToTarget":
                self._attached(str(event.params.get("sessionId")), event.params.get("targetInfo") or {})
            case "Target.targetInfoChanged":
                self._moved(event.params.get("targetInfo") or {})
            case "Target.detachedFromTarget":
                self._pages.pop(str(event.params.get("sessionId")), None)
            case "Network.webSocketCreated":
                self._socket_created(event)
            case "Network.webSocketWillSendHandshakeRequest":
                self._socket_requested(event)
            case "Network.webSocketClosed":
                self._sockets.pop(_socket_key(event), None)
            case "Network.responseReceived":
                self._answered(event)
            case _:
                pass

    def _attached(self, session_id: str, target: dict[str, Any]) -> None:
        if target.get("type") == "page":
            self._pages[session_id] = _Page(session_id, str(target.get("targetId")), str(target.get("url")))
            self._devtools.post("Network.enable", {"maxTotalBufferSize": 0, "maxResourceBufferSize": 0}, session_id)
            self._devtools.post("Runtime.runIfWaitingForDebugger", None, session_id)

    def _moved(self, target: dict[str, Any]) -> None:
        for page in self._pages.values():
            if page.target_id == target.get("targetId"):
                page.url = str(target.get("url"))

    def _socket_created(self, event: BrowserEvent) -> None:
        found = token_in_socket_url(str(event.params.get("url")), self._origin)
        if found is None:
            return
        if _socket_key(event) in self._requested:  # the two events come from two processes, in any order
            self.socket_token = found
        else:
            self._sockets[_socket_key(event)] = found

    def _socket_requested(self, event: BrowserEvent) -> None:
        """Remember a handshake whose headers name the origin, until the event with the socket's URL comes."""
        found = self._sockets.pop(_socket_key(event), None)
        headers = (event.params.get("request") or {}).get("headers") or {}
        if headers.get("Origin") != self._origin:
            return
        if found is not None:
            self.socket_token = found
        elif len(self._requested) < _MOST_REQUESTED:
            self._requested.add(_socket_key(event))

    def _answered(self, event: BrowserEvent) -> None:
        response = event.params.get("response")
        if isinstance(response, dict) and event.params.get("type") == "Document" and response.get("status") == 407:
            self.proxy_refused = True


def window_closed() -> LoginError:
    """Return the error for a browser that was closed, by a person or otherwise."""
    return LoginError(
        "The browser was closed before its page had an access token", hint="Sign in again.", reason="window-closed"
    )


def _socket_key(event: BrowserEvent) -> tuple[str | None, str]:
    return event.session_id, str(event.params.get("requestId"))


def _is_at(url: str, origin: str) -> bool:
    try:
        return page_origin(url) == origin
    except ValueError:
        return False


def _entries(value: Any) -> list[tuple[str, str]]:
    """Return the keys and values in the result of the script that reads local storage; drop all that is malformed.

    The page may have replaced the functions that the script calls, so the result can be anything.
    """
    try:
        pairs = json.loads(value) if isinstance(value, str) else []
    except (ValueError, RecursionError):
        return []
    if not isinstance(pairs, list):
        return []
    return [(p[0], p[1]) for p in pairs if isinstance(p, list) and len(p) == 2 and all(isinstance(t, str) for t in p)]
