"""Prints the figures of the house, a column for each package: ``python -m tests.project.figures [--all]``.

Sizes of files and functions, complexity, docstrings, public class names that mean two things, and import circles.
``--all`` also lists each place behind a figure that has a limit.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.support.project.measures import Source, circles, complexities, measured, names_of_two
from tests.support.project.tree import ROOT, texts

PACKAGES = ("provider", "fake_server", "harness")
GROUPS = (*PACKAGES, "tests")
LONGEST = 45
"""Code lines that a function may have."""
MOST_COMPLEX = 10
LARGEST = 300
"""Lines that a file may have."""


def percentile(values: Sequence[int], part: float) -> int:
    """The value that a part of all values does not exceed; 0 where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0


@dataclass(frozen=True, slots=True)
class Group:
    """The files of one package, and the complexity of each of its functions by place."""

    sources: tuple[Source, ...]
    complexity: dict[str, int]

    def rows(self) -> dict[str, str]:
        """Name of a figure -> its value."""
        code = [each.code for each in self.sources]
        functions = [each.lines for source in self.sources for each in source.functions]
        complexity = list(self.complexity.values())
        documented = sum(each.documented for each in self.sources)
        documentable = sum(each.documentable for each in self.sources)
        return {
            "files": str(len(self.sources)),
            "lines": str(sum(each.lines for each in self.sources)),
            "code lines": str(sum(code)),
            "code lines per file: median, p90, max": f"{median(code or [0]):.0f} {percentile(code, 0.9)} {max(code, default=0)}",
            f"files over {LARGEST} lines": str(len(self.large())),
            "functions": str(len(functions)),
            "code lines per function: median, p90, max": f"{median(functions or [0]):.0f} {percentile(functions, 0.9)} {max(functions, default=0)}",
            f"functions over {LONGEST} lines": str(len(self.long())),
            "complexity: p90, max": f"{percentile(complexity, 0.9)} {max(complexity, default=0)}",
            f"functions of complexity over {MOST_COMPLEX}": str(len(self.complex())),
            "public names with docstring": f"{100 * documented / max(1, documentable):.0f} %",
        }

    def large(self) -> list[str]:
        """Files over the limit."""
        return [f"{each.path} ({each.lines})" for each in self.sources if each.lines > LARGEST]

    def long(self) -> list[str]:
        """Functions over the limit."""
        found = [each for source in self.sources for each in source.functions if each.lines > LONGEST]
        return [f"{each.place} {each.name} ({each.lines})" for each in found]

    def complex(self) -> list[str]:
        """Functions of more branches than the limit."""
        return [f"{place} ({value})" for place, value in self.complexity.items() if value > MOST_COMPLEX]


def gathered(root: Path = ROOT, groups: Sequence[str] = GROUPS) -> dict[str, Group]:
    """The groups of the project's files, measured."""
    files = texts(".py")
    complexity = complexities(root, groups)
    return {
        group: Group(
            tuple(measured(path, text) for path, text in files.items() if path.startswith(f"{group}/")),
            {place: value for place, value in complexity.items() if place.startswith(f"{group}/")},
        )
        for group in groups
    }


def table(groups: dict[str, Group]) -> str:
    """The figures, a row each."""
    columns = {name: group.rows() for name, group in groups.items()}
    names = list(next(iter(columns.values())))
    width = max(map(len, names))
    widths = {group: max(len(group), *map(len, rows.values())) for group, rows in columns.items()}
    head = " " * width + "".join(f"  {group:>{widths[group]}}" for group in columns)
    body = [
        f"{name:<{width}}" + "".join(f"  {rows[name]:>{widths[group]}}" for group, rows in columns.items())
        for name in names
    ]
    return "\n".join([head, *body])


def listing(title: str, rows: Sequence[str]) -> str:
    """A title with the number of rows, and the rows below it."""
    return "\n".join([f"{title}: {len(rows)}", *(f"  {row}" for row in rows)])


def main(arguments: Sequence[str]) -> None:
    """Prints the table and the lists."""
    groups = gathered()
    print(table(groups))
    twice = names_of_two(source for name in PACKAGES for source in groups[name].sources)
    print(listing("public class names that several files define", [f"{k}: {', '.join(v)}" for k, v in twice.items()]))
    print(listing("import circles", [" <-> ".join(each) for each in circles(PACKAGES)]))
    if "--all" in arguments:
        for name, group in groups.items():
            print(listing(f"{name}: files over {LARGEST} lines", group.large()))
            print(listing(f"{name}: functions over {LONGEST} lines", group.long()))
            print(listing(f"{name}: functions of complexity over {MOST_COMPLEX}", group.complex()))


if __name__ == "__main__":
    main(sys.argv[1:])
