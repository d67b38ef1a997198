"""A page in a real browser, driven over DevTools: what it shows, what it complains of, what it looks like."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

from provider.auth.browser.devtools import BrowserEvent, DevTools, DevToolsError
from provider.auth.browser.executable import browser_arguments, check_can_start
from provider.auth.browser.process import run_browser
from provider.auth.chromium import BrowserSettings

_PATIENCE = 15.0
_LOOK_EVERY = 0.02
_KEYS = {"Enter": (13, "\r"), "Tab": (9, ""), " ": (32, " ")}
_SHIFT = 8


class ScriptFailedError(Exception):
    """What was asked of the page has raised an exception there."""


class DrivenPage:
    """One tab.

    Attributes:
        complaints: Errors in the console, uncaught exceptions, and what the policy has blocked.
    """

    def __init__(self, devtools: DevTools, session_id: str) -> None:
        self._devtools = devtools
        self._session_id = session_id
        self.complaints: list[str] = []

    @classmethod
    async def create(cls, devtools: DevTools, context: Mapping[str, Any] | None = None) -> DrivenPage:
        """An empty tab, in that browser context if there is one."""
        target = await devtools.send("Target.createTarget", {"url": "about:blank", **(context or {})})
        attached = await devtools.send("Target.attachToTarget", {**target, "flatten": True})
        page = cls(devtools, attached["sessionId"])
        devtools.listen(page._hear)
        for domain in ("Page", "Runtime", "Log", "Network"):
            await page.send(f"{domain}.enable")
        return page

    async def send(self, method: str, **params: Any) -> Mapping[str, Any]:
        async with asyncio.timeout(_PATIENCE):
            return await self._devtools.send(method, params, self._session_id)

    async def open(self, url: str) -> None:
        """Go there, and wait until the document is whole."""
        answer = await self.send("Page.navigate", url=url)
        assert not answer.get("errorText"), answer.get("errorText")
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    async def ask(self, expression: str) -> Any:
        """The value of an expression of JavaScript, promises awaited; JSON goes both ways."""
        answer = await self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise ScriptFailedError(answer["exceptionDetails"]["exception"].get("description"))
        return answer["result"].get("value")

    async def until(self, expression: str, within: float = _PATIENCE) -> Any:
        """The value of an expression once it is true."""
        try:
            async with asyncio.timeout(within):
                while not (value := await self._look_at(expression)):  # noqa: ASYNC110  # the browser tells nobody
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            shown = await self.ask("document.body.innerText")
            raise AssertionError(f"never true: {expression}\n{shown}\n{self.complaints}") from None
        return value

    async def _look_at(self, expression: str) -> Any:
        """As `ask`, but true for an element; None while there is nothing to look at, between two documents."""
        with contextlib.suppress(ScriptFailedError, DevToolsError):
            return await self.ask(f"(seen => seen instanceof Node || seen)({expression})")

    async def text_of(self, selector: str) -> list[str]:
        """What elements say, in the document's order; what is hidden says nothing."""
        return await self.ask(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.innerText.trim())")

    async def click(self, selector: str, text: str = "") -> None:
        """Press the first element of that selector that holds this text, once it is there."""
        found = f"[...document.querySelectorAll({json.dumps(selector)})].find(e => e.innerText.includes({json.dumps(text)}))"
        await self.until(f"!!{found}")
        await self.ask(f"{found}.click()")

    async def type(self, text: str) -> None:
        """Type into what has the focus."""
        await self.send("Input.insertText", text=text)

    async def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key and let it go."""
        code, text = _KEYS[key]
        more = {"key": key, "windowsVirtualKeyCode": code, "modifiers": _SHIFT if shift else 0}
        await self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **more)
        await self.send("Input.dispatchKeyEvent", type="keyUp", **more)

    async def look(self, *, dark: bool = False, width: int = 1100, height: int = 760) -> bytes:
        """A picture of the page, PNG."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.send("Emulation.setEmulatedMedia", features=[scheme])
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.send("Emulation.setDeviceMetricsOverride", **size)
        return base64.b64decode((await self.send("Page.captureScreenshot", format="png"))["data"])

    def _hear(self, event: BrowserEvent) -> None:
        if event.session_id != self._session_id:
            return
        match event.method:
            case "Runtime.consoleAPICalled" if event.params["type"] in ("error", "warning", "assert"):
                self.complaints.append(str([argument.get("value") for argument in event.params["args"]]))
            case "Runtime.exceptionThrown":
                self.complaints.append(str(event.params["exceptionDetails"]))
            case "Log.entryAdded" if event.params["entry"]["level"] in ("error", "warning"):
                self.complaints.append(str(event.params["entry"]))
            case _:
                pass


@contextlib.asynccontextmanager
async def running_devtools(program: str, settings: BrowserSettings, profile: Path) -> AsyncGenerator[DevTools]:
    """DevTools of a browser, which ends with the block."""
    no_sandbox = check_can_start("http://127.0.0.1", settings)
    arguments = browser_arguments(settings, profile=profile, proxy=None, no_sandbox=no_sandbox)
    environment = {**os.environ, "TMPDIR": str(profile.parent)}
    async with run_browser([program, *arguments], environment=environment) as process:
        yield process.devtools


@contextlib.asynccontextmanager
async def driven_page(program: str, settings: BrowserSettings, profile: Path) -> AsyncGenerator[DrivenPage]:
    """A browser with one empty tab; it ends with the block."""
    async with running_devtools(program, settings, profile) as devtools, asyncio.timeout(120):
        yield await DrivenPage.create(devtools)
