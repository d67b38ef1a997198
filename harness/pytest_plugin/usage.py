"""`Usage`: which cassettes a run used, and what of them it played; of several xdist workers, taken together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class CassetteUse:
    """One cassette, in one run.

    Attributes:
        claims: Ids of the tests that name it, run or not.
        done: Ids of the tests that played it to the end without trouble of their own.
        played: Indices of the exchanges that any of them played.
        exchanges: The exchanges' names, in file order.
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
        """What nobody played, if all that name the cassette had their turn."""
        if not self.claims <= self.done:
            return []
        asked = {self.alike[index] for index in self.played}
        return [name for name, first in zip(self.exchanges, self.alike, strict=True) if first not in asked]


class Usage:
    """Of one process, or of all workers.

    Attributes:
        folders: Where cassettes of collected tests are, those in folders below included.
        deselected: How many tests were collected and not run.
        crashed: Workers that ended without a word.
    """

    def __init__(self) -> None:
        self.cassettes: dict[Path, CassetteUse] = {}
        self.folders: set[Path] = set()
        self.deselected = 0
        self.crashed = 0

    def claim(self, path: Path, test: str) -> None:
        """A test names a cassette."""
        self._of(path).claims.add(test)

    def is_shared(self, path: Path) -> bool:
        """Whether several tests name it."""
        use = self.cassettes.get(path)
        return use is not None and len(use.claims) > 1

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

    def orphans(self) -> list[Path]:
        """Files in the folders of collected tests that none of them names, and none used."""
        found = {path for folder in self.folders for pattern in ("*.yaml", "*.yml") for path in folder.rglob(pattern)}
        return sorted(path for path in found - self.cassettes.keys() if path.is_file())

    def _of(self, path: Path) -> CassetteUse:
        return self.cassettes.setdefault(path, CassetteUse())

    # ------------------------------------------------------------ between processes
    def pack(self) -> dict[str, Any]:
        """The same in plain values, for xdist to carry."""
        return {
            "cassettes": {str(path): _packed(use) for path, use in self.cassettes.items()},
            "folders": sorted(str(folder) for folder in self.folders),
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
        self.folders.update(Path(folder) for folder in packed["folders"])
        self.deselected = max(self.deselected, packed["deselected"])


def _packed(use: CassetteUse) -> list[object]:
    said = [sorted(use.claims), sorted(use.done), sorted(use.played)]
    return [*said, list(use.exchanges), list(use.alike), use.unplayed]
