"""The log: a line for each turn, a line for each message at DEBUG, and nothing where it is off."""

import asyncio
import logging
import subprocess
import sys

import pytest

from fake_server import serve
from fake_server.script import Script
from fake_server.stage import Response
from provider import AsyncCopilotClient, CopilotClient, CopilotError, UsageError
from provider.flow.observe import Watcher
from provider.flow.state import ChatState
from provider.log import MAX_LINE, log_watchers, set_up_log
from provider.traffic import SocketMessage
from tests.support.project.tree import ROOT
from tests.support.servers.stages import StageOf

TOKEN = "a-token-of-the-tests"


@pytest.fixture
def service():
    with serve(Script()) as running:
        yield running


@pytest.fixture
def logged(caplog):
    """Sets the level; returns the lines so far."""

    def at(level):
        caplog.set_level(level, "provider")
        return lambda: [record.getMessage() for record in caplog.records if record.name == "provider"]

    return at


def sync_turn(url, **options):
    with CopilotClient(TOKEN, base_url=url, **options) as client:
        client.chat("Hello").read()


def async_turn(url, **options):
    async def run():
        async with AsyncCopilotClient(TOKEN, base_url=url, **options) as client:
            await client.chat("Hello").read()

    asyncio.run(run())


both = pytest.mark.parametrize("turn", [sync_turn, async_turn])


@both
def test_info_is_one_line_for_each_turn(service, logged, turn):
    lines = logged(logging.INFO)
    turn(service.url)
    (line,) = lines()
    assert line.startswith("turn: conversation ")
    assert ", mode smart, " in line
    assert " messages sent, " in line
    assert line.endswith(": stop")


@both
def test_debug_shows_each_request_response_and_message(service, logged, turn):
    lines = logged(logging.DEBUG)
    turn(service.url)
    found = lines()
    assert any(line.startswith("> GET ") and "/c/api/user" in line for line in found)
    assert any(line.startswith("< 200, ") for line in found)
    assert any(line.startswith("< 101, ") for line in found)
    assert any(line.startswith('> {"event":"send"') for line in found)
    assert any(line.startswith('< {"event":"appendText"') for line in found)
    assert found[-1].startswith("turn: ")
    assert TOKEN not in "\n".join(found)


def test_nothing_is_logged_by_default(service, logged):
    lines = logged(logging.WARNING)
    sync_turn(service.url)
    assert lines() == []
    assert log_watchers(ChatState(), "chat") == ()


def test_calls_of_the_account_are_logged_at_debug_alone(service, logged):
    for level, expected in ((logging.INFO, 0), (logging.DEBUG, 2)):
        lines = logged(level)
        with CopilotClient(TOKEN, base_url=service.url) as client:
            client.user()
        assert len(lines()) == expected


def test_failed_turn_names_its_error(logged):
    async def handle(_):
        return Response(status=418, headers=(("x-request-id", "r-1"),))

    lines = logged(logging.INFO)
    with serve(StageOf(handle)) as service, pytest.raises(CopilotError):
        sync_turn(service.url)
    (line,) = lines()
    assert "ResponseStatusError: Status 418 from the service" in line


def test_turn_that_is_left_is_logged_when_it_is_left(service, logged):
    lines = logged(logging.INFO)
    with CopilotClient(TOKEN, base_url=service.url) as client:
        for item in client.chat("Hello"):
            if isinstance(item, str):
                break
        (line,) = lines()
    assert line.endswith(": left before its end")


def test_stopped_turn_is_logged_as_stopped(service, logged):
    lines = logged(logging.INFO)
    with CopilotClient(TOKEN, base_url=service.url) as client:
        turn = client.chat("Hello")
        for item in turn:
            if isinstance(item, str):
                turn.stop()
    (line,) = lines()
    assert line.endswith(": stopped")


def lines_of(messages, lines):
    (watcher,) = log_watchers(ChatState(), None)
    assert isinstance(watcher, Watcher)
    for message in messages:
        list(watcher.message(SocketMessage.of("received", message, lambda text: text)))
    return lines()


def test_control_characters_are_escaped_and_lines_are_cut(logged):
    lines = logged(logging.DEBUG)
    found = lines_of([b"a\nb\x1b[31m\xe2\x80\xaec", "é".encode(), b"x" * 10_000, b"\xff"], lines)
    assert found[0] == r"< a\nb\x1b[31m\u202ec"
    assert found[1] == "< é"
    assert len(found[2]) < MAX_LINE + 20
    assert all(line.isprintable() for line in found)


# ------------------------------------------------------------------ COPILOT_LOG
PROGRAM = """
import logging, sys
{before}
from provider import CopilotClient
for _ in range(2):
    with CopilotClient({token!r}, base_url={url!r}) as client:
        client.chat("Hello").read()
"""


def run_with(value, url, before=""):
    program = PROGRAM.format(before=before, token=TOKEN, url=url)
    environment = {"COPILOT_LOG": value, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": "/nowhere"}
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert found.stdout == ""
    return found


def test_variable_logs_to_stderr(service):
    info, debug = (run_with(value, service.url).stderr.splitlines() for value in ("info", "DEBUG"))
    assert len(info) == 2
    assert all(" INFO provider: turn: " in line for line in info)
    assert any(' DEBUG provider: < {"event":"appendText"' in line for line in debug)
    assert TOKEN not in "\n".join(debug)


def test_variable_leaves_a_handler_of_the_app_alone(service):
    before = "logging.basicConfig(format='mine %(message)s', stream=sys.stderr)"
    lines = run_with("info", service.url, before).stderr.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("mine turn: ") for line in lines)


def test_level_of_the_app_is_left_alone(service):
    before = "logging.getLogger('provider').setLevel(logging.ERROR)"
    assert run_with("debug", service.url, before).stderr == ""


def test_unknown_value_is_a_usage_error(monkeypatch):
    monkeypatch.setenv("COPILOT_LOG", "loud\x1b")
    with pytest.raises(UsageError, match="COPILOT_LOG is") as caught:
        set_up_log()
    assert "debug or info" in str(caught.value)
    assert str(caught.value).isprintable()
