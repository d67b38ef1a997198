"""The files of ``wiretape init``: a profile, a first test, a CI job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Style: TypeAlias = Literal["sync", "asyncio"]

PROFILE_FILE: Final = "wiretape.toml"
WORKFLOW_FILE: Final = ".github/workflows/wiretape.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPlan:
    """What ``wiretape init`` is to write.

    Attributes:
        name: Of the service; part of names of files and tests.
        origin: Of the service, such as ``https://api.shop.example``.
        prefix: Path that the client's base URL has after the origin, such as ``/v1``; or empty.
        variable: Environment variable from which the client takes its base URL.
        path: What the first test requests, beneath the base URL.
        style: Whether the first test is sync or asyncio.
        with_ci: Whether there is a job for GitHub Actions.
        tests: The project's folder of tests.
        installs: What the CI job installs beside wiretape, as arguments of pip: ``.`` and files of requirements.
    """

    name: str
    origin: str
    prefix: str
    variable: str
    path: str
    style: Style
    with_ci: bool
    tests: str = "tests"
    installs: tuple[str, ...] = ()

    @property
    def test_file(self) -> str:
        """Path of the first test."""
        return f"{self.tests}/test_{self.name}.py"

    @property
    def upstream(self) -> str:
        """The service's base URL."""
        return self.origin + self.prefix

    def files(self) -> dict[str, str]:
        """Relative path -> content of each file."""
        test = _ASYNCIO_TEST if self.style == "asyncio" else _TEST
        found = {PROFILE_FILE: self._filled(_PROFILE), self.test_file: self._filled(test)}
        return found | ({WORKFLOW_FILE: self._filled(_WORKFLOW)} if self.with_ci else {})

    def next_steps(self, lacking: str) -> list[str]:
        """The commands that record the first test, replay it, and keep the recording.

        Args:
            lacking: The command that installs what tests need; empty if nothing is lacking.
        """
        return [
            *([lacking] if lacking else []),
            f"pytest {self.test_file} --record-mode=once --wire-upstream={self.origin}",
            f"pytest {self.test_file}",
            f"git add {' '.join(self.files())} {self.tests}/cassettes",
        ]

    def _filled(self, template: str) -> str:
        values = {
            "NAME": self.name,
            "ORIGIN": self.origin,
            "PREFIX": self.prefix,
            "VARIABLE": self.variable,
            "PATH": self.path,
            "TESTS": self.tests,
            "INSTALLS": "".join(f"{each} " for each in self.installs),
        }
        for name, value in values.items():
            template = template.replace(f"@{name}@", value)
        return template


_PROFILE: Final = """\
# What wiretape cannot see of this service by itself. `wiretape profile check` names errors.
[services.@NAME@]
upstreams = ["@ORIGIN@"]
env = {@VARIABLE@ = "{url}@PREFIX@"}  # leads your program to the local server
# secrets = ["header.x-key", "json.auth.pin"]   # secret places that have unusual names
# ignore = ["query.t"]                          # values that differ each time, and that nothing else repeats
# bind = ["json.request_id"]                    # values that the client makes up and uses again later
"""

_TEST: Final = '''\
"""The first test of @NAME@: --record-mode=once records it, and from then on pytest replays it offline."""

import os
import urllib.error
import urllib.request

import pytest


def fetch(path):
    """Stands for your own program: call that instead."""
    try:
        with urllib.request.urlopen(os.environ["@VARIABLE@"] + path, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.cassette
def test_@NAME@(wire, monkeypatch):
    monkeypatch.setenv("@VARIABLE@", wire.url + "@PREFIX@")
    status, body = fetch("@PATH@")
    assert status != 404, "the service has nothing at @PREFIX@@PATH@: write a path above that it has"
    assert status == 200, body
    assert body
'''

_ASYNCIO_TEST: Final = '''\
"""The first test of @NAME@: --record-mode=once records it, and from then on pytest replays it offline."""

import asyncio
import os
import urllib.error
import urllib.request

import pytest


def fetch(path):
    """Stands for your own program: await that instead."""
    try:
        with urllib.request.urlopen(os.environ["@VARIABLE@"] + path, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.asyncio
@pytest.mark.cassette
async def test_@NAME@(wire, monkeypatch):
    monkeypatch.setenv("@VARIABLE@", wire.url + "@PREFIX@")
    status, body = await asyncio.to_thread(fetch, "@PATH@")
    assert status != 404, "the service has nothing at @PREFIX@@PATH@: write a path above that it has"
    assert status == 200, body
    assert body
'''

_WORKFLOW: Final = """\
name: wiretape
on: [push, pull_request]
permissions: {contents: read}
jobs:
  replay:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/checkout@v4
        with: {repository: OWNER/wiretape, path: .wiretape}  # name your clone of wiretape
      - uses: actions/setup-python@v5
        with: {python-version: '3.12'}
      - run: pip install @INSTALLS@'./.wiretape[test]'
      - run: pytest @TESTS@ --block-network  # no record mode: a missing recording fails here
"""
