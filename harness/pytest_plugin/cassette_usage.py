"""`CassetteUsage`: which cassettes a run uses, and which exchanges it plays; merged over xdist's workers."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from harness.pytest_plugin.lenience import AcceptedDifferences


class Certainty(enum.IntEnum):
    """How surely the plugin knows which cassette a test uses."""

    GUESSED = 0
    """From marker and configuration file alone; the test's own ``wire_config`` may still change it."""
    PREDICTED = 1
    """From all of its layers, or from the value that its ``wire_config`` returned for another test."""
    SEEN = 2
    """The test has run."""


class Expected(NamedTuple):
    """The cassette that a test is expected to use.

    Attributes:
        path: The cassette's file.
        is_named: Whether the cassette has a name, so that other tests can use it, too.
        certainty: How surely this is known.
    """

    path: Path
    is_named: bool
    certainty: Certainty

    def may_become(self, path: Path) -> bool:
        """Whether a ``wire_config`` that has not run yet may still turn this into another file.

        It can change the folder, and the default name.
        """
        return self.certainty is Certainty.GUESSED and (not self.is_named or self.path.name == path.name)


@dataclass(slots=True)
class CassetteUse:
    """The use of one cassette in one run.

    Attributes:
        claims: Ids of the tests for which a fixture of a wider scope opened it, whether they run or not.
        done: Ids of the tests that played it to the end without a problem.
        played: Indices of the exchanges that any test played.
        exchanges: The exchanges' names, in file order; empty unless several tests may share the cassette.
        alike: For each exchange, the index of the first one with an equal request: several tests may have recorded it.
        unplayed: The policy for exchanges of a shared cassette that no test played.
    """

    claims: set[str] = field(default_factory=set[str])
    done: set[str] = field(default_factory=set[str])
    played: set[int] = field(default_factory=set[int])
    exchanges: tuple[str, ...] = ()
    alike: tuple[int, ...] = ()
    unplayed: str = "error"

    def left(self) -> list[str]:
        """Return the names of the exchanges that no test played."""
        asked = {self.alike[index] for index in self.played}
        return [name for name, first in zip(self.exchanges, self.alike, strict=True) if first not in asked]


class CassetteUsage:
    """The cassettes of one process, or of all workers.

    Attributes:
        cassettes: The cassettes that tests used, or that fixtures claimed.
        expected: By test: the cassette that it uses.
        folders: Cassette folders of the collected tests; their subfolders belong to them.
        deselected: How many collected tests do not run.
        lenient: By cassette: the differences that its replays accepted.
        crashed: How many workers ended without reporting.
    """

    def __init__(self) -> None:
        self.cassettes: dict[Path, CassetteUse] = {}
        self.expected: dict[str, Expected] = {}
        self._tests: dict[Path, set[str]] = {}
        self.folders: set[Path] = set()
        self.lenient: dict[Path, AcceptedDifferences] = {}
        self.deselected = 0
        self.crashed = 0

    # ------------------------------------------------------------ which test uses which cassette
    def expect(self, test: str, path: Path, certainty: Certainty, *, is_named: bool) -> None:
        """Note which cassette a test is expected to use; a less certain note never replaces a more certain one."""
        known = self.expected.get(test)
        if known is not None and certainty < known.certainty:
            return
        if known is not None:
            self._tests[known.path].discard(test)
        self.expected[test] = Expected(path, is_named, certainty)
        self._tests.setdefault(path, set()).add(test)

    def claim(self, path: Path, test: str) -> None:
        """Note that a fixture of a wider scope opens a cassette which a test may use."""
        self._of(path).claims.add(test)

    def tests_of(self, path: Path) -> set[str]:
        """Return the ids of the tests known to use a cassette."""
        use = self.cassettes.get(path)
        return self._tests.get(path, set[str]()) | (set[str]() if use is None else use.claims)

    def is_shared(self, path: Path) -> bool:
        """Whether several tests use the cassette."""
        return len(self.tests_of(path)) > 1

    def may_be_shared(self, path: Path, *, is_named: bool) -> bool:
        """Whether several tests use a cassette, or may once every ``wire_config`` has been evaluated.

        Args:
            path: The cassette.
            is_named: Whether the cassette has a name, so that other tests can use it, too.
        """
        return self.is_shared(path) or (is_named and self.may_gain_users(path))

    def may_gain_users(self, path: Path) -> bool:
        """Whether a test whose ``wire_config`` has not been evaluated yet could also use this cassette."""
        return any(each.may_become(path) for each in self.expected.values())

    def all_users_done(self, path: Path) -> bool:
        """Whether all tests known to use a cassette have played or recorded it without a problem."""
        return self.tests_of(path) <= self._of(path).done

    # ------------------------------------------------------------ what happened to a cassette
    def touch(self, path: Path) -> None:
        """Note that a wire used a cassette."""
        self._of(path)

    def play(self, path: Path, tests: Iterable[str], played: Iterable[int], unplayed: str) -> CassetteUse:
        """Note that tests played a cassette without a problem, and which exchanges."""
        use = self._of(path)
        use.done.update(tests)
        use.played.update(played)
        use.unplayed = unplayed
        return use

    def lenience(self, path: Path) -> AcceptedDifferences:
        """Return the differences that replays of a cassette accepted, to be added to."""
        from harness.pytest_plugin.lenience import AcceptedDifferences  # noqa: PLC0415  # the player, only where something played

        return self.lenient.setdefault(path, AcceptedDifferences())

    def orphans(self) -> list[Path]:
        """Return the cassettes in the collected tests' folders that no test uses."""
        found = {path for folder in self.folders for pattern in ("*.yaml", "*.yml") for path in folder.rglob(pattern)}
        used = self.cassettes.keys() | {path for path, tests in self._tests.items() if tests}
        return sorted(path for path in found - used if path.is_file())

    def _of(self, path: Path) -> CassetteUse:
        return self.cassettes.setdefault(path, CassetteUse())

    # ------------------------------------------------------------ between processes
    def pack(self) -> dict[str, Any]:
        """Return everything as plain values, which xdist can send."""
        return {
            "cassettes": {str(path): _packed(use) for path, use in self.cassettes.items()},
            "expected": {test: (str(path), named, int(how)) for test, (path, named, how) in self.expected.items()},
            "folders": sorted(str(folder) for folder in self.folders),
            "lenient": {str(path): each.pack() for path, each in self.lenient.items()},
            "deselected": self.deselected,
        }

    def add(self, packed: Mapping[str, Any]) -> None:
        """Add what another process (an xdist worker) returned from `pack`."""
        for name, (claims, done, played, exchanges, alike, unplayed) in packed["cassettes"].items():
            use = self._of(Path(name))
            use.claims.update(claims)
            use.done.update(done)
            use.played.update(played)
            use.exchanges = use.exchanges or tuple(exchanges)
            use.alike = use.alike or tuple(alike)
            use.unplayed = unplayed if exchanges else use.unplayed
        for test, (path, named, how) in packed["expected"].items():
            self.expect(test, Path(path), Certainty(how), is_named=named)
        for name, lenient in packed["lenient"].items():
            self.lenience(Path(name)).add(lenient)
        self.folders.update(Path(folder) for folder in packed["folders"])
        self.deselected = max(self.deselected, packed["deselected"])


def _packed(use: CassetteUse) -> list[object]:
    sets = [sorted(use.claims), sorted(use.done), sorted(use.played)]
    return [*sets, list(use.exchanges), list(use.alike), use.unplayed]
