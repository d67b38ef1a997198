"""What counts as evidence of a service, and what is said of it."""

from pathlib import Path

import pytest

from harness.cassette.model import Cassette, Recorded
from harness.copilot.reads import copilot_reads
from harness.drift.drift import drift_from_recordings
from harness.drift.evidence import DriftError, SourceRecording, about_fresh, choose, load_sources, source_of
from harness.services.copilot import COPILOT


def piece(name, source):
    return SourceRecording(
        Path(f"/{name}.yaml"), Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="relay")), source
    )


REAL = piece("real", "the service")
OLD, NEW, HAND = piece("old", "fake:2025-03"), piece("new", "fake:2026"), piece("hand", "hand")


@pytest.mark.parametrize(
    ("by", "origin", "source"),
    [
        ("relay", "https://copilot.microsoft.com", "the service"),
        ("browser", "https://copilot.microsoft.com/", "the service"),
        ("hand", "https://copilot.microsoft.com", "hand"),
        ("relay", "fake:2026", "fake:2026"),
        ("har", "https://copilot.microsoft.com.evil.test", "another server"),
        ("relay", "http://127.0.0.1:8765", "another server"),
    ],
)
def test_source_is_told_by_who_recorded_what(by, origin, source):
    about = Recorded(at="2026-11-23T05:00:00Z", by=by, origin=origin)
    assert source_of(Cassette(recorded=about), COPILOT) == source


def test_recordings_of_the_service_alone_are_learnt_from():
    chosen = choose([OLD, REAL, HAND], [NEW])
    assert (chosen.sources, chosen.is_real) == ((REAL,), True)
    assert chosen.remarks == (
        "learnt from 1 recording of the service",
        "left out: 1 recording of fake:2025-03, 1 recording by hand",
    )


def test_fakes_are_no_evidence_and_it_is_said():
    chosen = choose([OLD, NEW, HAND], [REAL])
    assert (chosen.sources, chosen.is_real) == ((NEW,), False)
    assert "no evidence of the service" in chosen.remarks[1]


def test_fakes_of_the_generation_that_is_graded_are_learnt_from():
    assert choose([OLD, NEW], [piece("fresh", "fake:2025-03")]).sources == (OLD,)


def test_generation_can_be_chosen():
    assert choose([OLD, NEW], [REAL], generation="2025-03").sources == (OLD,)
    with pytest.raises(DriftError, match=r"none of the recordings .* is of fake:2025-10"):
        choose([OLD, NEW], [REAL], generation="2025-10")


def test_recording_is_no_evidence_against_itself():
    with pytest.raises(DriftError, match="no recordings to compare with"):
        choose([REAL], [REAL])


def test_what_is_graded_is_said_to_be_of_a_fake():
    assert list(about_fresh([REAL])) == []
    assert "no evidence of the service" in next(iter(about_fresh([REAL, NEW])))


def test_folder_is_searched_to_its_depths_for_cassettes_alone(tmp_path, known):
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "prompts.yaml").write_text("- Hello\n")
    with pytest.raises(DriftError, match="no cassette"):
        load_sources([tmp_path], COPILOT)
    (deep / "one.yaml").write_bytes((known / "known-0.yaml").read_bytes())
    assert [each.name for each in load_sources([tmp_path], COPILOT)] == ["one"]


def test_our_own_cassettes_are_alike_but_for_what_they_are_made_to_show(pytestconfig):
    """Each cassette of the fake against all others: what breaks is what the cassette is there for."""
    folder = pytestconfig.rootpath / "cassettes"
    odd = set()
    for path in sorted(folder.glob("*-2026.yaml")):
        found = drift_from_recordings([path], [folder], profile=COPILOT, reads=copilot_reads())
        odd |= {path.stem for each in found.findings if each.grade == "breaking"}
    assert odd == {"malformed-2026", "empty-2026"}
