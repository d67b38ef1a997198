"""Which records of a journal are on the disk when the power is cut."""

import threading
import time

from harness.record.events import MessagePassed
from harness.record.journal import Journal
from tests.harness.record.power_cut import HeldBackFile
from tests.support.cassettes.secret_talk import load_head
from tests.support.journals import read_journal


def test_durable_recording_loses_nothing_when_the_power_is_cut(tmp_path, state):
    with Journal(load_head(tmp_path), state, durable=True, create=HeldBackFile) as journal:
        for number in range(20):
            journal.append(message(number))
            assert len(read_journal(journal.path).records) == number + 1


def test_without_it_a_power_cut_loses_what_came_since_the_last_synchronisation_and_no_more(tmp_path, state):
    with Journal(load_head(tmp_path), state, sync_interval=3600.0, create=HeldBackFile) as journal:
        journal.append(message(0))
        until(lambda: len(read_journal(journal.path).records) == 1)
        journal.append(message(1))
        assert len(read_journal(journal.path).records) == 1
        journal.sync()
        assert len(read_journal(journal.path).records) == 2


def test_appended_records_reach_the_disk_by_themselves(tmp_path, state):
    with Journal(load_head(tmp_path), state, sync_interval=0.01, create=HeldBackFile) as journal:
        for number in range(5):
            journal.append(message(number))
        until(lambda: len(read_journal(journal.path).records) == 5)


def test_sync_thread_is_woken_only_when_it_idles(tmp_path, state, monkeypatch):
    notify, here, woken = threading.Condition.notify, threading.get_ident(), []

    def counted(condition, n=1):
        if threading.get_ident() == here:
            woken.append(condition)
        notify(condition, n)

    monkeypatch.setattr(threading.Condition, "notify", counted)
    with Journal(load_head(tmp_path), state, sync_interval=3600.0, create=HeldBackFile) as journal:
        journal.append(message(0))
        until(lambda: len(read_journal(journal.path).records) == 1)
        woken.clear()
        for number in range(1, 50):
            journal.append(message(number))
        assert woken == []


def test_record_after_a_rewrite_reaches_the_disk_by_itself(tmp_path, state):
    with Journal(load_head(tmp_path), state, sync_interval=0.001, create=HeldBackFile) as journal:
        for number in range(20):
            journal.append(message(number))
            journal.rewrite([message(number)])
            journal.append(message(number + 1))
            until(lambda: len(read_journal(journal.path).records) == 2)


def test_rewritten_journal_is_on_the_disk_on_return(tmp_path, state):
    with Journal(load_head(tmp_path), state, sync_interval=3600.0, create=HeldBackFile) as journal:
        journal.rewrite([message(1), message(2)])
        assert read_journal(journal.path).records == (message(1), message(2))


def message(number):
    return MessagePassed(exchange=0, at=number, direction="<", kind="text", data=b"%d" % number)


def until(condition, deadline=10.0):
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)
