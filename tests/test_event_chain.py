"""The chain as rows: how it is kept, read, and shortened at its beginning, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from credentials.audit_chain import Kept, Link, Mark
from store.event_chain import Pruned, values_of
from store.opening import open_store
from store.tables import event_checkpoint, event_seal, events
from tests.chance import START
from tests.direct import direct, held_open
from tests.following import CHAIN, add_events, seal
from tests.rows import DAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from credentials.secret import Secret
    from store.unit_of_work import Store

pytestmark = pytest.mark.anyio
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def prune(store: Store, age: timedelta = DAY, limit: int = 99) -> Pruned:
    """Prunes what is older than a time after the start."""
    return await store.write(lambda unit: unit.event_chain.prune(START + age, limit, CHAIN))


async def ids(store: Store) -> list[str]:
    """Which lines are there."""
    found = await store.read(lambda unit: unit.events.page(None, 99))
    return [event.id for event in reversed(found)]


async def test_a_chain_is_kept_as_it_was_sealed(store: Store) -> None:
    """The head is the last line's place, with a stamp; lines come with theirs, between two positions."""
    before = await store.read(lambda unit: (unit.event_chain.head(), unit.event_chain.checkpoint()))
    assert before[0] == before[1]
    assert before[0].link == Link(0, None, b"")
    await store.write(add_events, "a", "b", "c")
    sealed = await seal(store)
    lines = await store.read(lambda unit: unit.event_chain.lines(0, 9, 9))
    assert [line.event for line in lines] == sealed
    head = await store.read(lambda unit: unit.event_chain.head())
    assert head.link == lines[-1].link
    assert CHAIN.is_ours(Mark.HEAD, head)
    between = await store.read(
        lambda unit: (unit.event_chain.lines(1, 2, 9), unit.event_chain.lines(0, 9, 1))
    )
    assert between == (lines[1:2], lines[:1])
    assert await store.read(lambda unit: unit.event_chain.first_position()) == 1


async def test_lines_go_when_they_are_old(store: Store) -> None:
    """The oldest first, so many at once; younger ones, and what is not sealed, stay.

    Planted: the checkpoint not written; seen to fail here and by the search for changes.
    """
    await store.write(add_events, "a", "b", "c")
    await store.write(add_events, "young", at=START + DAY)
    await seal(store)
    await store.write(add_events, "unsealed")
    assert await prune(store, timedelta()) == Pruned(0, None)
    assert await prune(store, limit=2) == Pruned(2, None)
    assert await ids(store) == ["c", "young", "unsealed"]
    assert await prune(store) == Pruned(1, None)
    assert await prune(store) == Pruned(0, None)
    assert await ids(store) == ["young", "unsealed"]
    checkpoint = await store.read(lambda unit: unit.event_chain.checkpoint())
    assert checkpoint.link.position == 3
    assert CHAIN.is_ours(Mark.CHECKPOINT, checkpoint)
    assert await prune(store, 2 * DAY) == Pruned(1, None)
    assert await store.read(lambda unit: unit.event_chain.first_position()) is None
    assert [(event.id, event.position) for event in await seal(store)] == [("unsealed", 5)]


async def test_what_does_not_verify_is_not_pruned(database_url: Secret, store: Store) -> None:
    """Whoever sets times back, or moves the checkpoint, has nothing deleted by that.

    Planted: lines pruned by their times alone; seen to fail.
    """
    await store.write(add_events, "old")
    await store.write(add_events, "changed", "young", at=START + 2 * DAY)
    await seal(store)
    back = update(events).where(events.c.id == "changed").values(at=START)
    await direct(database_url, lambda connection: connection.execute(back))
    assert await prune(store) == Pruned(1, 2)
    assert await prune(store) == Pruned(0, 2)
    assert await ids(store) == ["changed", "young"]
    moved = update(event_checkpoint).values(last_position=2)
    await direct(database_url, lambda connection: connection.execute(moved))
    assert await prune(store, 3 * DAY) == Pruned(0, 2)


async def test_lines_of_before_the_chain_go_too(database_url: Secret, store: Store) -> None:
    """An audit that was numbered before it was chained is pruned up to the chain's beginning first."""
    await store.write(add_events, "a", "b", "c")
    await seal(store)
    begin = values_of(Kept(Link(3, None, b""), None))

    def unchain(connection: Connection) -> None:
        for table in (event_seal, event_checkpoint):
            connection.execute(update(table).values(begin))

    await direct(database_url, unchain)
    await store.write(add_events, "d")
    await seal(store)
    assert await prune(store, limit=2) == Pruned(2, None)
    assert await prune(store, limit=2) == Pruned(1, None)
    assert await ids(store) == ["d"]
    assert await prune(store) == Pruned(1, None)


@ON_POSTGRESQL
async def test_another_that_prunes_is_not_waited_for(database_url: Secret, store: Store) -> None:
    """PostgreSQL: where another process holds the checkpoint, there is nothing to do here."""
    await store.write(add_events, "a")
    await seal(store)
    async with held_open(database_url, "SELECT * FROM event_checkpoint FOR UPDATE"):
        assert await asyncio.wait_for(prune(store), 1) == Pruned(0, None)
    assert await prune(store) == Pruned(1, None)


async def test_two_processes_prune_and_seal_at_once(database_url: Secret, store: Store) -> None:
    """Each line goes once, and the checkpoint comes to stand where the last one stood."""
    other = open_store(database_url)
    await store.write(add_events, *(f"e{number}" for number in range(30)))
    await seal(store)
    done = await asyncio.gather(*(prune(each, limit=5) for each in (store, other) * 6), seal(other))
    await other.close()
    lines = sum(each.lines for each in done if isinstance(each, Pruned))
    checkpoint = await store.read(lambda unit: unit.event_chain.checkpoint())
    assert checkpoint.link.position == lines
    assert len(await ids(store)) == 30 - lines
