"""``wiretape record --browser``: a person's own session in a browser."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from harness.cli.console import say
from harness.cli.left_out import report_left_out
from harness.cli.live_page import live_page
from harness.cli.stopping import OverdueError, StopDeadline
from harness.printable import printable

if TYPE_CHECKING:
    from harness.browser.record import Browsed
    from harness.cli.run_recording import Run
    from harness.record.recording import Recording

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def record_session(run: Run, *, headless: bool, everything: bool) -> int:
    """Record until the window closes or a signal arrives; returns the exit code.

    After SIGTERM or SIGHUP it has the time of `harness.cli.stopping`, as every recording.

    Args:
        run: What to record; its upstream is the page to open.
        headless: Open no window.
        everything: Record everything that the page loads from the service.

    Raises:
        UnwrittenRecordingError: The cassette was not written in time after a signal; its journal is kept.
    """
    from harness.browser.record import RecordingProgress, record_browser
    from provider.auth.chromium import BrowserSettings

    settings = replace(BrowserSettings.from_environment(), headless=headless)
    counter = _Counter()
    takes: list[Recording] = []
    deadline = StopDeadline(lambda: _late(takes, run))

    def watching(session: Recording) -> AbstractContextManager[None]:
        takes.append(session)
        return live_page(session if run.view else None, run.service, run.output.name)

    async def browse() -> Browsed:
        stop = asyncio.Event()
        with _stopping(stop, deadline):
            progress = RecordingProgress(line=counter.line, counts=counter.counts, watching=watching)
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
    except OverdueError as overdue:
        if overdue.reason is None:
            raise
        raise overdue.reason from None
    finally:
        deadline.disarm()
        counter.end()
    return _outcome(browsed, run)


def _outcome(browsed: Browsed, run: Run) -> int:
    """Print what was recorded, and return the exit code."""
    from harness.cli.run_recording import summary

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


def _late(takes: Sequence[Recording], run: Run) -> NoReturn:
    """End a recording that did not stop in time after a signal.

    If its journal is still there, the cassette was not written: the error says so, and names the journal.
    """
    from harness.record.errors import UnwrittenRecordingError

    journal = takes[0].journal if takes else None
    raise OverdueError(None if journal is None else UnwrittenRecordingError(run.output, journal))


@contextlib.contextmanager
def _stopping(stop: asyncio.Event, deadline: StopDeadline) -> Generator[None]:
    """The first signal ends the recording, the second one the process; other signals than Ctrl-C begin the deadline."""
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        stop.set()
        if number != signal.SIGINT:
            deadline.arm()
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
    """Prints the progress of a recording on stderr: lines, and on a terminal a running count of calls and messages."""

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
