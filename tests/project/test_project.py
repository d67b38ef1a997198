"""What must hold for the project as a whole."""

import re
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRACKED = subprocess.run(
    ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"],
    capture_output=True,
    text=True,
    check=True,
    timeout=30,
).stdout.split("\n")
TEXTS = [ROOT / name for name in TRACKED if name and not name.endswith((".png", ".har"))]
TEXTS = [path for path in TEXTS if path.is_file()]
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


def pinned():
    rows = [row for row in read(ROOT / "constraints.txt").splitlines() if row and not row.startswith("#")]
    return {re.split("==", row)[0].lower().replace("_", "-"): row for row in rows}


def test_constraints_are_exact_and_name_no_host():
    for row in pinned().values():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!-]+", row)


def test_every_requirement_of_every_extra_is_pinned():
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    names = {re.match(r"[A-Za-z0-9._-]+", each).group().lower().replace("_", "-") for each in wanted} - {"wiretape"}
    assert names <= set(pinned())


def test_nothing_names_a_package_index_or_a_path_of_one_machine():
    suspicious = re.compile(r"https?://[^ ]*/simple\b|index-url|(?<![\w.])/(?:work|root)/")
    found = [
        (path.relative_to(ROOT), row)
        for path in TEXTS
        if path.name != Path(__file__).name
        for row in read(path).splitlines()
        if suspicious.search(row)
    ]
    assert not found


def test_cited_sections_of_the_protocol_exist():
    headings = set(re.findall(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", PROTOCOL, re.MULTILINE))
    cited = {
        (section, str(path.relative_to(ROOT)))
        for path in TEXTS
        if path.suffix == ".py"
        for section in re.findall(r"protocol\.md §(\d+(?:\.\d+)?)", read(path))
    }
    assert cited
    assert not [each for each in cited if each[0] not in headings]


@pytest.mark.parametrize("path", [*sorted(ROOT.glob("docs/*.md")), ROOT / "README.md", ROOT / "cassettes/README.md"])
def test_links_of_the_docs_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#\s]+)", read(path)):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target
