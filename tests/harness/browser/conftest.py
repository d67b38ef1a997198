"""A real headless Chromium with our profile, and a fake with a page to chat at."""

from __future__ import annotations

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from tests.support.browsers.processes import processes_of
from tests.support.browsers.sealed_browser import chromium, sealed, settings, temporary

__all__ = ["chromium", "sealed", "settings", "temporary"]


@pytest.fixture
def service():
    """A fake; its pages may be used by its own address and by a relay's."""
    with serve(Script(Config()), allowed_origins=["*"]) as server:
        yield server


@pytest.fixture
def orphaned_journals(sealed, temporary):
    return lambda: (processes_of(sealed.profile), [str(path) for path in temporary.iterdir()])
