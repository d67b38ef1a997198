"""Which recordings are evidence of a service: those of the service itself, not those of a fake."""

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
class SourceRecording:
    """A recording to learn from, or to grade.

    Attributes:
        path: Its file.
        cassette: Its content.
        source: `SERVICE`, `BY_HAND`, ``fake:2026`` and the like, or `ELSEWHERE`.
    """

    path: Path
    cassette: Cassette = field(repr=False)
    source: str

    @property
    def name(self) -> str:
        """A short name for people."""
        return self.path.stem


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftEvidence:
    """The recordings to learn from, and their worth.

    Attributes:
        sources: The recordings.
        remarks: Sentences about them: their origin, what was left out, and why.
        is_real: Whether they are of the service itself.
    """

    sources: tuple[SourceRecording, ...]
    remarks: tuple[str, ...]
    is_real: bool


def source_of(cassette: Cassette, profile: ServiceProfile) -> str:
    """The origin of a recording: `SERVICE`, `BY_HAND`, `ELSEWHERE`, or ``fake:2026`` and the like."""
    about = cassette.recorded
    if about.by == BY_HAND:
        return BY_HAND
    if about.origin.startswith(FAKE):
        return about.origin
    return SERVICE if about.origin.rstrip("/") in profile.origins else ELSEWHERE


def load_sources(paths: Sequence[Path], profile: ServiceProfile) -> tuple[SourceRecording, ...]:
    """Load the cassettes of files and folders; folders are searched recursively.

    Raises:
        DriftError: There is no cassette.
        harness.errors.HarnessError: A cassette cannot be read.
        OSError: Likewise.
    """
    files = list(dict.fromkeys(file.resolve() for path in paths for file in _files(path)))
    sources = [
        SourceRecording(file, cassette, source_of(cassette, profile)) for file in files for cassette in (load(file),)
    ]
    if not sources:
        raise DriftError(f"no cassette found in {', '.join(map(str, paths))}: is the path right?")
    return tuple(sources)


def origin_of(paths: Sequence[Path]) -> str:
    """The origin of the first cassette that names one; empty if none does.

    Raises:
        harness.errors.HarnessError: A cassette cannot be read.
        OSError: Likewise.
    """
    return next((origin for path in paths for file in _files(path) if (origin := load(file).recorded.origin)), "")


def choose(
    known: Sequence[SourceRecording], fresh: Sequence[SourceRecording], *, generation: str | None = None
) -> DriftEvidence:
    """Choose the recordings to learn from: those of the service if there are any, else those of one fake, else all.

    Args:
        known: The candidates; those that are graded are left out.
        fresh: The recordings to grade.
        generation: Generation of the fake, if its recordings are used.

    Raises:
        DriftError: No recording is left.
    """
    graded = {each.path for each in fresh}
    others = [each for each in known if each.path not in graded]
    if not others:
        raise DriftError(
            "there are no recordings to compare with: give --against other recordings than those to be graded"
        )
    real = [each for each in others if each.source == SERVICE]
    if real:
        return DriftEvidence(sources=tuple(real), remarks=tuple(_left_out(others, real)), is_real=True)
    wanted = _fake(others, fresh, generation)
    chosen = [each for each in others if each.source == wanted] if wanted else others
    if not chosen:
        raise DriftError(f"none of the recordings to compare with is of {wanted}")
    remarks = (
        f"learnt from {_counted(chosen)}",
        "that is no evidence of the service: a difference may be the fake's fault",
        *list(_left_out(others, chosen))[1:],
    )
    return DriftEvidence(sources=tuple(chosen), remarks=remarks, is_real=False)


def about_fresh(fresh: Sequence[SourceRecording]) -> Iterator[str]:
    """Remarks about the recordings to grade."""
    unreal = [each for each in fresh if each.source != SERVICE]
    if unreal:
        yield f"graded: {_counted(unreal)}, no evidence of the service as it is now"


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        if not path.exists():
            raise DriftError(f"{path}: no such file or folder: name recordings, or a folder of them")
        return [path]
    return [file for file in sorted(path.rglob("*.yaml")) if _is_cassette(file)]


def _is_cassette(path: Path) -> bool:
    """Whether a YAML file is a cassette: folders may hold other YAML, such as lists of prompts."""
    with path.open("rb") as file:
        start = file.read(4096)
    return any(line.startswith(b"cassette:") for line in start.splitlines())


def _fake(others: Sequence[SourceRecording], fresh: Sequence[SourceRecording], generation: str | None) -> str | None:
    if generation is not None:
        return f"{FAKE}{generation}"
    fakes = sorted({each.source for each in others if each.source.startswith(FAKE)})
    graded = {each.source for each in fresh}
    if len(graded) == 1 and (source := next(iter(graded))) in fakes:
        return source
    return fakes[-1] if fakes else None


def _left_out(others: Sequence[SourceRecording], chosen: Sequence[SourceRecording]) -> Iterator[str]:
    yield f"learnt from {_counted(chosen)}"
    left = [each for each in others if each not in chosen]
    if left:
        yield f"left out: {_counted(left)}"


def _counted(recordings: Sequence[SourceRecording]) -> str:
    origins = [each.source for each in recordings]
    counts = {origin: origins.count(origin) for origin in dict.fromkeys(origins)}
    return ", ".join(f"{n} recording{'s' if n > 1 else ''} {_called(origin)}" for origin, n in counts.items())


def _called(origin: str) -> str:
    return "by hand" if origin == BY_HAND else f"of {origin}"
