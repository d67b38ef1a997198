"""Which recordings are evidence of a service: those of itself, and none of a fake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from harness.cassette.model import Cassette
from harness.cassette.store import load
from harness.errors import HarnessError
from harness.profile import ServiceProfile


class DriftError(HarnessError):
    """There is nothing to learn from, or nothing to grade; says why."""


SERVICE: Final = "the service"
BY_HAND: Final = "hand"
ELSEWHERE: Final = "another server"
FAKE: Final = "fake:"


@dataclass(frozen=True, slots=True)
class Piece:
    """A recording.

    Attributes:
        path: Where it lies.
        cassette: It.
        source: `SERVICE`, `BY_HAND`, ``fake:2026`` and the like, or `ELSEWHERE`.
    """

    path: Path
    cassette: Cassette = field(repr=False)
    source: str

    @property
    def name(self) -> str:
        """Short, for people."""
        return self.path.stem


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is learnt from, and how much that is worth.

    Attributes:
        pieces: What is learnt from.
        remarks: Sentences that say what it is, what was left out, and why.
        is_real: It is of the service itself.
    """

    pieces: tuple[Piece, ...]
    remarks: tuple[str, ...]
    is_real: bool


def source_of(cassette: Cassette, profile: ServiceProfile) -> str:
    """What a recording is evidence of."""
    about = cassette.recorded
    if about.by == BY_HAND:
        return BY_HAND
    if about.origin.startswith(FAKE):
        return about.origin
    return SERVICE if about.origin.rstrip("/") in profile.origins else ELSEWHERE


def pieces_of(paths: Sequence[Path], profile: ServiceProfile) -> tuple[Piece, ...]:
    """The cassettes of files and folders, by name; folders are searched to their depths.

    Raises:
        DriftError: There is none.
        harness.errors.HarnessError: One cannot be read.
        OSError: Likewise.
    """
    files = list(dict.fromkeys(file.resolve() for path in paths for file in _files(path)))
    pieces = [Piece(file, cassette, source_of(cassette, profile)) for file in files for cassette in (load(file),)]
    if not pieces:
        raise DriftError(f"there is no cassette in {', '.join(map(str, paths))}")
    return tuple(pieces)


def choose(known: Sequence[Piece], fresh: Sequence[Piece], *, generation: str | None = None) -> Evidence:
    """What to learn from: recordings of the service where there are any; else those of one fake, or what there is.

    Args:
        known: What could be learnt from; what is graded is left out of it.
        fresh: What is graded.
        generation: Of the fake, where it is the fake's recordings that are used.

    Raises:
        DriftError: Nothing is left.
    """
    graded = {each.path for each in fresh}
    others = [each for each in known if each.path not in graded]
    if not others:
        raise DriftError("there is nothing to learn from: give --against other recordings than those to be graded")
    real = [each for each in others if each.source == SERVICE]
    if real:
        return Evidence(pieces=tuple(real), remarks=tuple(_left_out(others, real)), is_real=True)
    wanted = _fake(others, fresh, generation)
    chosen = [each for each in others if each.source == wanted] if wanted else others
    if not chosen:
        raise DriftError(f"there is no recording of {wanted} to learn from")
    remarks = (
        f"learnt from {_counted(chosen)}",
        "that is no evidence of the service: what differs may as well be the fake's fault",
        *list(_left_out(others, chosen))[1:],
    )
    return Evidence(pieces=tuple(chosen), remarks=remarks, is_real=False)


def about_fresh(fresh: Sequence[Piece]) -> Iterator[str]:
    """What is to be said of what is graded."""
    unreal = [each for each in fresh if each.source != SERVICE]
    if unreal:
        what = "it tells" if len(unreal) == len(fresh) else "these tell"
        yield f"graded: {_counted(unreal)}, no evidence of the service: {what} nothing of what that does now"


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    return [file for file in sorted(path.rglob("*.yaml")) if _is_cassette(file)]


def _is_cassette(path: Path) -> bool:
    """Other YAML may lie beside cassettes, such as a list of prompts."""
    with path.open("rb") as file:
        start = file.read(4096)
    return any(line.startswith(b"cassette:") for line in start.splitlines())


def _fake(others: Sequence[Piece], fresh: Sequence[Piece], generation: str | None) -> str | None:
    if generation is not None:
        return f"{FAKE}{generation}"
    fakes = sorted({each.source for each in others if each.source.startswith(FAKE)})
    graded = {each.source for each in fresh}
    if len(graded) == 1 and (source := next(iter(graded))) in fakes:
        return source
    return fakes[-1] if fakes else None


def _left_out(others: Sequence[Piece], chosen: Sequence[Piece]) -> Iterator[str]:
    yield f"learnt from {_counted(chosen)}"
    left = [each for each in others if each not in chosen]
    if left:
        yield f"left out: {_counted(left)}"


def _counted(pieces: Sequence[Piece]) -> str:
    sources = [each.source for each in pieces]
    counts = {source: sources.count(source) for source in dict.fromkeys(sources)}
    return ", ".join(f"{n} recording{'s' if n > 1 else ''} {_called(source)}" for source, n in counts.items())


def _called(source: str) -> str:
    return "by hand" if source == BY_HAND else f"of {source}"
