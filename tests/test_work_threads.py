"""store/work_threads.py."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import TYPE_CHECKING

import pytest

from store.work_threads import WorkThreads

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio


@pytest.fixture
def one() -> Iterator[WorkThreads]:
    """A single thread."""
    made = WorkThreads(1, "worker")
    yield made
    made.close()


async def test_work_is_done_in_its_order_on_threads_of_that_name(one: WorkThreads) -> None:
    """What it returns and raises is given to who waits for it."""
    done = list[int]()
    waiting = [one.run(lambda number=number: done.append(number)) for number in range(9)]
    await asyncio.gather(*waiting)
    assert done == list(range(9))
    assert await one.run(lambda: threading.current_thread().name) == "worker-0"
    with pytest.raises(ZeroDivisionError):
        await one.run(lambda: 1 // 0)
    assert await one.run(lambda: "goes on") == "goes on"


async def test_two_threads_work_at_once() -> None:
    """Each waits for the other. Planted: one thread started of two; failed."""
    two, both = WorkThreads(2, "worker"), threading.Barrier(2)
    await asyncio.gather(*(two.run(lambda: both.wait(10)) for _ in range(2)))
    two.close()


async def test_who_leaves_does_not_cut_work_short(one: WorkThreads) -> None:
    """What has begun ends; what has not never begins. Planted: no look whether somebody waits; failed."""
    began, finish = threading.Event(), threading.Event()
    done = list[str]()

    def slow() -> None:
        began.set()
        assert finish.wait(10)
        done.append("slow")

    running = one.run(slow)
    await asyncio.to_thread(began.wait, 10)
    waiting = one.run(lambda: done.append("late"))
    running.cancel()
    waiting.cancel()
    finish.set()
    await one.run(lambda: done.append("next"))
    assert done == ["slow", "next"]


async def test_closing_waits_for_what_was_taken() -> None:
    """And takes nothing more."""
    threads, began, finish = WorkThreads(1, "worker"), threading.Event(), threading.Event()

    def slow() -> None:
        began.set()
        assert finish.wait(10)

    first, second = threads.run(slow), threads.run(lambda: "second")
    await asyncio.to_thread(began.wait, 10)
    closing = asyncio.create_task(asyncio.to_thread(threads.close))
    finish.set()
    await asyncio.gather(first, closing)
    assert await second == "second"
    with pytest.raises(RuntimeError, match="worker have ended"):
        threads.run(lambda: "third")


async def test_threads_that_never_worked_close_at_once() -> None:
    """None was started."""
    before = threading.active_count()
    threads = WorkThreads(2, "worker")
    assert threading.active_count() == before
    threads.close()


async def test_what_was_worked_on_is_let_go(one: WorkThreads) -> None:
    """A password is not kept until the next one comes. Planted: the thread's own reference left; failed."""

    class Work:
        def __call__(self) -> None:
            pass

    work = Work()
    left = weakref.ref(work)
    await one.run(work)
    del work
    await asyncio.sleep(0.05)
    gc.collect()
    assert left() is None
