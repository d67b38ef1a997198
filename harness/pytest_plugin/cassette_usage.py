"""`Usage`: which cassettes a run used, and what of them it played; of several xdist workers, taken together."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from harness.pytest_plugin.lenience import Lenience


class Certainty(enum.IntEnum):
    """How it is known which cassette a test names."""

    GUESSED = 0
    """From markers and configuration file; the test's own ``wire_config`` may say something else yet."""
    FORETOLD = 1
    """From all that speaks for it, or from what its ``wire_config`` has said to another test."""
    SEEN = 2
    """The test has run."""


class Expected(NamedTuple):
    """The cassette of a test, as far as it is known.

    Attributes:
        path: Its file.
        is_named: It has a name that others may give, too.
        certainty: How that is known.
    """

    path: Path
    is_named: bool
    certainty: Certainty

    def may_become(self, path: Path) -> bool:
        """Whether a ``wire_config`` that has not spoken yet may make another file of it: by folder, or default name."""
        return self.certainty is Certainty.GUESSED and (not self.is_named or self.path.name == path.name)


@dataclass(slots=True)
class CassetteUse:
    """One cassette, in one run.

    Attributes:
        claims: Ids of the tests for which a fixture of a wider scope opened it, run or not.
        done: Ids of the tests that played it to the end without trouble of their own.
        played: Indices of the exchanges that any of them played.
        exchanges: The exchanges' names, in file order; empty where no more than one test is concerned.
        alike: For each of them the index of the first that asks the same: several tests may have recorded it.
        unplayed: What is to become of a run that leaves some of a shared one unplayed.
    """

    claims: set[str] = field(default_factory=set[str])
    done: set[str] = field(default_factory=set[str])
    played: set[int] = field(default_factory=set[int])
    exchanges: tuple[str, ...] = ()
    alike: tuple[int, ...] = ()
    unplayed: str = "error"

    def left(self) -> list[str]:
        """What nobody played."""
        asked = {self.alike[index] for index in self.played}
        return [name for name, first in zip(self.exchanges, self.alike, strict=True) if first not in asked]


class Usage:
    """Of one process, or of all workers.

    Attributes:
        cassettes: Those that were used, or claimed by fixtures.
        expected: By test: which cassette it names.
        folders: Where cassettes of collected tests are, those in folders below included.
        deselected: How many tests were collected and not run.
        lenient: By cassette: what its replays let differ.
        crashed: Workers that ended without a word.
    """

    def __init__(self) -> None:
        self.cassettes: dict[Path, CassetteUse] = {}
        self.expected: dict[str, Expected] = {}
        self._tests: dict[Path, set[str]] = {}
        self.folders: set[Path] = set()
        self.lenient: dict[Path, Lenience] = {}
        self.deselected = 0
        self.crashed = 0

    # ------------------------------------------------------------ who names what
    def expect(self, test: str, path: Path, certainty: Certainty, *, is_named: bool) -> None:
        """A test names a cassette, or will; what is less certain than what is known already does not count."""
        known = self.expected.get(test)
        if known is not None and certainty < known.certainty:
            return
        if known is not None:
            self._tests[known.path].discard(test)
        self.expected[test] = Expected(path, is_named, certainty)
        self._tests.setdefault(path, set()).add(test)

    def claim(self, path: Path, test: str) -> None:
        """A fixture opens a cassette for a test."""
        self._of(path).claims.add(test)

    def tests_of(self, path: Path) -> set[str]:
        """Ids of the tests that name a cassette, as far as that is known."""
        use = self.cassettes.get(path)
        return self._tests.get(path, set[str]()) | (set[str]() if use is None else use.claims)

    def is_shared(self, path: Path) -> bool:
        """Whether several tests name it."""
        return len(self.tests_of(path)) > 1

    def may_be_shared(self, path: Path, *, is_named: bool) -> bool:
        """Whether several tests name it, or may turn out to.

        Args:
            path: The cassette.
            is_named: It has a name that others may give, too.
        """
        return self.is_shared(path) or (is_named and self.may_grow(path))

    def may_grow(self, path: Path) -> bool:
        """Whether tests whose own ``wire_config`` has not spoken yet may name a cassette, too."""
        return any(each.may_become(path) for each in self.expected.values())

    def all_had_their_turn(self, path: Path) -> bool:
        """Whether all that are known to name a cassette have played it, or recorded it, without trouble."""
        return self.tests_of(path) <= self._of(path).done

    # ------------------------------------------------------------ what became of it
    def touch(self, path: Path) -> None:
        """A cassette was used, by whomever."""
        self._of(path)

    def play(self, path: Path, tests: Iterable[str], played: Iterable[int], unplayed: str) -> CassetteUse:
        """Tests have played a cassette, and nothing went wrong."""
        use = self._of(path)
        use.done.update(tests)
        use.played.update(played)
        use.unplayed = unplayed
        return use

    def lenience(self, path: Path) -> Lenience:
        """What replays of a cassette let differ."""
        from harness.pytest_plugin.lenience import Lenience  # noqa: PLC0415  # the player, only where something played

        return self.lenient.setdefault(path, Lenience())

    def orphans(self) -> list[Path]:
        """Files in the folders of collected tests that none of them names, and none used."""
        found = {path for folder in self.folders for pattern in ("*.yaml", "*.yml") for path in folder.rglob(pattern)}
        used = self.cassettes.keys() | {path for path, tests in self._tests.items() if tests}
        return sorted(path for path in found - used if path.is_file())

    def _of(self, path: Path) -> CassetteUse:
        return self.cassettes.setdefault(path, CassetteUse())

    # ------------------------------------------------------------ between processes
    def pack(self) -> dict[str, Any]:
        """The same in plain values, for xdist to carry."""
        return {
            "cassettes": {str(path): _packed(use) for path, use in self.cassettes.items()},
            "expected": {test: (str(path), named, int(how)) for test, (path, named, how) in self.expected.items()},
            "folders": sorted(str(folder) for folder in self.folders),
            "lenient": {str(path): each.pack() for path, each in self.lenient.items()},
            "deselected": self.deselected,
        }

    def add(self, packed: Mapping[str, Any]) -> None:
        """Take in what another process packed."""
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
    said = [sorted(use.claims), sorted(use.done), sorted(use.played)]
    return [*said, list(use.exchanges), list(use.alike), use.unplayed]
