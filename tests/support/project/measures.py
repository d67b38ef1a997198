"""Measures of source files: code lines, functions, docstrings, class names that mean two things, and import circles."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import grimp

_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Function:
    """A function's name and its code lines: neither blank lines, nor comments, nor its docstring."""

    name: str
    place: str
    lines: int


@dataclass(frozen=True, slots=True)
class Source:
    """What one file holds.

    Attributes:
        path: Relative to the project's folder.
        lines: All lines.
        code: Lines with code on them: no blank lines, comments or docstrings.
        functions: Functions and methods, nested ones, too.
        classes: Names of public classes at the top of the file.
        documented: How many of the public modules, classes and functions have a docstring.
        documentable: How many public modules, classes and functions there are.
    """

    path: str
    lines: int
    code: int
    functions: tuple[Function, ...]
    classes: tuple[str, ...]
    documented: int
    documentable: int


def measured(path: str, text: str) -> Source:
    """Measures one file."""
    tree = ast.parse(text)
    statements = list(_statements(tree))
    code = _code_lines(text) - _docstring_lines(statements)
    public = list(_public(tree))
    return Source(
        path,
        len(text.splitlines()),
        len(code),
        tuple(_functions(path, statements, code)),
        tuple(each.name for each in tree.body if isinstance(each, ast.ClassDef) and not each.name.startswith("_")),
        sum(ast.get_docstring(each) is not None for each in public),
        len(public),
    )


def _code_lines(text: str) -> set[int]:
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE:
            found.update(range(token.start[0], token.end[0] + 1))
    return found


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """The module and its statements, nested ones, too. Of a file's nodes most are expressions: they are not gone through."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [
            child
            for _, below in ast.iter_fields(node)
            if isinstance(below, list)
            for child in below
            if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)
        ]


def _docstring_lines(statements: Iterable[ast.AST]) -> set[int]:
    found: set[int] = set()
    for node in statements:
        if isinstance(node, _Documented) and ast.get_docstring(node, clean=False) is not None:
            string = node.body[0]
            found.update(range(string.lineno, (string.end_lineno or string.lineno) + 1))
    return found


def _functions(path: str, statements: Iterable[ast.AST], code: set[int]) -> Iterator[Function]:
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            span = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            yield Function(node.name, f"{path}:{node.lineno}", len(code.intersection(span)))


def _public(tree: ast.Module) -> Iterator[_Documented]:
    """The module, and what it holds that has no underscore before its name; nothing of what stands in functions."""
    yield tree
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node
            waiting += node.body if isinstance(node, ast.ClassDef) else []


def names_of_two(sources: Iterable[Source]) -> dict[str, list[str]]:
    """Public class names that several files define, with these files."""
    found: dict[str, list[str]] = defaultdict(list)
    for source in sources:
        for name in source.classes:
            found[name].append(source.path)
    return {name: sorted(paths) for name, paths in sorted(found.items()) if len(paths) > 1}


def complexities(folder: Path, names: Iterable[str]) -> dict[str, int]:
    """Place (``path:line``) of each function -> its cyclomatic complexity, as ruff's C901 (mccabe) counts it."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--exit-zero", "--select", "C901"]
    options = ["--ignore-noqa", "--config", "lint.mccabe.max-complexity=0", "--output-format", "json"]
    run = subprocess.run(
        [*command, *options, *names], cwd=folder, capture_output=True, text=True, check=True, timeout=120
    )
    found: dict[str, int] = {}
    for each in json.loads(run.stdout):
        path = Path(each["filename"]).resolve().relative_to(folder.resolve())
        found[f"{path}:{each['location']['row']}"] = int(each["message"].rpartition("(")[2].partition(" ")[0])
    return found


def circles(packages: Iterable[str]) -> list[list[str]]:
    """Sets of modules that import each other in a circle at run time."""
    graph = grimp.build_graph(*packages, exclude_type_checking_imports=True, cache_dir=None)
    return strongly_connected({name: graph.find_modules_directly_imported_by(name) for name in graph.modules})


def strongly_connected(edges: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The components with more than one node, each sorted (Kosaraju's algorithm)."""
    backwards: dict[str, list[str]] = defaultdict(list)
    for name, targets in edges.items():
        for target in targets:
            backwards[target].append(name)
    order: list[str] = []
    seen: set[str] = set()
    for name in sorted(edges):
        order += _reached(name, edges, seen)
    seen.clear()
    found = [_reached(name, backwards, seen) for name in reversed(order)]
    return sorted(sorted(each) for each in found if len(each) > 1)


def _reached(start: str, edges: Mapping[str, Iterable[str]], seen: set[str]) -> list[str]:
    """What is reached from a node and was not seen before, the farthest first."""
    order: list[str] = []
    waiting: list[tuple[str, bool]] = [(start, False)]
    while waiting:
        name, finished = waiting.pop()
        if finished:
            order.append(name)
        elif name not in seen:
            seen.add(name)
            waiting.append((name, True))
            waiting += [(target, False) for target in sorted(edges.get(name, ()))]
    return order
