"""A real headless Chromium, sealed off from the network, and a site for it to sign in at."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from fake_server.host.server import serve
from fake_server.stage import Accept, Answer, Request, Response
from tests.support.browsers.processes import processes_of
from tests.support.browsers.sealed_browser import SEAL, chromium, sealed, settings, temporary
from tests.support.servers.stages import StageOf

__all__ = ["chromium", "sealed", "settings", "temporary"]


class Site:
    """A service's page, whose script a test chooses."""

    def __init__(self) -> None:
        self.script = ""
        self.headers: list[tuple[str, str]] = []
        self.stage = StageOf(self._answer)
        self.url = ""

    def stores(self, entries: dict[str, object], after: float = 0.0) -> None:
        """Fill the local storage, some milliseconds after loading; values that are no text are written as JSON."""
        texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in entries.items()}
        fill = f"for (const [k, v] of Object.entries({json.dumps(texts)})) localStorage.setItem(k, v);"
        self.script = f"setTimeout(() => {{ {fill} }}, {after});"

    async def _answer(self, request: Request) -> Answer:
        if request.upgrade:
            return Accept(run=lambda socket: socket.sleep(60))
        headers = (("content-type", "text/html"), *self.headers)
        return Response(headers=headers, body=f"<!doctype html><script>{self.script}</script>hello".encode())


@pytest.fixture
def site():
    site = Site()
    with serve(site.stage) as server:
        site.url = f"{server.url}/"
        yield site


@pytest.fixture
def nowhere():
    """A URL at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"


@pytest.fixture
def write_program(tmp_path):
    """Write a shell script as the browser's program."""
    program = tmp_path / "sealed-chromium"

    def write(text: str) -> Path:
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o700)
        return program

    return write


@pytest.fixture
def from_environment(settings, chromium, monkeypatch, write_program):
    """The same by the variables that a user has."""
    program = write_program(f'exec {chromium} "{SEAL}" "$@"')
    monkeypatch.setenv("CHROME_PATH", str(program))
    monkeypatch.setenv("COPILOT_PROFILE", str(settings.profile))
    monkeypatch.setenv("COPILOT_HEADLESS", "1")
    monkeypatch.setenv("COPILOT_BROWSER_DRIVER", settings.driver)
    return settings


@pytest.fixture
def left_behind(settings, temporary):
    """Processes and files of the browser that are still there."""

    def look() -> tuple[list[int], list[str]]:
        return processes_of(settings.profile), [str(path) for path in temporary.iterdir()]

    return look


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of HAR files below the working directory, and no other place where they may lie."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COPILOT_HAR", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-config"))
    (tmp_path / "har_and_cookies").mkdir()
    return tmp_path / "har_and_cookies"
