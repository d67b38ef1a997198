"""The browser's proxy. Its password is sent over DevTools, never on a command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from provider.auth.browser.devtools import BrowserEvent, DevTools
from provider.errors import LoginError

_SCHEMES: Final = {
    "http": ("http", 1080),
    "https": ("https", 443),
    "socks4": ("socks4", 1080),
    "socks4a": ("socks4", 1080),
    "socks5": ("socks5", 1080),
    "socks5h": ("socks5", 1080),
}
"""Chromium's name of each scheme, and libcurl's default port, so that a URL is the same proxy for both."""
_HINT: Final = "Use something like http://user:password@proxy.example:8080 or socks5://127.0.0.1:1080."


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserProxy:
    """A proxy in Chromium's form.

    Attributes:
        server: ``scheme://host:port``, without credentials.
        username: Empty if it needs none.
        password: May be empty.
    """

    server: str
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def parse_proxy(proxy: str) -> BrowserProxy:
    """Parse the URL of a proxy.

    Raises:
        LoginError: It is not a proxy URL, or Chromium cannot use it (``proxy``). The error does not show it.
    """
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname
    if parts.scheme not in _SCHEMES or not host or any(mark in host for mark in " ,;=\t\r\n"):
        del proxy  # keeps the secret out of traceback frames
        raise LoginError(
            "The proxy is not a URL such as http://host:port or socks5://host:port",
            step="proxy",
            hint=_HINT,
            reason="proxy",
        )
    scheme, default_port = _SCHEMES[parts.scheme]
    if parts.username is not None and scheme.startswith("socks"):
        del proxy
        raise LoginError(
            "Browsers cannot send a user name and password to a SOCKS proxy",
            step="proxy",
            hint="Use an HTTP proxy, or one without a password.",
            reason="proxy",
        )
    address = f"[{host}]" if ":" in host else host
    return BrowserProxy(
        server=f"{scheme}://{address}:{port or default_port}",
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


class ProxySignIn:
    """Answers the proxy's demand for credentials, in every page of the browser.

    Attributes:
        refused: Whether the proxy rejected the credentials.
    """

    def __init__(self, devtools: DevTools, proxy: BrowserProxy) -> None:
        self._devtools = devtools
        self._proxy = proxy
        self._answered: set[str] = set()
        self.refused = False

    async def start(self) -> None:
        """Answer the proxy's password prompts from now on. The browser pauses each request until this continues it."""
        self._devtools.listen(self._on_event)
        await self._devtools.send("Fetch.enable", {"handleAuthRequests": True})

    def _on_event(self, event: BrowserEvent) -> None:
        request = event.params.get("requestId")
        if event.method == "Fetch.requestPaused":
            self._devtools.post("Fetch.continueRequest", {"requestId": request}, event.session_id)
        elif event.method == "Fetch.authRequired":
            answer = self._answer(str(request), event.params)
            params = {"requestId": request, "authChallengeResponse": answer}
            self._devtools.post("Fetch.continueWithAuth", params, event.session_id)

    def _answer(self, request: str, params: Any) -> dict[str, str]:
        challenge = params.get("authChallenge")
        if not isinstance(challenge, dict) or challenge.get("source") != "Proxy":
            return {"response": "Default"}
        if request in self._answered:
            self.refused = True
            return {"response": "CancelAuth"}
        self._answered.add(request)
        return {
            "response": "ProvideCredentials",
            "username": self._proxy.username,
            "password": self._proxy.password,
        }
