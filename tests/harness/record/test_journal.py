import os
import stat
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cassette.model import Recorded
from harness.record.errors import JournalError
from harness.record.events import MessagePassed, RequestBegan
from harness.record.journal import Journal
from harness.record.journal_format import JournalHead, line
from harness.user_folders import state_directory
from tests.support.journals import read_journal

HEAD = JournalHead(cassette="/tmp/x.yaml", profile="test", recorded=Recorded(at="2026-11-23T05:00:00Z", by="relay"))
REQUEST = RequestBegan(exchange=0, at=0, method="GET", target="/ü\n", headers=(("a", "\xff"),), upgrade=True)
MESSAGE = MessagePassed(exchange=0, at=5, direction="<", kind="binary", data=bytes(range(256)), frames=(255, 1))


@pytest.fixture
def journal(tmp_path):
    with Journal(HEAD, tmp_path / "state") as journal:
        yield journal


def test_journal_gives_back_what_was_appended_before_it_is_closed(journal):
    journal.append(REQUEST)
    journal.append(MESSAGE)
    contents = read_journal(journal.path)
    assert (contents.head, contents.records, contents.whole) == (HEAD, (REQUEST, MESSAGE), True)


def test_journal_is_its_owners_only(journal):
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700


def test_rewrite_replaces_all_records_and_appending_goes_on(journal):
    journal.append(MESSAGE)
    journal.rewrite([REQUEST])
    journal.append(MESSAGE)
    assert read_journal(journal.path).records == (REQUEST, MESSAGE)
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert [path.name for path in journal.path.parent.iterdir()] == [journal.path.name]


def test_failing_rewrite_leaves_the_old_records(journal):
    journal.append(REQUEST)

    def records():
        yield MESSAGE
        raise RuntimeError

    with pytest.raises(RuntimeError):
        journal.rewrite(records())
    journal.append(MESSAGE)
    assert read_journal(journal.path).records == (REQUEST, MESSAGE)
    assert len(list(journal.path.parent.iterdir())) == 1


def test_removed_journal_is_gone_and_removing_again_does_nothing(journal):
    journal.remove()
    journal.remove()
    assert not journal.path.exists()


def test_closed_journal_takes_nothing_more(journal):
    journal.close()
    with pytest.raises(JournalError):
        journal.append(REQUEST)
    with pytest.raises(JournalError):
        journal.rewrite([])


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    with Journal(HEAD, tmp_path_factory.mktemp("state")) as journal:
        journal.append(REQUEST)
        journal.append(MESSAGE)
    return journal.path.read_bytes()


def test_cut_journal_gives_the_records_before_the_cut(written, tmp_path):
    path = tmp_path / "cut.journal"
    path.write_bytes(written[:-3])
    contents = read_journal(path)
    assert (contents.records, contents.whole) == ((REQUEST,), False)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_damaged_journal_gives_only_what_was_written(written, at, change):
    damaged = bytearray(written)
    damaged[at % len(written)] ^= change
    path = written_to(damaged)
    try:
        contents = read_journal(path)
    except JournalError:
        return
    finally:
        path.unlink()
    assert not contents.whole
    assert contents.records == (REQUEST, MESSAGE)[: len(contents.records)]
    assert len(contents.records) < 2


def written_to(data):
    import tempfile
    from pathlib import Path

    descriptor, name = tempfile.mkstemp(suffix=".journal")
    os.write(descriptor, data)
    os.close(descriptor)
    return Path(name)


@pytest.mark.parametrize("data", [b"", b"hello\n", b"00000000 {}\n", b"\xff" * 100])
def test_something_else_is_no_journal(tmp_path, data):
    path = tmp_path / "x.journal"
    path.write_bytes(data)
    with pytest.raises(JournalError, match="no journal"):
        read_journal(path)


def test_newer_journal_is_refused_by_its_version(tmp_path):
    head = JournalHead(journal=2, cassette="/x", profile="test", recorded=HEAD.recorded)
    with Journal(head, tmp_path) as journal:
        pass
    with pytest.raises(JournalError, match="version 2"):
        read_journal(journal.path)


@pytest.mark.parametrize(
    ("value", "expected"), [("/some/where", "/some/where/wiretape"), ("relative", None), ("", None)]
)
def test_state_directory_follows_xdg(monkeypatch, value, expected):
    monkeypatch.setenv("XDG_STATE_HOME", value)
    monkeypatch.setenv("HOME", "/home/joe")
    assert str(state_directory()) == (expected or "/home/joe/.local/state/wiretape")


@pytest.mark.parametrize("place", ["head", "record"])
def test_journal_that_is_no_utf_8_is_damaged_though_its_checksum_is_right(tmp_path, place):
    def with_checksum(body):
        return b"%08x %s\n" % (zlib.crc32(body), body)

    head = JournalHead(cassette="/x.yaml", profile="test", recorded=Recorded(at="2026-11-23T05:00:00Z", by="relay"))
    lines = [line(head), with_checksum(b'{"is":"message","data":"\xff\xfe"}'), with_checksum(b"[" * 5000)]
    if place == "head":
        lines[0] = with_checksum(b'{"cassette":"\xff"}')
    path = tmp_path / "x.journal"
    path.write_bytes(b"".join(lines))
    if place == "head":
        with pytest.raises(JournalError):
            read_journal(path)
    else:
        contents = read_journal(path)
        assert (contents.records, contents.whole) == ((), False)
