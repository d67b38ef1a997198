"""The fake is told to say what a recording says: what it does otherwise is found, and nothing else."""

import pytest

from harness.cassette.store import load
from harness.compare.turns import turns_of
from harness.copilot.fake_baseline import drift_from_fake, record_fake
from harness.services.copilot import COPILOT
from provider.errors import UsageError
from tests.harness.drift.changed import Change, with_field, without


@pytest.mark.parametrize("generation", ["2025-03", "2025-10", "2026"])
def test_fake_that_does_as_it_did_shows_no_drift(record, generation):
    path = record("mine", generation=generation)
    assert drift_from_fake([path], generation=generation).findings == ()


def test_what_the_fake_does_not_do_is_found(record):
    path = record("theirs", Change(event=with_field("received", region="eu")))
    [found] = drift_from_fake([path], generation="2026").findings
    assert (found.grade, found.kind, found.what, found.field) == ("new", "field-new", "< received", "region")


def test_what_only_the_fake_does_is_found(record):
    path = record("theirs", Change(event=without("partCompleted")))
    found = [each for each in drift_from_fake([path], generation="2026").findings if each.grade == "breaking"]
    assert [(each.kind, each.what) for each in found] == [("event-gone", "< partCompleted")], drift_from_fake([path])


def test_fake_says_what_the_recording_says(record, tmp_path):
    path = record("mine")
    told = record_fake(load(path), tmp_path / "told.yaml", generation="2026")

    def said(cassette):
        return [
            b"".join(line.data for line in turn.lines if b'"appendText"' in line.data).count(b'"text"')
            for turn in turns_of(cassette, COPILOT)
        ]

    assert said(told) == said(load(path))


def test_generation_is_that_of_the_recording(record):
    found = drift_from_fake([record("old", generation="2025-03", real=False), record("newer", real=False)])
    assert found.findings == ()
    assert found.learnt == ("old told by fake:2025-03", "newer told by fake:2026")


def test_other_generation_is_another_protocol(record):
    found = drift_from_fake([record("old", generation="2025-03")], generation="2026").findings
    assert ("event-gone", "< connected") in {(each.kind, each.what) for each in found}


def test_generation_that_does_not_exist_is_refused(record):
    with pytest.raises(UsageError, match="1999"):
        drift_from_fake([record("mine", prompts=("Hello",))], generation="1999")


@pytest.mark.parametrize("name", ["rest-401-2026", "refresh-2025-10", "close-1011-2026", "cut-2026", "throttled-2026"])
def test_trouble_is_told_as_well(name, pytestconfig):
    path = pytestconfig.rootpath / "cassettes" / f"{name}.yaml"
    assert drift_from_fake([path]).count("breaking") == 0
