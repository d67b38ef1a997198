"""The profile: private, one user at a time, and swept after a kill."""

import asyncio
import contextlib
import stat
import subprocess
import sys

import pytest

from provider.auth.browser.profile import LOCK_NAME, hold_profile
from provider.errors import LoginError

HOLD_AND_DIE = """
import asyncio, os, signal, sys
from pathlib import Path
from provider.auth.browser.profile import hold_profile
async def main():
    async with hold_profile(Path(sys.argv[1]), lambda: None) as held:
        (held.temporary / "file").write_text("x")
        print(held.temporary, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


def nobody():
    pytest.fail("nothing is to be waited for")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


async def test_profile_and_temporary_folder_are_private(tmp_path, temporary):
    async with hold_profile(tmp_path / "a" / "b", nobody) as held:
        assert mode(held.path) == mode(held.temporary) == 0o700
        assert held.temporary.parent == temporary
        assert held.lock > 9
    assert not held.temporary.exists()


async def test_a_profile_that_others_can_read_is_made_private(tmp_path, temporary):
    tmp_path.chmod(0o755)
    async with hold_profile(tmp_path, nobody):
        assert mode(tmp_path) == 0o700


async def test_two_tasks_wait_for_each_other(tmp_path, temporary):
    said, inside = [], asyncio.Event()

    async def second():
        async with hold_profile(tmp_path, lambda: (said.append("waits"), inside.set())):
            said.append("second")

    async with asyncio.TaskGroup() as group, hold_profile(tmp_path, nobody):
        group.create_task(second())
        await inside.wait()
        said.append("first")
    assert said == ["waits", "first", "second"]


async def test_waiting_ends_with_the_waiters_deadline(tmp_path, temporary):
    async with hold_profile(tmp_path, nobody):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), hold_profile(tmp_path, lambda: None):
                pass


@pytest.fixture
def left(tmp_path, temporary):
    """The temporary folder of a holder that was killed."""
    command = [sys.executable, "-c", HOLD_AND_DIE, str(tmp_path)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=20).stdout.strip()


async def test_a_killed_holder_leaves_neither_lock_nor_temporary_folder(tmp_path, temporary, left):
    assert [str(path) for path in temporary.iterdir()] == [left]
    async with hold_profile(tmp_path, nobody) as held:
        assert list(temporary.iterdir()) == [held.temporary]
    assert list(temporary.iterdir()) == []


async def test_a_forged_note_removes_nothing_of_others(tmp_path, temporary):
    mine = tmp_path / "precious"
    mine.mkdir()
    for note in (str(mine), "wt-browser-relative", "", "\0", "x" * 5000):
        (tmp_path / LOCK_NAME).write_text(note)
        async with hold_profile(tmp_path, nobody):
            pass
    assert mine.is_dir()


async def test_a_profile_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LoginError, match="COPILOT_PROFILE") as caught:
        async with hold_profile(tmp_path / "file", nobody):
            pass
    assert caught.value.reason == "start-failed"


async def test_an_error_inside_lets_go_of_everything(tmp_path, temporary):
    with contextlib.suppress(ZeroDivisionError):
        async with hold_profile(tmp_path, nobody):
            raise ZeroDivisionError
    async with hold_profile(tmp_path, nobody):
        pass
    assert list(temporary.iterdir()) == []
