"""A journal that ends anywhere gives every record that it holds whole."""

import pytest

from harness.record.errors import JournalError
from harness.record.recovery import Recovery, recover
from tests.harness.record.conftest import PROFILE
from tests.support.cassettes.secret_talk import texts
from tests.support.journals import read_journal


def test_every_prefix_of_a_journal_gives_every_whole_record(left, tmp_path):
    whole, all_records = left.read_bytes(), read_journal(left).records
    ends = [at + 1 for at, byte in enumerate(whole) if byte == 10]
    marks = sum(b'"is":"learnt"' in raw for raw in whole.splitlines())
    assert len(ends) == 1 + len(all_records) + marks
    cut = tmp_path / "cut.journal"
    for size in range(len(whole) + 1):
        cut.write_bytes(whole[:size])
        if size < ends[0]:
            with pytest.raises(JournalError):
                read_journal(cut)
            continue
        lines = whole[:size].splitlines(keepends=True)[1:]
        observed = [raw for raw in lines if raw.endswith(b"\n") and b'"is":"learnt"' not in raw]
        contents = read_journal(cut)
        assert contents.records == all_records[: len(observed)]
        assert contents.whole == (size in ends)


def test_every_prefix_that_ends_within_a_record_gives_a_cassette(left, state, tmp_path):
    whole = left.read_bytes()
    how = Recovery(profiles={"test": PROFILE}.get, output=tmp_path / "cut.yaml", replace=True, state=state)
    ends = [at + 1 for at, byte in enumerate(whole) if byte == 10]
    for size in sorted({*ends, *(end + 7 for end in ends[:-1]), *(end - 1 for end in ends[1:])}):
        (tmp_path / "cut.journal").write_bytes(whole[:size])
        told = texts(recover(tmp_path / "cut.journal", how).cassette)
        kept = [raw for raw in whole[:size].splitlines(keepends=True) if raw.endswith(b"\n")]
        assert len(told) == sum(b'"kind":"text"' in raw for raw in kept)
