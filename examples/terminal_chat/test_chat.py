"""The chat program: its loop with a cassette and a script, and Ctrl-C in a process of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import chat

PROGRAM = Path(chat.__file__)


def typing(*lines):
    """Stands in for `input`: types these lines, and then ends the input."""
    rows = iter(lines)

    def read(_):
        try:
            return next(rows)
        except StopIteration:
            raise EOFError from None

    return read


@pytest.mark.cassette
def test_conversation_goes_on_until_quit(copilot, capsys):
    chat.chat(copilot, typing("Name three rivers", "", "Which is the longest?", "/quit", "never read"))
    assert capsys.readouterr().out.count("turn ") == 2


@pytest.mark.cassette
def test_new_begins_another_conversation(wire, copilot, capsys):
    chat.chat(copilot, typing("Name three rivers", "/new", "Which is the longest?"))
    assert capsys.readouterr().out.count("turn 1") == 2
    first, second = (message for message in wire.sent if message["event"] == "send")
    assert first["conversationId"] != second["conversationId"]


def test_failure_is_printed_and_the_next_question_works(wire, copilot, capsys):
    wire.say("The Nile, the Am", pieces=2).cut().done()
    wire.say("The Nile.").done()
    chat.chat(copilot, typing("Name two rivers", "Name one"))
    shown = capsys.readouterr()
    assert shown.out.endswith("The Nile.\n")
    assert "chat: The connection ended" in shown.err


def test_ctrl_c_stops_the_answer_and_not_the_program(wire):
    wire.say("The Nile", pieces=1).stall()
    wire.say("The Amazon.").done()
    # A shell's background job ignores Ctrl-C, and its children would, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    environment, pipe = os.environ | wire.env, subprocess.PIPE
    with subprocess.Popen([sys.executable, PROGRAM], env=environment, stdin=pipe, stdout=pipe, text=True) as running:
        running.stdin.write("Name a river\n")
        running.stdin.flush()
        shown = ""
        while not shown.endswith("The Nile") and running.poll() is None:
            shown += running.stdout.read(1)
        running.send_signal(signal.SIGINT)
        try:
            out, _ = running.communicate("Name another\n/quit\n", timeout=30)
        finally:
            running.kill()
    assert " [stopped]" in out
    assert "The Amazon." in out
    assert running.returncode == 0
