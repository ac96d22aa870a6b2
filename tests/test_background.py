"""What a server does besides answering."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import structlog

from credentials.deadline import Deadline
from credentials.hash_parameters import HashParameters
from credentials.hashing import HashingEngine
from credentials.secret import Secret
from delivery.relay import Relay
from server.background import background
from store.opening import open_store
from tests.chance import FixedChance
from tests.world import open_world

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from store.unit_of_work import Store
    from tests.world import World

pytestmark = pytest.mark.anyio

#: Seconds. What is waited for takes some milliseconds.
PATIENCE = 10


class StoppedClock(FixedChance):
    """A clock that cannot be read: any defect that ends a task would do."""

    def now(self) -> datetime:
        """Fails."""
        message = "a defect"
        raise RuntimeError(message)


async def until(there: Callable[[], Awaitable[bool]]) -> None:
    """Waits for what a background task does; it tells nobody when."""
    async with asyncio.timeout(PATIENCE):
        while not await there():  # noqa: ASYNC110  what is waited for is a row, or a line of the log
            await asyncio.sleep(0.01)


async def is_settled(world: World) -> bool:
    """Whether nothing in the outbox waits."""
    return all(each.state != "PENDING" for each in await world.effects())


async def has(lines: Sequence[object]) -> bool:
    """Whether something was logged."""
    return bool(lines)


async def has_no_code(world: World, system_id: str) -> bool:
    """Whether a system's activation code has ended."""
    found = await world.services.store.read(lambda unit: unit.systems.by_id(system_id))
    assert found is not None
    return found.code is None


async def test_the_sweep_ends_what_is_over(world: World) -> None:
    """An activation code that is over is ended as soon as a server runs, with or without a relay."""
    made = await world.system()
    world.chance.forward(timedelta(days=2))
    async with background(world.services):
        await until(lambda: has_no_code(world, made.system.id))


async def test_older_verifiers_are_known_before_anybody_is_answered(world: World) -> None:
    """A server holds failing answers back from the first on. Planted: only in the sweep; seen to fail."""
    await world.user()
    older = HashingEngine(
        world.ring, HashParameters(memory_kib=16), workers=1, max_wait=5, chance=world.chance, alarm=print
    )
    services = replace(world.services, hashing=older, deadline=Deadline(older, world.ring, world.chance))
    async with background(services):
        assert services.deadline.seconds > 0
    older.close()


async def test_the_relay_runs_as_long_as_the_block(world: World) -> None:
    """Effects are carried out meanwhile, and the relay has ended when the block has."""
    await world.user(jid_im="mary@localhost")
    relay = Relay(world.services.store, world.chance, {})
    async with background(world.services, relay):
        await until(lambda: is_settled(world))
    assert {task.get_name() for task in asyncio.all_tasks()}.isdisjoint({"relay", "sweep"})


async def test_a_database_that_is_gone_is_waited_for(store: Store, tmp_path: Path) -> None:
    """The sweep says that it waits, with a reason, and the server goes on."""
    gone = open_store(Secret(f"sqlite:///{tmp_path}/gone.db"))
    with structlog.testing.capture_logs() as lines:
        async with open_world(store) as world, background(replace(world.services, store=gone)):
            await until(lambda: has(lines))
    await gone.close()
    assert [(line["event"], line["log_level"]) for line in lines] == [("sweep.waits", "warning")]
    assert "FileNotFoundError" in lines[0]["reason"]


async def test_a_defect_is_reported(world: World) -> None:
    """A task that ends by a defect is a critical line with its trace, and the block ends as ever.

    Planted: `_report` not added to the tasks; seen to fail.
    """
    relay = Relay(world.services.store, StoppedClock(), {})
    with structlog.testing.capture_logs() as lines:
        async with background(world.services, relay):
            await until(lambda: has(lines))
    assert [(line["event"], line["task"], line["log_level"]) for line in lines] == [
        ("background.ended", "relay", "critical")
    ]
    assert [str(each) for each in lines[0]["exc_info"].exceptions] == ["a defect"]
