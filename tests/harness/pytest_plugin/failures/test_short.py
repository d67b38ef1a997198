"""A failure is short: the test's own line, and what the wire knows. Nothing of the client's inside stands above it."""

from xml.etree import ElementTree as ET

import pytest

from tests.support.inner_pytest.runs import FAKE

APP = """
from provider import CopilotClient


def ask(wire, prompt):
    with CopilotClient(wire.token, base_url=wire.url) as client:
        return client.chat(prompt).text
"""
TESTS = """
from app import ask


@pytest.mark.cassette("talk")
def test_talk(copilot):
    assert copilot.chat(PROMPT).text


@pytest.mark.cassette("app")
def test_app(wire):
    assert ask(wire, PROMPT)


@pytest.mark.cassette("tasks")
async def test_task(async_copilot):
    assert (await async_copilot.chat(PROMPT).read()).text
"""
NAMES = ("talk", "app", "task")


@pytest.fixture
def mismatched(inner):
    inner.write(APP, "app.py")
    inner.write(TESTS.replace("PROMPT", '"Hello"'))
    inner.record()
    inner.write(TESTS.replace("PROMPT", '"Good morning"'))
    return inner


def told_of(result, name):
    text = result.stdout.str()
    return text.partition(f"_ test_{name} _")[2].partition("\n____")[0].partition("\n====")[0]


@pytest.mark.parametrize("style", ["auto", "short", "long", "native"])
def test_nothing_of_our_inside_is_shown(mismatched, style):
    result = mismatched.run(f"--tb={style}")
    result.assert_outcomes(failed=3)
    for name in NAMES:
        told = told_of(result, name)
        assert "message-mismatch: " in told
        if style != "native":
            assert "ConnectionClosedError" in told
            assert not [word for word in ("provider/", "harness/", "direct cause", "SocketEndedError") if word in told]
            assert len(told.splitlines()) < 40
    assert "return client.chat(prompt).text" in told_of(result, "app")


def test_full_trace_shows_all(mismatched):
    told = told_of(mismatched.run("--full-trace", "-k", "talk"), "talk")
    assert "direct cause" in told
    assert "drivers/sync_driver.py" in told


def test_summaries_and_junit_begin_with_what_was_wrong(mismatched):
    result = mismatched.run("--junitxml=out.xml", "-k", "talk", "-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["FAILED test_it.py::test_talk - message-mismatch: *"])
    [failure] = ET.parse(mismatched.folder / "out.xml").iter("failure")
    assert failure.get("message").startswith("message-mismatch: exchange 3: socket /c/api/chat")
    assert failure.get("message").endswith("(ConnectionClosedError)")


def test_error_that_the_wire_does_not_explain_is_short_too(inner):
    inner.write("""
    def test_refused(wire, copilot):
        wire.refuse(429)
        copilot.chat("Hello").text
    """)
    result = inner.run()
    told = told_of(result, "refused")
    assert "provider/" not in told
    assert "RateLimitError" in told
    result.stdout.fnmatch_lines(["FAILED test_it.py::test_refused - provider.errors.RateLimitError*"])


def test_other_errors_of_a_test_are_reported_as_usual(inner):
    inner.write("""
    def test_broken(wire, copilot, monkeypatch):
        monkeypatch.setattr("provider.conversation.ConversationHandle._items", lambda *given: 1 / 0)
        copilot.chat("Hello").text
    """)
    result = inner.run()
    result.stdout.fnmatch_lines(["*provider/turn.py:*", "*ZeroDivisionError*"])


MISSING = """
@pytest.mark.cassette("missing")
def test_it(copilot):
    copilot.chat("Hello").text
"""


@pytest.mark.parametrize(
    ("given", "ini", "command", "remarks"),
    [
        ((), "", "pytest test_it.py::test_it --wire-record-mode=once --wire-upstream=fake", True),
        (
            (FAKE + ":2025-10",),
            "",
            "pytest test_it.py::test_it --wire-record-mode=once --wire-upstream=fake:2025-10",
            False,
        ),
        ((), "wire_upstream = fake", "pytest test_it.py::test_it --wire-record-mode=once", False),
    ],
)
def test_missing_cassette_is_recorded_by_the_command_that_is_shown(inner, given, ini, command, remarks):
    inner.configure(ini + "\n")
    inner.write(MISSING)
    result = inner.run(*given)
    result.assert_outcomes(failed=1)
    shown = [line.partition(":")[2].strip() for line in result.stdout.lines if line.startswith("record it:")]
    assert [each.replace("--record-mode", "--wire-record-mode") for each in shown] == [command]
    assert ("without --wire-upstream it is the live one" in result.stdout.str()) is remarks
    result.stdout.fnmatch_lines(["FAILED test_it.py::test_it - no-cassette: *"])
    inner.run(*shown[0].split()[1:]).assert_outcomes(passed=1)
    inner.run().assert_outcomes(passed=1)


def test_missing_cassette_of_which_nothing_was_asked_is_recorded_the_same_way(inner):
    inner.write("@pytest.mark.cassette('missing')\ndef test_it(wire): pass")
    result = inner.run()
    result.stdout.fnmatch_lines(["*no-cassette: *", "record it:  pytest *=once --wire-upstream=fake"])
