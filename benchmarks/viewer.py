"""The page of ``wiretape view`` with 20,000 messages, in a headless Chromium: until it shows them, and scrolling."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from benchmarks.rounds import ROUNDS, measure
from benchmarks.rows import Row, median
from harness.cassette.model import Cassette, Line, Recorded, ResponsePart, SocketExchange
from harness.services.copilot import COPILOT
from harness.view.document import document
from harness.view.session_data import session_data
from provider.auth.browser.executable import find_browser
from provider.auth.chromium import BrowserSettings
from provider.errors import LoginError
from tests.support.browsers.driven_page import DrivenPage, driven_page

MESSAGES = 20_000
_SECONDS = 2
_SHOWN = "document.querySelectorAll('.row').length > 10"
_FRAMES = """new Promise((done) => {
  const begun = performance.now();
  let frames = 0;
  const step = (now) => {
    if (now - begun > 2000) return done(frames / (now - begun) * 1000);
    frames += 1;
    const list = document.getElementById('rows');
    if (list) list.scrollTop = (frames * 480) % (list.scrollHeight - list.clientHeight);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""
"""Scrolls 20 rows a frame for two seconds; the value is frames a second."""


def _session() -> Cassette:
    deltas = ({"event": "appendText", "messageId": "m1", "partId": "0", "text": f" word {n}"} for n in range(MESSAGES))
    lines = tuple(Line("<", 1000 * number, "text", json.dumps(each).encode()) for number, each in enumerate(deltas))
    socket = SocketExchange(target="/c/api/chat", response=ResponsePart(status=101), messages=lines)
    return Cassette(recorded=Recorded(at="2026-01-01T00:00:00Z", by="hand"), exchanges=(socket,))


def _written(session: Cassette, page: Path) -> float:
    begun = time.process_time()
    page.write_bytes(document(session_data(session, COPILOT, "20,000 messages")))
    return time.process_time() - begun


async def _opened(page: DrivenPage, url: str) -> float:
    await page.send("Page.navigate", url="about:blank")
    begun = time.perf_counter()
    await page.send("Page.navigate", url=url)
    await page.until(_SHOWN)
    return time.perf_counter() - begun


async def _frames(page: DrivenPage, url: str) -> float:
    await page.open(url)
    return await page.ask(_FRAMES)


async def _frame_cost(page: DrivenPage, url: str) -> float:
    await page.send("Performance.enable", timeDomain="threadTicks")
    await page.open(url)
    before = await _task_seconds(page)
    frames = await page.ask(_FRAMES) * _SECONDS
    return (await _task_seconds(page) - before) / frames * 1000


async def _task_seconds(page: DrivenPage) -> float:
    metrics = (await page.send("Performance.getMetrics"))["metrics"]
    return next(each["value"] for each in metrics if each["name"] == "TaskDuration")


@contextlib.contextmanager
def _browser(folder: Path) -> Generator[Callable[..., Any]]:
    """A browser; the value awaits a function of its page, with further arguments."""
    settings = BrowserSettings(headless=True, profile=folder / "profile")
    with asyncio.Runner() as runner:
        stack = contextlib.AsyncExitStack()
        page = runner.run(stack.enter_async_context(driven_page(find_browser(), settings, folder / "profile")))
        try:
            yield lambda function, *arguments: runner.run(function(page, *arguments))
        finally:
            runner.run(stack.aclose())


def rows(rounds: int = ROUNDS) -> list[Row]:
    """The rows; none without a Chromium."""
    try:
        find_browser()
    except LoginError as error:
        print(f"  not measured: {error}")
        return []
    with tempfile.TemporaryDirectory(prefix="wt", dir="/tmp") as name:
        page, empty = Path(name) / "page.html", Path(name) / "empty.html"
        empty.write_text("<!doctype html><title>empty</title>")
        session = _session()
        with _browser(Path(name)) as driven:
            results = measure(
                {
                    "page written": lambda: _written(session, page),
                    "page opened": lambda: driven(_opened, page.as_uri()),
                    "scrolling": lambda: driven(_frames, page.as_uri()),
                    "a frame, CPU of the main thread": lambda: driven(_frame_cost, page.as_uri()),
                    "an empty page": lambda: driven(_frames, empty.as_uri()),
                },
                min(rounds, 3),
            )
    return [
        Row(
            key="viewer.write", what=f"making the page of {MESSAGES:,} messages, CPU", unit="s", goal=2,
            ours=results["page written"].median, means="`wiretape view` of a long session needs no patience.",
        ),
        Row(
            key="viewer.open", what=f"from the URL to the first rows of {MESSAGES:,} messages", unit="s", goal=2,
            ours=results["page opened"].median, means="A long session is there at once.",
        ),
        Row(
            key="viewer.scroll", what="scrolling through them, 20 rows a frame", unit="frames/s", better="more",
            goal=50, ours=results["scrolling"].median, limit=median(results, "an empty page"),
            means="The list moves without stutter.",
        ),
        Row(
            key="viewer.frame", what="one frame of that, CPU of the page's thread", unit="ms", goal=20,
            ours=results["a frame, CPU of the main thread"].median,
            means="50 frames a second leave 20 ms for each: what the machine does besides counts for nothing here.",
        ),
    ]  # fmt: skip
