"""Scripted servers, and runs of pytest in projects of their own."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from fake_server import serve
from harness.scripted import Scripted
from provider import CopilotClient

ROOT = Path(__file__).resolve().parents[4]
TOKEN = "fake-access-token-of-the-tests"
PROJECT = """
import asyncio
import os

import pytest

from fake_server import serve
from harness.scripted import Scripted
from provider import AsyncCopilotClient, Copilot, CopilotClient


@pytest.fixture
def script():
    return Scripted()


@pytest.fixture
def url(script):
    with serve(script.stage()) as server:
        yield server.url


@pytest.fixture
def copilot(url):
    with CopilotClient("a-token", base_url=url) as client:
        yield client

"""


@contextmanager
def scripted(generation="2026"):
    """A script, and a client of it."""
    script = Scripted(generation)
    with (
        serve(script.stage()) as server,
        CopilotClient(TOKEN, base_url=server.url, generation=generation, max_retries=0) as client,
    ):
        client.url = server.url
        yield script, client


@pytest.fixture
def talking():
    """`scripted`, for tests."""
    return scripted


class Project:
    """A folder with test modules, of which most tests need one."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "pytest.ini").write_text("[pytest]\n")

    def write(self, text, name="test_it"):
        (self.folder / f"{name}.py").write_text(PROJECT + text)

    @property
    def stored(self):
        return self.stored_by("test_it")

    def stored_by(self, name):
        """The snapshots of a module."""
        return (self.folder / "__snapshots__" / f"{name}.ambr").read_text(encoding="utf-8")

    def run(self, *arguments):
        """Exit status and output."""
        plugins = ("-p", "syrupy", "-p", "harness.pytest_plugin")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugins, *arguments]
        own = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "200"}
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")} | own
        done = subprocess.run(
            command, check=False, cwd=self.folder, env=env, capture_output=True, text=True, timeout=60
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)
