"""``wiretape record --browser``: a person's own session in a browser."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.cli.console import say
from harness.cli.left_out import report_left_out
from harness.printable import printable

if TYPE_CHECKING:
    from harness.cli.run_recording import Run

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def record_session(run: Run, *, headless: bool, everything: bool) -> int:
    """Record until the window closes or a signal arrives; returns the exit code.

    Args:
        run: What to record; its upstream is the page to open.
        headless: Open no window.
        everything: Record everything that the page loads from the service.
    """
    from harness.browser.record import Browsed, RecordingProgress, record_browser
    from harness.cli.run_recording import summary
    from provider.auth.chromium import BrowserSettings

    settings = replace(BrowserSettings.from_environment(), headless=headless)
    counter = _Counter()

    async def browse() -> Browsed:
        stop = asyncio.Event()
        with _stopping(stop):
            progress = RecordingProgress(line=counter.line, counts=counter.counts)
            return await record_browser(
                run.upstream,
                run.output,
                stop=stop,
                settings=settings,
                profile=run.service,
                upstreams=run.upstreams,
                options=run.recording,
                everything=everything,
                progress=progress,
            )

    try:
        browsed = asyncio.run(browse())
    finally:
        counter.end()
    if browsed.ended == "browser gone":
        say("the browser ended by itself; the session up to then is kept", "yellow")
    if browsed.lost_bodies:
        say(f"{browsed.lost_bodies} responses lack their bodies: the browser had already dropped them", "yellow")
    if browsed.lost_beginnings:
        unseen = f"{browsed.lost_beginnings} responses to requests that the browser did not report"
        say(f"{unseen}: they are recorded as GET without a body", "yellow")
    if browsed.cassette is None:
        say(f"no traffic with {run.upstream} was seen: no file is written", "yellow")
        return 1
    say(summary(browsed.cassette, run.output), "green")
    return report_left_out(browsed.left_out, 0)


@contextlib.contextmanager
def _stopping(stop: asyncio.Event) -> Generator[None]:
    """The first signal ends the recording, the second one the process."""
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    # nohup has SIGHUP ignored, and that stays so.
    endings = [one for one in _SIGNALS if one != signal.SIGHUP or signal.getsignal(one) != signal.SIG_IGN]
    for number in endings:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield
    finally:
        for number in endings:
            loop.remove_signal_handler(number)


class _Counter:
    """Lines for people; on a terminal a running count, too."""

    def __init__(self) -> None:
        self._is_open = False

    def line(self, text: str) -> None:
        self.end()
        say(text, "dim")

    def counts(self, calls: int, messages: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{printable(f'{calls} calls, {messages} messages')} ")
            sys.stderr.flush()
            self._is_open = True

    def end(self) -> None:
        if self._is_open:
            sys.stderr.write("\n")
            self._is_open = False
