"""A flag wakes every task that waits for it, whatever became of the others."""

import asyncio

import pytest

from fake_server.host.flag import Flag


async def waiting(flag, count):
    """So many tasks that wait."""
    tasks = [asyncio.create_task(flag.wait()) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_all_that_wait_are_woken_even_if_it_is_reset_at_once():
    flag = Flag()
    tasks = await waiting(flag, 3)
    flag.set()
    flag.clear()
    await asyncio.wait_for(asyncio.gather(*tasks), 5)
    assert not flag.is_set()


async def test_nothing_waits_once_it_is_set():
    flag = Flag()
    flag.set()
    flag.set()
    await asyncio.wait_for(flag.wait(), 5)
    assert flag.is_set()


async def test_task_that_comes_after_a_reset_waits_for_the_next_time():
    flag = Flag()
    flag.set()
    flag.clear()
    (task,) = await waiting(flag, 1)
    assert not task.done()
    flag.set()
    await asyncio.wait_for(task, 5)


@pytest.mark.parametrize("first", ["cancel", "set"])
async def test_cancelled_task_stops_waiting_and_the_others_are_woken(first):
    flag = Flag()
    gone, stays = await waiting(flag, 2)
    if first == "cancel":
        gone.cancel()
        flag.set()
    else:
        flag.set()
        gone.cancel()
    await asyncio.wait_for(stays, 5)
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_cancelled_tasks_leave_nothing_behind():
    flag = Flag()
    tasks = await waiting(flag, 3)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert flag._waiting == ()
