"""``make docs``: the documentation as a site, in ``build/docs/html``.

The pages stand as they are: this copies them, and what they link to, and adds the start page and the four parts of the
navigation, which are the headings of ``docs/README.md``. A warning of Sphinx is a failure.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from sphinx.cmd.build import main as sphinx

from tests.support.project.tree import ROOT

BUILD = ROOT / "build" / "docs"
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"(```.*?```)", re.DOTALL)
PAGES = ("README.md", "README.ru.md", "CHANGELOG.md")
NAMES = {
    "harness": ("recording", "replaying", "Wire"),
    "harness.proxy.sessions": ("proxied_recording", "proxied_replaying"),
    "harness.scripted": ("Scripted",),
    "provider": ("CopilotClient", "AsyncCopilotClient", "Conversation", "Turn", "AsyncTurn"),
}
PARTS = ("Tutorial", "How to", "Reference", "Explanation")


def stage(source: Path) -> None:
    """Copy all pages, with links that a site can follow."""
    shutil.rmtree(source, ignore_errors=True)
    for page in (*map(ROOT.joinpath, PAGES), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/README.md")):
        target = source / page.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        parts = FENCE.split(page.read_text(encoding="utf-8"))
        parts[::2] = [LINK.sub(lambda found, page=page: _link(found, page, source), part) for part in parts[::2]]
        target.write_text("".join(parts), encoding="utf-8")
    (source / "python.md").write_text(_python(), encoding="utf-8")
    index = (source / "docs" / "README.md").read_text(encoding="utf-8")
    (source / "index.md").write_text("\n".join(_start(index)), encoding="utf-8")


def _link(found: re.Match[str], page: Path, source: Path) -> str:
    """The link; files that are no pages come along, and folders stay as their names."""
    mark, text, target = found.groups()
    name, _, _ = target.partition("#")
    if re.match(r"[a-z]+:", target) or not name:
        return found[0]
    path = (page.parent / name).resolve()
    if path.is_dir():
        return text
    if path == ROOT / "README.md":
        return f"{mark}[{text}]({target.replace('README.md', 'index.md')})"
    if path.suffix != ".md":
        copy = source / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    return f"{mark}[{text}]({target})"


def _start(index: str) -> Iterator[str]:
    """The start page: the README, and the navigation."""
    yield "```{include} README.md\n```\n"
    for part in PARTS:
        section = index.split(f"\n## {part}\n")[1].split("\n## ", maxsplit=1)[0]
        names = dict.fromkeys(name.partition("#")[0] for _, _, name in LINK.findall(section))
        pages = [_named(name) for name in names if name.endswith(".md") and name != "../index.md"]
        pages += ["python.md"] * (part == "Reference")
        yield f"```{{toctree}}\n:hidden:\n:caption: {part}\n:maxdepth: 1\n"
        yield from pages
        yield "```\n"
    yield "```{toctree}\n:hidden:\n:caption: More\n:maxdepth: 1\n:glob:\n"
    yield "docs/README.md\nCHANGELOG.md\nREADME.ru.md\nexamples/*/README\n```\n"


def _python() -> str:
    """The reference of Python names, from their docstrings."""
    parts = ["# Python names\n\nFrom the docstrings.\n\n```{eval-rst}"]
    for module, names in NAMES.items():
        parts.append(f"{module}\n{'-' * len(module)}\n\n.. currentmodule:: {module}\n")
        parts += [
            f".. autofunction:: {name}\n" if name.islower() else f".. autoclass:: {name}\n   :members:\n"
            for name in names
        ]
    return "\n".join([*parts, "```\n"])


def _named(name: str) -> str:
    return name.removeprefix("../") if name.startswith("../") else f"docs/{name}"


def main() -> int:
    """Build the site; returns the exit code."""
    source = BUILD / "source"
    stage(source)
    arguments = ["-q", "-W", "--keep-going", "-c", str(Path(__file__).parent), str(source), str(BUILD / "html")]
    code = sphinx(arguments)
    if not code:
        print(f"the site is in {BUILD / 'html' / 'index.html'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
