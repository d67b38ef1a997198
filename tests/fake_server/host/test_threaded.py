"""`LoopThread`: work in another thread's loop, and its result or exception in this one."""

import asyncio
import threading

import pytest

from fake_server.host.threaded import LoopThread


@pytest.fixture
def loop_thread():
    made = LoopThread("loop")
    yield made
    made.stop()


async def _name() -> str:
    await asyncio.sleep(0)
    return threading.current_thread().name


async def _fail() -> None:
    raise LookupError("nothing there")


def test_coroutines_and_functions_run_in_the_thread_and_return_their_result(loop_thread):
    assert loop_thread.run(_name()) == loop_thread.call(lambda: threading.current_thread().name) == "loop"


def test_an_exception_is_raised_in_the_caller_s_thread(loop_thread):
    with pytest.raises(LookupError, match="nothing there"):
        loop_thread.run(_fail())
    with pytest.raises(ZeroDivisionError):
        loop_thread.call(lambda: 1 // 0)
    assert loop_thread.run(_name()) == "loop"


def test_work_that_the_caller_no_longer_waits_for_is_cancelled(loop_thread, monkeypatch):
    monkeypatch.setattr("fake_server.host.threaded._PATIENCE", 0.01)
    ended = threading.Event()

    async def wait_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(TimeoutError, match="did not finish"):
        loop_thread.run(wait_for_ever())
    assert ended.wait(10)


def test_the_thread_cannot_wait_for_itself(loop_thread):
    async def inside() -> None:
        loop_thread.run(_name())

    with pytest.raises(RuntimeError, match="wait for itself"):
        loop_thread.run(inside())
