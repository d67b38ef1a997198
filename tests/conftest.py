"""What holds for every test: no setting of the machine reaches it, and it leaves nothing running."""

from __future__ import annotations

import gc
import os
import signal
import tempfile
import threading
import time
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

_SETTINGS = ("COPILOT_", "WIRETAPE_URL", "WIRETAPE_WS_URL")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ws_proxy", "wss_proxy")
_PATIENCE = 5.0
"""Seconds until a thread that is on its way out counts as left behind (an abandoned connect ends at its deadline)."""
# Threads of libraries that live as long as the process.
_LASTING = ("asyncio_", "wiretape-servers", "ThreadPoolExecutor", "pytest", "execnet", "MainThread", "Dummy")

_HANDLERS = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
"""What is usual: a background job of a shell ignores Ctrl-C, one under nohup hang-ups, and so would what it starts."""


# Machines differ in their speed, and are busy at times: no example fails for how long it took.
settings.register_profile("wiretape", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("wiretape")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.collectonly:
        # syrupy counts the snapshots of tests that were listed only as unused, and fails the run for them.
        config.option.disable_unused_snapshots = True
    for number, handler in _HANDLERS.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
    if not hasattr(config, "workerinput"):
        # Journals of recordings that fail, as some tests have them do, are no matter of the user's `wiretape doctor`.
        state = tempfile.TemporaryDirectory(prefix="wiretape-state-")
        config.add_cleanup(state.cleanup)
        os.environ["XDG_STATE_HOME"] = state.name


def pytest_sessionstart(session: pytest.Session) -> None:
    _note_outcome(session, None)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    _note_outcome(session, int(exitstatus))


def _note_outcome(session: pytest.Session, outcome: int | None) -> None:
    """Keep how the run ended, for `tests.project.rerun`: None while it runs, and if it was killed."""
    cache = getattr(session.config, "cache", None)  # there is none with `-p no:cacheprovider`
    if cache is not None and not hasattr(session.config, "workerinput"):
        cache.set("wiretape/outcome", outcome)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Whatever starts a browser is slow."""
    if item.get_closest_marker("browser") or item.get_closest_marker("long"):
        item.add_marker(pytest.mark.slow)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests begin first, so that no worker of pytest-xdist is busy with one when the others are done."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, Any, Any]:
    """Thousands of collected tests live to the end: no collection of garbage, of which tests start many, goes through them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


_MACHINES = ("the kernel has no", "this machine", "there is no seccomp filter", "this Python has no")
"""How reasons begin that no installation mends."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Where WIRETAPE_REQUIRE_PROGRAMS is set, a test that is skipped for a program that is missing fails."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple) and os.environ.get("WIRETAPE_REQUIRE_PROGRAMS"):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not reason.startswith(_MACHINES):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped ({reason}): install it, or unset WIRETAPE_REQUIRE_PROGRAMS"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many examples the property of tests/identity was tried with, by whichever worker."""
    reports = [
        each for found in terminalreporter.stats.values() for each in found if getattr(each, "when", "") == "call"
    ]
    counts = [value for report in reports for name, value in report.user_properties if name == "identity"]
    if counts:
        told = "examples replayed as recorded, and each seen through when its client changed"
        terminalreporter.write_line(f"identity: {sum(counts)} {told}")


@pytest.fixture(scope="session")
def nobodys_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("nobodys"))


@pytest.fixture(autouse=True)
def clean_settings(monkeypatch: pytest.MonkeyPatch, nobodys_folder: str) -> None:
    """No sign-in, no HAR file and no keyring of whoever runs the tests is looked at."""
    for name in list(os.environ):
        if name.startswith(_SETTINGS) or name.lower() in _PROXIES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("COPILOT_STORE", "off")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, nobodys_folder)


@pytest.fixture(autouse=True)
def nothing_left_running():
    before = set(threading.enumerate())
    yield
    until = time.monotonic() + _PATIENCE
    for thread in set(threading.enumerate()) - before:
        if not thread.name.startswith(_LASTING):
            thread.join(max(0.0, until - time.monotonic()))
            assert not thread.is_alive(), f"the test left a thread running: {thread.name}"
