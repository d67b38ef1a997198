"""Fixtures: a real headless Chromium with a new profile, sealed off from the network."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from provider.auth.chromium import BrowserSettings, Driver
from tests.support.browsers.chromium_page import installed_browser

SEAL = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


@pytest.fixture
def chromium() -> str:
    """The browser's path. Without one the test is skipped, or fails where WIRETAPE_REQUIRE_BROWSER is set."""
    return installed_browser()


@pytest.fixture
def temporary(monkeypatch, tmp_path):
    """Where temporary files go: a short path, for a browser's sockets. What pytest makes itself is made before it."""
    folder = Path(tempfile.mkdtemp(prefix="wt", dir="/tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sealed(chromium, temporary, tmp_path) -> BrowserSettings:
    """A headless browser with a new profile, which reaches this machine only."""
    return BrowserSettings(headless=True, profile=tmp_path / "profile", extra_args=(SEAL,))


@pytest.fixture(
    params=[pytest.param(each, marks=pytest.mark.slow) if each == "nodriver" else each for each in get_args(Driver)]
)
def settings(sealed, request) -> BrowserSettings:
    """The same with each driver."""
    return replace(sealed, driver=request.param)
