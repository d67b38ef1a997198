"""The assistant, from single functions to the whole program; with a cassette where the service's answer matters."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from provider import AsyncCopilotClient, ConnectionClosedError, CopilotClient, MissingAuthError

import terminal

PROGRAM = Path(terminal.__file__)


# ---------------------------------------------------------------- by cassette
@pytest.mark.cassette
def test_answer_is_written_as_it_comes(copilot):
    pieces = []
    turn = terminal.ask(copilot, "Name three rivers", pieces.append)
    assert len(pieces) > 2
    assert "".join(pieces) == turn.text


@pytest.mark.cassette("two-questions")
def test_conversation_goes_on(wire, copilot):
    terminal.ask(copilot, "Name three rivers", str)
    second = terminal.ask(copilot, "Which is the longest?", str)
    assert "turn 2" in second.text
    assert [message["event"] for message in wire.sent].count("send") == 2


@pytest.mark.cassette("two-questions")
async def test_conversation_goes_on_in_asyncio(async_copilot):
    await terminal.ask_async(async_copilot, "Name three rivers", str)
    second = await terminal.ask_async(async_copilot, "Which is the longest?", str)
    assert "turn 2" in second.text


@pytest.mark.cassette
def test_pictures_are_saved(copilot, tmp_path):
    turn = terminal.ask(copilot, "Draw me a lighthouse", str)
    [picture] = terminal.save_pictures(turn, tmp_path / "pictures")
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.cassette
def test_conversation_is_taken_up_by_the_next_run(tmp_path, capsys):
    kept = str(tmp_path / "conversation.json")
    assert terminal.main(["Name three rivers", "--conversation", kept]) == 0
    assert terminal.main(["Which is the longest?", "--conversation", kept]) == 0
    assert "turn 2" in capsys.readouterr().out


# ---------------------------------------------------------------- as a program of its own
@pytest.mark.cassette
def test_program_prints_answer_and_suggestions():
    # Under the marker, COPILOT_BASE_URL and COPILOT_TOKEN lead every subprocess to the wire.
    done = subprocess.run(
        [sys.executable, PROGRAM, "Name three rivers"], capture_output=True, text=True, timeout=30, check=True
    )
    assert "Name three rivers" in done.stdout
    assert "  > Tell me more" in done.stdout


# ---------------------------------------------------------------- snapshots
@pytest.mark.cassette
def test_whole_answer_stays_the_same(copilot, turn_snapshot):
    assert copilot.chat("Draw me a lighthouse") == turn_snapshot


# ---------------------------------------------------------------- by script
def test_scripted_answer_is_shown_with_its_suggestions(wire, monkeypatch, capsys):
    wire.say("The Nile, the Amazon, the Yangtze.").suggest("Which is the longest?").done()
    for name, value in wire.env.items():
        monkeypatch.setenv(name, value)
    assert terminal.main(["Name three rivers"]) == 0
    assert capsys.readouterr().out == "The Nile, the Amazon, the Yangtze.\n  > Which is the longest?\n"


def test_scripted_turns_are_answered_in_order(wire, copilot):
    wire.say("The Nile.").done().say("6,650 km.").done()
    assert terminal.ask(copilot, "Name a river", str).text == "The Nile."
    assert terminal.ask(copilot, "How long is it?", str).text == "6,650 km."


# ---------------------------------------------------------------- failures
def test_refused_token_is_told_to_the_user(wire, monkeypatch, capsys):
    wire.refuse(401, at="upgrade")
    for name, value in wire.env.items():
        monkeypatch.setenv(name, value)
    assert terminal.main(["Name three rivers"]) == 1
    assert capsys.readouterr().err.startswith("\nassistant: ")


def test_refused_token_is_a_missing_auth_error(wire, copilot):
    wire.refuse(401, at="upgrade")
    with pytest.raises(MissingAuthError):
        terminal.ask(copilot, "Name three rivers", str)


def test_what_came_before_the_cut_is_not_lost(wire, copilot):
    wire.say("The Nile, the Am", pieces=2).cut().done()
    pieces = []
    with pytest.raises(ConnectionClosedError):
        terminal.ask(copilot, "Name three rivers", pieces.append)
    assert "".join(pieces) == "The Nile, the Am"


async def test_stalled_answer_ends_with_the_timeout(wire, async_copilot):
    wire.say("The Nile").stall(after=2).done()
    turn = async_copilot.chat("Name three rivers", timeout=0.5)
    with pytest.raises(TimeoutError):
        await turn.read()


# ---------------------------------------------------------------- several clients at once
async def test_two_users_have_conversations_of_their_own(wire):
    async def user(prompt):
        async with AsyncCopilotClient(wire.token, base_url=wire.url) as client:
            return (await terminal.ask_async(client, prompt, str)).conversation

    one, other = await asyncio.gather(user("Name a river"), user("Name a sea"))
    assert one != other


def test_client_made_by_hand_goes_to_the_wire(wire):
    with CopilotClient(wire.token, base_url=wire.url) as client:
        assert "Hello" in client.chat("Hello").text
    assert wire.calls[-1].status == 101
