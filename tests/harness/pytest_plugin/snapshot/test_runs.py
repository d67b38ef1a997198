"""Snapshots of turns over several runs of pytest."""

import re

import pytest

from tests.harness.pytest_plugin.snapshot.conftest import Project

ONE = """
def test_turn(script, copilot, turn_snapshot):
    script.say("{text}").image("a cat").cite("A page", "https://example.com/a").suggest("More?").done()
    assert copilot.chat("Hello") == turn_snapshot
"""


def test_first_run_fails_and_says_what_to_do(project):
    project.write(ONE.format(text="Hi"))
    status, output = project.run()
    assert status == 1
    assert "does not exist" in output
    assert "[+ received] == [- snapshot]" in output


def test_changed_answer_fails_with_its_line(project):
    project.write(ONE.format(text="Hi"))
    project.run("--snapshot-update")
    project.write(ONE.format(text="Bye"))
    status, output = project.run()
    assert status == 1
    assert re.findall(r"^E {9}([-+].*)$", output, re.MULTILINE) == ["-   Hi", "+   Bye"]


ALL_CLIENTS = """
def test_sync(script, copilot, turn_snapshot):
    script.say("Hello", pieces=2).done()
    assert copilot.chat("a") == turn_snapshot(name="one")


async def ask(url):
    async with AsyncCopilotClient("a-token", base_url=url) as client:
        turn = client.chat("a")
        return await turn.read()


def test_async(script, url, turn_snapshot):
    script.say("Hello").done()
    assert asyncio.run(ask(url)) == turn_snapshot(name="one")


def test_record(script, copilot, turn_snapshot):
    script.say("Hello").done()
    turn = copilot.chat("a")
    turn.text
    assert turn.record == turn_snapshot(name="one")


def test_list(script, copilot, turn_snapshot):
    script.say("Hello", pieces=5).done()
    assert list(copilot.chat("a")) == turn_snapshot(name="one")


def test_seed(script, url, turn_snapshot, monkeypatch):
    monkeypatch.setenv("COPILOT_BASE_URL", url)
    monkeypatch.setenv("COPILOT_TOKEN", "a-token")
    script.say("Hello", pieces=5).done()
    messages = [{"role": "user", "content": "a"}]
    items = list(Copilot.create_completion("Copilot", messages, stream=True))
    assert any(items) and items == turn_snapshot(name="one")
"""


def test_every_kind_of_turn_can_be_compared(stored_by):
    stored = dict(
        re.findall(r"^# name: test_(\w+)\[turn one\]\n(.*?)^# ---$", stored_by["test_all"], re.MULTILINE | re.DOTALL)
    )
    assert stored.pop("seed") in stored["sync"]
    assert set(stored.values()) == {stored["sync"]}
    assert "  text:\n    Hello\n" in stored["sync"]


WAITED_FOR = """
async def ask(url, turn_snapshot):
    async with AsyncCopilotClient("a-token", base_url=url) as client:
        assert client.chat("a") == turn_snapshot


def test_it(script, url, turn_snapshot):
    script.say("Hello").done()
    asyncio.run(ask(url, turn_snapshot))
"""


def test_async_turn_that_was_not_awaited_says_so(project):
    project.write(WAITED_FOR)
    status, output = project.run("--snapshot-update")
    assert status == 1
    assert "has not been awaited: `await turn.read()` first" in output


BESIDE = """
def test_it(script, copilot, turn_snapshot, snapshot):
    script.say("Hello").done().say("Bye").done()
    assert copilot.chat("a") == turn_snapshot
    assert {"a": 1} == snapshot
    assert copilot.chat("b") == turn_snapshot
    assert [1, 2] == turn_snapshot
    assert ["only", "text"] == turn_snapshot
"""


def test_other_values_are_stored_as_syrupy_does(stored_by, snapshot):
    assert stored_by["test_beside"] == snapshot


@pytest.mark.slow
def test_unused_snapshots_are_reported_and_taken_away(project):
    project.write(BESIDE)
    project.run("--snapshot-update")
    project.write(BESIDE.replace('    assert ["only", "text"] == turn_snapshot\n', ""))
    assert "1 snapshot unused" in project.run()[1]
    assert project.run("--snapshot-update")[0] == 0
    assert "[turn 2]" in project.stored
    assert "[turn 3]" not in project.stored


DEFAULT = """
def test_it(script, copilot, snapshot):
    script.say("Hello").done()
    assert copilot.chat("a") == snapshot
"""


def test_extension_serves_as_the_default_of_all_snapshots(project):
    project.write(DEFAULT)
    default = ("--snapshot-default-extension", "harness.pytest_plugin.snapshot.TurnSnapshotExtension")
    assert project.run("--snapshot-update", *default)[0] == 0
    assert project.run(*default)[0] == 0
    assert "# name: test_it\n  conversation: <conversation-1>\n  text:\n    Hello\n" in project.stored


LEFT_OUT = """
from syrupy.filters import paths, props


def test_it(script, copilot, turn_snapshot):
    script.say("Hello").cite("A page", "https://example.com").suggest("More?").done()
    turn = copilot.chat("a")
    assert turn == turn_snapshot(exclude=props("title", "conversation"))
    assert turn == turn_snapshot(exclude=paths("text"))
    assert turn == turn_snapshot(include=props("text"))
    assert turn == turn_snapshot(include=props("nothing"))
"""


def test_kinds_of_blocks_can_be_left_out(stored_by, snapshot):
    assert stored_by["test_left_out"] == snapshot


@pytest.fixture(scope="module")
def stored_by(tmp_path_factory):
    """Module -> its snapshots, of one project that is updated once and then passes."""
    project = Project(tmp_path_factory.mktemp("project"))
    modules = {
        "test_one": ONE.format(text="Hi"), "test_all": ALL_CLIENTS, "test_beside": BESIDE, "test_left_out": LEFT_OUT,
    }  # fmt: skip
    for name, text in modules.items():
        project.write(text, name)
    status, output = project.run("--snapshot-update")
    assert (status, "15 snapshots generated" in output) == (0, True), output
    status, output = project.run()
    assert (status, "15 snapshots passed" in output) == (0, True), output
    return {name: project.stored_by(name) for name in modules}


def test_update_writes_and_the_next_run_passes(stored_by, snapshot):
    assert stored_by["test_one"] == snapshot
