"""Draws texts at random for a reader who does not know the code: ``python -m tests.project.read_cold SEED [--where]``.

The reader writes what each text means. ``--where`` prints the place of each instead, to compare with the code. One seed
draws the same texts from the same files.
"""

from __future__ import annotations

import argparse
import ast
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from tests.project.error_texts import errors
from tests.support.project.tree import texts

PACKAGES = ("provider/", "fake_server/", "harness/")
_PAGE_LINES = 40
"""Lines that are shown of a page."""

_Named: TypeAlias = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Text:
    """A text to read, and where it stands."""

    place: str
    text: str


def docstrings(path: str, tree: ast.Module) -> Iterator[Text]:
    """Those of a file, each below its heading, as ``help()`` shows it."""
    if text := ast.get_docstring(tree):
        yield Text(f"{path}:1", f"module {path.removesuffix('.py').replace('/', '.')}\n{text}")
    yield from _docstrings_in(tree, path, "")


def _docstrings_in(parent: ast.Module | _Named, path: str, prefix: str) -> Iterator[Text]:
    for node in parent.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if text := ast.get_docstring(node):
                yield Text(f"{path}:{node.lineno}", f"{_heading(node, prefix)}\n{text}")
            yield from _docstrings_in(node, path, f"{prefix}{node.name}.")


def _heading(node: _Named, prefix: str) -> str:
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(ast.unparse(each) for each in node.bases)
        return f"class {prefix}{node.name}({bases})" if bases else f"class {prefix}{node.name}"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    return f"{prefix}{node.name}({ast.unparse(node.args)}){returns}"


def error_texts(path: str, tree: ast.Module) -> Iterator[Text]:
    """The errors that a file makes, each as its user sees it: the class, what happened, the hint."""
    for line, text in errors(tree):
        yield Text(f"{path}:{line}", text)


def pages() -> list[Text]:
    """The openings of the documentation's pages."""
    found = [(path, text) for path, text in texts(".md").items() if path.startswith("docs/") or path == "README.md"]
    return [Text(path, "\n".join(text.splitlines()[:_PAGE_LINES])) for path, text in found]


def drawn(seed: int, docstring_count: int = 30, error_count: int = 30, page_count: int = 5) -> dict[str, list[Text]]:
    """Kind of text -> those drawn; all of a kind where there are fewer than asked for."""
    counts = {"docstring": docstring_count, "error": error_count, "page": page_count}
    chance = random.Random(seed)
    return {kind: chance.sample(found, min(counts[kind], len(found))) for kind, found in all_texts().items()}


@cache
def all_texts() -> dict[str, list[Text]]:
    """Kind of text -> all of that kind. They are read once for all seeds."""
    trees = {path: ast.parse(text) for path, text in texts(".py").items() if path.startswith(PACKAGES)}
    return {
        "docstring": [each for path, tree in trees.items() for each in docstrings(path, tree)],
        "error": [each for path, tree in trees.items() for each in error_texts(path, tree)],
        "page": pages(),
    }


def rendered(chosen: dict[str, list[Text]], where: bool) -> str:
    """The texts, numbered, or their places under the same numbers."""
    rows = [
        f"{kind} {number}: {each.place}" if where else f"--- {kind} {number}\n{each.text}\n"
        for kind, found in chosen.items()
        for number, each in enumerate(found, 1)
    ]
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the texts or their places."""
    parser = argparse.ArgumentParser(prog="python -m tests.project.read_cold", description="Texts for a reader.")
    parser.add_argument("seed", type=int, help="the same seed draws the same texts")
    parser.add_argument("--where", action="store_true", help="print where the texts stand, and not the texts")
    options = parser.parse_args(arguments)
    print(rendered(drawn(options.seed), options.where))


if __name__ == "__main__":
    main()
