"""``make pictures``: the pictures of README and docs, each from a real run.

A service is recorded, swept and compared here, a replay fails in pytest, and a headless Chromium shows the pages, the
chat page of the fake among them.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from fake_server import serve
from harness.cli.main import main as wiretape
from provider.auth.chromium import BrowserSettings
from tests.pictures.chat import chat
from tests.pictures.service import CLIENT, COLDER, TEST, USUAL, service
from tests.pictures.terminal import terminal_svg
from tests.support.browsers.chromium_page import installed_browser
from tests.support.browsers.driven_page import driven_page
from tests.support.browsers.sealed_browser import SEAL
from tests.support.project.tree import ROOT

IMAGES = ROOT / "docs" / "images"
STRUCK = "lose at message 4 of /v1/chat"
"""The fault of the first picture: the client prints a text without its number, and ends with 0."""


class Picture(NamedTuple):
    """A page to show, and how."""

    name: str
    page: Path
    width: int = 1100
    height: int = 640
    dark: bool = False
    before: str = "0"
    """JavaScript to run first."""


def make(folder: Path) -> list[Picture]:
    """Make the pages; leaves the terminal's picture among the images."""
    (folder / "client.py").write_text(CLIENT)
    client = [sys.executable, str(folder / "client.py")]
    one, other = folder / "weather.yaml", folder / "a-colder-day.yaml"
    for path, words in ((one, USUAL), (other, COLDER)):
        with serve(service(words)) as server:
            _run("record", "-o", path, "--upstream", server.url, "--", *client)
    view, compared, sweep = folder / "view.html", folder / "compare.html", folder / "sweep.html"
    _run("view", one, "--out", view)
    _run("view", one, other, "--out", compared)
    _run(
        "sweep",
        one,
        "--faults",
        "lose,cut,duplicate,close,status",
        "--timeout",
        "3",
        "--html",
        sweep,
        "--",
        *client,
        expected=1,
    )
    [struck] = re.findall(rf'title="wrong success: {STRUCK}"><a href="(.*?)">', sweep.read_text())
    _fail_in_pytest(folder, one)
    picked = "[...document.querySelectorAll('.row')].find((row) => row.innerText.includes('figure')).click()"
    return [
        Picture("struck-light", folder / struck, height=660),
        Picture("struck-dark", folder / struck, height=660, dark=True),
        Picture("view-light", view, before=picked),
        Picture("view-dark", view, before=picked, dark=True),
        Picture("compare-light", compared),
        Picture("heat-map", sweep, width=760, height=740),
    ]


def _run(*arguments: object, expected: int = 0) -> None:
    code = wiretape([str(each) for each in arguments])
    assert code == expected, f"wiretape {arguments}: exit code {code}"


def _fail_in_pytest(folder: Path, cassette: Path) -> None:
    """Replay to a client that asks something else, and keep what the terminal shows."""
    project = folder / "project"
    (project / "cassettes").mkdir(parents=True)
    (project / "client.py").write_text(CLIENT)
    (project / "test_weather.py").write_text(TEST)
    (project / "cassettes" / "weather.yaml").write_bytes(cassette.read_bytes())
    (project / "pyproject.toml").write_text("[tool.pytest.ini_options]\npythonpath = ['.']\n")
    command = [sys.executable, "-m", "pytest", "-q", "--color=yes", "--no-header", "-rN"]
    environment = {**os.environ, "CITY": "Porto", "COLUMNS": "104"}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    begin = done.stdout.index("wiretape:") if "wiretape:" in done.stdout else 0
    (IMAGES / "failure.svg").write_text(terminal_svg("$ pytest\n" + done.stdout[begin:], width=104))


async def _show(pictures: list[Picture], folder: Path) -> None:
    settings = BrowserSettings(headless=True, profile=folder / "profile", extra_args=(SEAL, "--hide-scrollbars"))
    async with driven_page(installed_browser(), settings, folder / "profile") as page:
        for each in pictures:
            await page.look(dark=each.dark, width=each.width, height=each.height)
            await page.open(each.page.as_uri())
            await page.ask(each.before)
            (IMAGES / f"{each.name}.png").write_bytes(
                await page.look(dark=each.dark, width=each.width, height=each.height)
            )
            print(f"docs/images/{each.name}.png")
        (IMAGES / "chat-page.png").write_bytes(await chat(page))
        print("docs/images/chat-page.png")


def main() -> None:
    """Make all pictures."""
    with tempfile.TemporaryDirectory(prefix="wt", dir="/tmp") as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        os.chdir(folder)
        asyncio.run(_show(make(folder), folder))


if __name__ == "__main__":
    main()
