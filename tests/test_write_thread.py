"""store/write_thread.py: what is queued together is committed together, and fails by itself."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from store.faults import StoreUnavailable
from store.sqlite import Lane, SqliteStore, sqlite_engine
from store.write_thread import TOGETHER, WriteThread
from tests.rows import add_effects, add_user
from tests.statements import statements

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from store.unit_of_work import Unit

pytestmark = pytest.mark.anyio

#: Seconds; what another process's lock is waited for, which these tests do not.
PATIENCE = 10.0


class BrokenError(Exception):
    """A defect that a test plants."""


@pytest.fixture
async def embedded(path: Path) -> AsyncIterator[SqliteStore]:
    """A store on the file."""
    store = SqliteStore(path)
    yield store
    await store.close()


@pytest.fixture
async def thread(path: Path) -> AsyncIterator[WriteThread]:
    """A thread by itself, whose futures can be cancelled."""
    lane = Lane(sqlite_engine(path, writing=True), path)
    made = WriteThread(lane, PATIENCE)
    yield made
    made.close()
    lane.close()


@asynccontextmanager
async def busy(
    write: Callable[[Callable[[Unit], object]], Awaitable[object]],
) -> AsyncIterator[list[Awaitable[object]]]:
    """Keeps the thread busy, so that what is queued meanwhile is queued together; gives what to wait for."""
    begun, free = threading.Event(), threading.Event()

    def work(_unit: Unit) -> bool:
        begun.set()
        return free.wait(PATIENCE)

    waiting: list[Awaitable[object]] = [asyncio.ensure_future(write(work))]
    await asyncio.to_thread(begun.wait, PATIENCE)
    yield waiting
    free.set()


async def queued(store: SqliteStore, *works: Callable[[Unit], Any]) -> list[Any]:
    """What each of these gives, queued together."""
    async with busy(store.write) as waiting:
        waiting += [asyncio.ensure_future(store.write(work)) for work in works]
        await asyncio.sleep(0)  # until each is queued
    async with asyncio.timeout(PATIENCE):
        return list(await asyncio.gather(*waiting, return_exceptions=True))[1:]


async def test_what_is_queued_together_is_committed_together(embedded: SqliteStore) -> None:
    """In its order, each with its own answer. Planted: each in a transaction of its own; seen to fail."""
    names = [f"user{number}" for number in range(TOGETHER)]
    with statements() as asked:
        made = await queued(embedded, *(lambda unit, name=name: add_user(unit, name) for name in names))
    assert [each.username for each in made] == names
    assert asked.count("BEGIN IMMEDIATE") == 2  # the first is of what kept the thread busy
    for name in names:
        assert await embedded.read(lambda unit, name=name: unit.users.by_login(name)) is not None  # type: ignore[misc]  # as above


async def test_no_more_than_a_few_are(embedded: SqliteStore) -> None:
    """The first is answered after the last. Planted: no bound; seen to fail."""
    with statements() as asked:
        await queued(embedded, *[lambda unit: unit.users.by_login("nobody")] * (TOGETHER + 1))
    assert asked.count("BEGIN IMMEDIATE") == 3


async def test_one_that_fails_fails_alone(embedded: SqliteStore) -> None:
    """The others are written, each once and in order, and told once.

    Planted: all of them failing with it; what was done before it not done again; told at the first try too;
    seen to fail.
    """
    told: list[str] = []

    def add(unit: Unit, name: str) -> None:
        unit.afterwards.append(lambda: told.append(name))
        add_effects(unit, name)

    def fail(unit: Unit) -> None:
        add(unit, "broken")
        raise BrokenError

    gave = await queued(embedded, lambda unit: add(unit, "one"), fail, lambda unit: add(unit, "two"))
    assert [type(each) for each in gave] == [type(None), BrokenError, type(None)]
    assert told == ["one", "two"]
    page = await embedded.read(lambda unit: unit.effects.page(None, 9, None))
    assert [effect.id for effect in page][::-1] == ["one", "two"]


async def test_one_that_breaks_a_reference_fails_alone(embedded: SqliteStore) -> None:
    """It is found at the commit, which writes nothing then. Planted: all of them told so; seen to fail."""
    gave = await queued(embedded, lambda unit: unit.users.claim_names("nobody", ["nobody"]), add_user)
    assert type(gave[0]).__name__ == "IntegrityError"
    assert gave[1].username == "mary"


async def test_a_commit_whose_answer_is_lost_is_not_done_twice(path: Path) -> None:
    """It may have happened: each is told that the database did not answer.

    Planted: each done again by itself; seen to fail.
    """
    engine = sqlite_engine(path, writing=True)
    lost = threading.Event()

    @event.listens_for(engine, "commit")
    def commit(connection: Connection) -> None:
        if lost.is_set():
            connection.connection.commit()
            message = "lost"
            raise OSError(message)

    runs: list[str] = []
    lane = Lane(engine, path)
    thread = WriteThread(lane, PATIENCE)

    def work(unit: Unit, name: str) -> None:
        runs.append(name)
        lost.set()
        add_user(unit, name)

    async with busy(thread.run) as waiting:
        waiting += [thread.run(lambda unit, name=name: work(unit, name)) for name in ("one", "two")]
    kept, *gave = await asyncio.gather(*waiting, return_exceptions=True)
    assert kept is True
    assert [type(each) for each in gave] == [StoreUnavailable] * 2
    assert gave[0] is not gave[1]
    assert runs == ["one", "two"]
    lost.clear()
    assert (await thread.run(lambda unit: unit.users.by_login("one"))).username == "one"
    thread.close()
    lane.close()


async def test_what_is_queued_at_the_end_is_written(thread: WriteThread) -> None:
    """All of it, and then the thread ends. Planted: the end taken, and not left for it; seen to hang."""
    async with busy(thread.run) as waiting:
        waiting += [thread.run(lambda unit, name=name: add_user(unit, name)) for name in ("one", "two")]
        closing = asyncio.create_task(asyncio.to_thread(thread.close))
        await asyncio.sleep(0.05)  # until it waits for the thread
    await asyncio.wait_for(closing, PATIENCE)
    assert len(await asyncio.gather(*waiting)) == 3


async def test_one_that_nobody_waits_for_is_not_done(thread: WriteThread) -> None:
    """As alone: what was cancelled never begins. Planted: done with the others; seen to fail."""
    async with busy(thread.run) as waiting:
        waiting += [thread.run(lambda unit: add_user(unit, "one"))]
        thread.run(lambda unit: add_user(unit, "two")).cancel()
    await asyncio.gather(*waiting)
    assert await thread.run(lambda unit: unit.users.by_login("two")) is None
