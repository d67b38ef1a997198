"""The time that a command has after a signal: a supervisor's SIGTERM ends it, Ctrl-C leaves it the time it needs."""

import os
import signal
import subprocess
import sys

import pytest

from tests.support.clients.command_line import ROOT

LATE = """
import sys, time
from harness.cli.command import Interrupts
from harness.cli.console import fail
from harness.errors import HarnessError

def forever():
    while True:
        time.sleep(60)

with Interrupts() as interrupts:
    interrupts.unwritten = lambda: HarnessError("x.yaml was not written: wiretape recover x.journal")
    print("ready", flush=True)
    interrupts.wait()
    %s
"""
STUBBORN = """
    while True:
        try:
            forever()
        except BaseException:
            pass
"""


def started(then):
    program = LATE % then
    return subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_process_that_is_late_after_a_signal_ends_with_an_error_that_names_the_journal(number):
    with started("forever()") as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(20) == 1  # a HarnessError that nothing catches
        assert "x.yaml was not written: wiretape recover x.journal" in process.stderr.read()


def test_process_whose_clean_up_hangs_ends_all_the_same():
    with started(STUBBORN) as process:
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.wait(20) == 2
        assert process.stderr.read() == "wiretape: x.yaml was not written: wiretape recover x.journal\n"


def test_after_ctrl_c_the_process_goes_on_until_the_second_one():
    with started("forever()") as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert "Ctrl-C again ends at once" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == -signal.SIGINT
        assert process.stderr.read().startswith("x.yaml was not written: wiretape recover x.journal\n")
