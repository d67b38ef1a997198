"""Running the user's COMMAND against a local server, or waiting for Ctrl-C where there is none."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence

from harness.errors import HarnessError

BASE_URL = "COPILOT_BASE_URL"
URL = "WIRETAPE_URL"
WS_URL = "WIRETAPE_WS_URL"


class CommandError(HarnessError):
    """COMMAND cannot be started."""


def environment(url: str) -> dict[str, str]:
    """What COMMAND finds in its environment: where the local server is."""
    return {BASE_URL: url, URL: url, WS_URL: "ws" + url.removeprefix("http")}


def run_command(command: Sequence[str], more: Mapping[str, str]) -> int:
    """Run COMMAND to its end; returns its exit code (128 + signal if a signal ended it).

    Ctrl-C goes to COMMAND, which shares our terminal; we wait for it.

    Raises:
        CommandError: It is not to be found, or cannot be executed.
    """
    if shutil.which(command[0]) is None:
        raise CommandError(f"there is no command {command[0]!r}")
    try:
        process = subprocess.Popen(list(command), env={**os.environ, **more})  # noqa: S603  # the user's own command
    except OSError as error:
        raise CommandError(f"cannot run {command[0]!r}: {error.strerror}") from error
    with process:
        while True:
            try:
                code = process.wait()
                break
            except KeyboardInterrupt:
                continue
    return 128 - code if code < 0 else code


def wait_for_interrupt() -> None:
    """Sleep until Ctrl-C or SIGTERM."""
    stopped = threading.Event()
    previous = signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    try:
        while not stopped.wait(3600.0):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, previous)
