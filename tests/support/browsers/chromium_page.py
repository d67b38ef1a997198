"""A real headless Chromium that loads pages of this machine, and nothing else."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator

import pytest

from provider.auth.browser.executable import find_browser
from provider.errors import LoginError

_ARGUMENTS = (
    "--headless=new",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--ignore-certificate-errors",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def installed_browser() -> str:
    """Its path. Without one the test is skipped, or fails where WIRETAPE_REQUIRE_BROWSER is set."""
    try:
        return find_browser()
    except LoginError as error:
        if os.environ.get("WIRETAPE_REQUIRE_BROWSER") == "1":
            pytest.fail(f"Chromium is required here (WIRETAPE_REQUIRE_BROWSER=1), and missing: {error}")
        pytest.skip("no Chromium on this machine")


@contextlib.contextmanager
def pages_open(program: str, *urls: str) -> Generator[None]:
    """Open a tab for each URL, with a new profile; ends the browser and all of its processes."""
    folder = tempfile.mkdtemp(prefix="wt", dir="/tmp")
    sandbox = ("--no-sandbox",) if os.getuid() == 0 else ()
    process = subprocess.Popen(
        [program, *_ARGUMENTS, *sandbox, f"--user-data-dir={folder}", *urls],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)
