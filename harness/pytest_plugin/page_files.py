"""`PageFiles`: the pages that red tests leave behind (``--wire-report``); a test that is not red leaves none."""

from __future__ import annotations

from pathlib import Path

from harness.pytest_plugin.names import file_name


class PageFiles:
    """The files of one pytest process.

    Attributes:
        test: Id of the test that runs.
    """

    def __init__(self) -> None:
        self.test = ""
        self._owners: dict[Path, object] = {}
        self._unsettled: list[Path] = []

    def begin(self, test: str) -> None:
        """Note that a test begins."""
        self.test = test

    def path(self, folder: Path, wire: object) -> Path:
        """Return the file for a wire of the running test; further wires of that test get a number."""
        name, number = file_name(self.test), 1
        path = folder / f"{name}.html"
        while self._owners.setdefault(path, wire) is not wire:
            number += 1
            path = folder / f"{name}-{number}.html"
        return path

    def written(self, path: Path) -> None:
        """Note that a page was written, for a test that may still turn out not to fail."""
        self._unsettled.append(path)

    def settle(self, *, is_red: bool) -> None:
        """Keep the pages written since the last call if a test's phase failed (``is_red``); else delete them."""
        paths, self._unsettled = self._unsettled, []
        for path in paths if not is_red else ():
            path.unlink(missing_ok=True)
