"""The Russian pages: their Python runs against the fake, and their tables name what the English ones name."""

import re

import pytest

from fake_server import serve
from fake_server.script import Script
from tests.support.project.tree import ROOT

PAGES = ("README.ru.md", "docs/ru/provider.md")
TEXTS = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}
BLOCKS = [
    (page, number, block)
    for page, text in TEXTS.items()
    for number, block in enumerate(re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
]


def column(text, heading):
    """The first cells of the table whose head begins so."""
    [table] = re.findall(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [re.findall(r"`(\w+)", row.split(" | ")[0]) for row in table.splitlines()]


@pytest.mark.parametrize(("page", "number", "block"), [each for each in BLOCKS if "def test_" not in each[2]])
def test_a_snippet_runs_against_the_fake(page, number, block, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("DATA", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path))
    monkeypatch.setenv("COPILOT_STORE", "off")
    monkeypatch.setenv("COPILOT_TOKEN", "any-token")
    with serve(Script()) as server:
        monkeypatch.setenv("COPILOT_BASE_URL", server.url)
        exec(compile(block, f"{page} #{number}", "exec"), {"__name__": "snippet"})
    assert capsys.readouterr().out.strip()


def test_the_test_on_the_page_is_the_one_that_runs():
    source = (ROOT / "tests" / "examples" / "test_readme.py").read_text(encoding="utf-8")
    shown = [block for _, _, block in BLOCKS if "def test_" in block]
    assert len(shown) == 1
    assert shown[0][shown[0].index("def test_") :].strip() in source


@pytest.mark.parametrize(("russian", "english"), [("объект", "item"), ("ошибка", "error")])
def test_the_tables_name_what_the_english_ones_name(russian, english):
    original = (ROOT / "docs" / "provider.md").read_text(encoding="utf-8")
    assert column(TEXTS["docs/ru/provider.md"], russian) == column(original, english)


@pytest.mark.parametrize("page", PAGES)
def test_commands_exist(page):
    from harness.cli.commands import COMMANDS

    named = set(re.findall(r"(?:^\$ (?:[A-Z_]+=\S+ )?|`)wiretape (\w+)", TEXTS[page], re.MULTILINE))
    assert named
    assert named <= {each.name for each in COMMANDS}
