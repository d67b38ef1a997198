"""The README's test, as a user would write it."""

import re
from pathlib import Path

from harness import replaying
from provider import CopilotClient

ROOT = Path(__file__).parents[2]


def test_hello() -> None:
    with replaying("cassettes/text-2026.yaml") as server:
        with CopilotClient(api_key="any", base_url=server.url) as client:
            assert client.chat("Hello").text.startswith("You said")
        server.report().check()


def test_readme_shows_this_very_test():
    source = Path(__file__).read_text()
    body = source[source.index("def test_hello") : source.index("def test_readme")].strip()
    assert body in (ROOT / "README.md").read_text()


def test_readme_shows_the_guide_s_fault():
    source = (ROOT / "examples" / "guide" / "test_faults.py").read_text()
    body = source[source.index("def test_tries_again") : source.index("@pytest.mark")].strip()
    assert body in (ROOT / "README.md").read_text()


def test_readme_names_commands_that_exist():
    from harness.cli.commands import COMMANDS

    known = {each.name for each in COMMANDS}
    named = set(
        re.findall(r"(?:^\$ (?:[A-Z_]+=\S+ )?|-- |`)wiretape (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    )
    assert named
    assert named <= known
