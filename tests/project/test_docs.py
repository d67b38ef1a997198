"""Whatever documentation and code point at is there."""

import re
import subprocess
import sys

import pytest

from tests.support.project.tree import ROOT, texts

DOCS = {path: text for path, text in texts(".md").items() if not path.startswith("tests/")}
CODE = texts(".py")
CITABLE = {"protocol.md": "docs/protocol.md", "cassette-format.md": "docs/cassette-format.md"}
CITATION = re.compile(r"(?P<source>[\w-]+\.md|RFC \d+)|§(?P<section>\d+(?:\.\d+)?)")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def sections(path):
    """The numbers of a document's numbered headings."""
    return set(re.findall(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", DOCS[path], re.MULTILINE))


def anchors(text):
    """The anchors that a Markdown page's headings have on a forge."""
    headings = re.findall(r"^#{1,6} (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def citations(path, text):
    """(source, section) of every `§`: of the source named before it in its line, else of the page it stands in."""
    for row in text.splitlines():
        source = path.rpartition("/")[2] if path in CITABLE.values() else "protocol.md"
        for found in CITATION.finditer(row):
            source = found["source"] or source
            if found["section"] and source in CITABLE:
                yield source, found["section"]


def test_every_cited_section_exists():
    known = {name: sections(path) for name, path in CITABLE.items()}
    cited = [(path, *each) for path, text in {**CODE, **DOCS}.items() for each in citations(path, text)]
    assert len(cited) > 20, "the pattern has lost its grip"
    assert [each for each in cited if each[2] not in known[each[1]]] == []


@pytest.mark.parametrize("path", DOCS)
def test_links_of_a_page_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", DOCS[path], flags=re.DOTALL)):
        if not re.match(r"[a-z]+:", target):
            name, _, anchor = target.partition("#")
            page = (ROOT / path).parent / name if name else ROOT / path
            assert page.exists(), target
            assert not anchor or anchor in anchors(page.read_text(encoding="utf-8")), target


def test_every_page_stands_in_the_index():
    index = DOCS["docs/README.md"]
    pages = {path.removeprefix("docs/") for path in DOCS if path.startswith("docs/")} - {"README.md"}
    assert [page for page in pages if f"({page})" not in index] == []


def test_every_make_target_that_is_mentioned_exists():
    mentioned = {
        target for text in DOCS.values() for target in re.findall(r"(?:^\$ |`)make ([a-z-]+)", text, re.MULTILINE)
    }
    assert mentioned
    assert mentioned <= TARGETS


@pytest.mark.parametrize("path", [path for path, text in DOCS.items() if "```python" in text])
def test_what_the_examples_import_is_there(path):
    blocks = re.findall(r"^```python\n(.*?)^```", DOCS[path], re.DOTALL | re.MULTILINE)
    for row in re.findall(r"^(?:from|import) (?:provider|harness|fake_server)\b.*", "\n".join(blocks), re.MULTILINE):
        exec(row, {})  # lines of our own pages


# Pages whose snippets are parts of files in examples/: tests/project/test_guide.py compares them.
_EXCERPTS = {"docs/pytest.md", "docs/migrating.md", "docs/stubs.md", "docs/faults.md"}


def test_snippets_define_the_names_that_they_use(tmp_path):
    for path in sorted(DOCS.keys() - _EXCERPTS):
        for found in re.finditer(r"^```python\n(.*?)^```", DOCS[path], re.DOTALL | re.MULTILINE):
            line = DOCS[path].count("\n", 0, found.start()) + 1
            (tmp_path / f"{path.replace('/', '.')}.{line}.py").write_text(found[1], encoding="utf-8")
    assert len(list(tmp_path.iterdir())) > 20, "the pattern has lost its grip"
    found = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F821", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout) == (0, "All checks passed!\n"), found.stdout


def test_the_changelog_has_a_place_for_what_comes():
    assert re.search(r"^## \[?Unreleased\]?$", DOCS["CHANGELOG.md"], re.MULTILINE)
