"""docs/from-openai.md: each snippet of ours runs before the fake, as a program of its own; each of openai's is Python."""

import ast
import logging
import re

import pytest

from fake_server import serve
from fake_server.script import Script
from tests.support.project.tree import ROOT

PAGE = (ROOT / "docs" / "from-openai.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


OURS = blocks("python")


@pytest.fixture(scope="module")
def service():
    with serve(Script()) as running:
        yield running


@pytest.fixture
def quiet_log():
    """What a snippet sets up for its process ends with the test."""
    root, ours = logging.getLogger(), logging.getLogger("provider")
    handlers, level = list(root.handlers), ours.level
    yield
    root.handlers[:] = handlers
    ours.setLevel(level)


@pytest.mark.parametrize("number", range(len(OURS)))
def test_snippet_runs(service, monkeypatch, capsys, quiet_log, number):
    monkeypatch.setenv("COPILOT_BASE_URL", service.url)
    monkeypatch.setenv("COPILOT_TOKEN", "a-token-of-the-tests")
    exec(compile(OURS[number], f"snippet {number}", "exec"), {"__name__": "__main__"})  # of our own page
    assert capsys.readouterr().out or "print(" not in OURS[number]


def test_each_part_shows_both():
    parts = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    assert len(parts) > 10
    assert [part.splitlines()[0] for part in parts if "```python" not in part] == []
    assert [part.splitlines()[0] for part in parts if "```py\n" not in part and "OPENAI" not in part] == []


def test_what_the_other_library_is_shown_with_is_python():
    for block in blocks("py"):
        assert compile(block, "openai", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_every_name_of_ours_in_the_tables_is_there():
    import provider

    rows = re.findall(r"^\| .* \| (.*) \|$", PAGE, re.MULTILINE)
    names = {name for row in rows for name in re.findall(r"`([A-Z]\w+)`", row) if not name.isupper()}
    assert len(names) > 8
    assert [name for name in names if not hasattr(provider, name)] == []
