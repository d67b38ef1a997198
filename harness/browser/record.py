"""`record_browser`: opens a browser with a profile of its own on a service's page, and records until it closes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.browser.capture import NetworkWatcher
from harness.cassette.model import Cassette, LeftOut
from harness.doors import named_upstreams
from harness.errors import HarnessError
from harness.profile import ServiceProfile
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.relay.about import describe_origin
from harness.services.choice import service_for
from provider.auth.browser.devtools import DevTools, DevToolsClosedError, DevToolsError
from provider.auth.browser.launch import open_browser
from provider.auth.chromium import BrowserSettings
from provider.urls import page_origin


class BrowsingError(HarnessError):
    """The browser cannot open the page to record, or rejects a DevTools command that recording needs."""


BY: Final = "browser"
"""The ``by`` of the cassette."""
_LOOK_EVERY: Final = 0.1
_OPENING: Final = 60.0
_ANSWERING: Final = 5.0


@dataclass(frozen=True, slots=True)
class Browsed:
    """The result of a recording.

    Attributes:
        cassette: The written cassette; None without traffic, when no file is written.
        ended: Why it ended: ``window closed``, ``stopped``, or ``browser gone``.
        lost_bodies: Number of responses whose bodies the browser had dropped.
        lost_beginnings: Number of responses to unreported requests, recorded as GET without a body.
        left_out: Exchanges that the cassette format cannot express.
    """

    cassette: Cassette | None
    ended: str
    lost_bodies: int = 0
    lost_beginnings: int = 0
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingProgress:
    """Callbacks during a recording.

    Attributes:
        line: Called with lines for people.
        counts: Called with the numbers of calls and messages when they change.
        watching: Called with the session; returns a context manager that stays entered while the browser is open.
    """

    line: Callable[[str], None] = lambda _: None
    counts: Callable[[int, int], None] = lambda _, __: None
    watching: Callable[[Recording], AbstractContextManager[None]] = lambda _: contextlib.nullcontext()


async def record_browser(  # noqa: PLR0913  # public: keyword arguments with defaults
    page: str,
    output: Path,
    *,
    stop: asyncio.Event,
    settings: BrowserSettings | None = None,
    profile: ServiceProfile | None = None,
    upstreams: Mapping[str, str] | None = None,
    options: RecordingOptions | None = None,
    everything: bool = False,
    progress: RecordingProgress | None = None,
) -> Browsed:
    """Record a person's session in a browser.

    The journal receives every event at once, and survives a crash of the browser or of this process.

    Args:
        page: The service's page to open; traffic with its origin is recorded.
        output: The cassette to write.
        stop: Ends the recording when it is set.
        settings: Settings of the browser; None for those of the environment.
        profile: Which values are secret; None for the profile that has the page's origin.
        upstreams: Further services of the session, name -> origin (``wss://gateway.example``), recorded as well.
        options: How the session is recorded and saved; the cassette is locked from the start.
        everything: Record pages, scripts and pictures, too.
        progress: Callbacks.

    Raises:
        BrowsingError: The page cannot be opened, or the browser does not support our commands.
        LoginError: The browser cannot be started.
        HarnessError: The cassette would hold a secret, is locked by another recording, or cannot be written.
    """
    chosen, kept, told = (
        settings or BrowserSettings.from_environment(),
        (options or RecordingOptions()).locked(),
        progress or RecordingProgress(),
    )
    origin = describe_origin(page_origin(page))
    further = named_upstreams(upstreams or {}, page_origin(page))
    with Recording(
        output,
        profile or service_for(origin),
        by=BY,
        client="Chromium",
        origin=origin,
        upstreams=further,
        options=kept,
    ) as take:

        def on_step(_: str, line: str) -> None:
            if line:
                told.line(line)

        with told.watching(take):
            async with open_browser(page, chosen, on_step=on_step) as opened:
                devtools = opened.process.devtools
                watcher = NetworkWatcher(devtools, take, page, further=further.values(), everything=everything)
                ended = await _watch(devtools, watcher, page, stop, told)
                # The cassette is written before the browser ends, which may hang.
                if take.is_empty:
                    take.discard()
                    return Browsed(None, ended)
                cassette = take.finish()
                return Browsed(cassette, ended, watcher.lost_bodies, watcher.lost_beginnings, take.left_out)


async def _watch(
    devtools: DevTools, watcher: NetworkWatcher, page: str, stop: asyncio.Event, told: RecordingProgress
) -> str:
    try:
        async with asyncio.timeout(_OPENING):
            session = await watcher.start()
            answer = await devtools.send("Page.navigate", {"url": page}, session)
        error = str(answer.get("errorText") or "")
        if error and error != "net::ERR_ABORTED":
            raise BrowsingError(f"{page_origin(page)} could not be opened by the browser ({error})")
        told.line("Recording until the window closes")
        ended = await _until_the_end(devtools, watcher, stop, told)
    except DevToolsClosedError:
        ended = "browser gone"
    except TimeoutError as error:
        raise BrowsingError(f"{page_origin(page)} was not opened by the browser within {_OPENING:g} s") from error
    except DevToolsError as error:
        raise BrowsingError(
            "the browser rejects a DevTools command that recording needs: use a newer browser"
        ) from error
    await watcher.finish()
    return ended


async def _until_the_end(
    devtools: DevTools, watcher: NetworkWatcher, stop: asyncio.Event, told: RecordingProgress
) -> str:
    seen = (0, 0)

    def tell() -> None:
        nonlocal seen
        now = (watcher.calls, watcher.messages)
        if now != seen:
            seen = now
            told.counts(*now)

    try:
        while not stop.is_set() and watcher.pages:
            tell()
            await _answer_or_stop(devtools, stop)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY):
                    await stop.wait()
    finally:
        tell()
    return "stopped" if stop.is_set() else "window closed"


async def _answer_or_stop(devtools: DevTools, stop: asyncio.Event) -> None:
    """Wait until the browser answers or the recording is stopped; a browser that hangs may be stopped as well.

    Raises:
        DevToolsClosedError: The browser has ended.
    """
    answer = asyncio.ensure_future(devtools.send("Target.getTargets"))
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({answer, stopped}, timeout=_ANSWERING, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            answer.result()
    finally:
        answer.cancel()
        stopped.cancel()
