"""More is over than one piece takes: what the sweep does then."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select

from credentials.audit_chain import AuditChain
from credentials.kinds import EventKind
from resolvers.expire_activation_codes import BATCH
from resolvers.prune_audit import CHUNK as LINES
from server.background import background
from store.sweep import CHUNK
from store.tables import attempts, events
from tests.chance import START
from tests.direct import direct
from tests.rows import event_values
from tests.test_background import until

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from credentials.secret import Secret
    from tests.world import World

pytestmark = pytest.mark.anyio

KEPT = timedelta(days=30)
MANY = 20 * CHUNK


async def left(url: Secret, table: Table) -> int:
    """How many rows are there."""
    query = select(func.count()).select_from(table)

    def count(connection: Connection) -> int:
        return connection.execute(query).scalar_one()

    return await direct(url, count)


async def count_attempts(url: Secret, number: int) -> None:
    """As many counts, whose day is over."""
    times = dict.fromkeys(("started_at", "last_at", "waits_until", "kept_until"), START)
    rows = [{"key": b"%d" % each, "taken": 1, **times} for each in range(number)]
    await direct(url, lambda connection: connection.execute(insert(attempts), rows))


async def seal_lines(world: World, url: Secret, number: int) -> None:
    """As many lines of the audit, sealed."""
    rows = [event_values(str(each)) for each in range(number)]
    await direct(url, lambda connection: connection.execute(insert(events), rows))
    await world.services.store.write(lambda unit: unit.events.seal(number, AuditChain(world.ring)))


async def test_the_sweep_goes_on_until_nothing_is_over(world: World, database_url: Secret) -> None:
    """Under load more is over in a minute than one piece takes. Planted: a piece a minute; seen to fail."""
    await count_attempts(database_url, 2 * CHUNK + 1)
    await seal_lines(world, database_url, LINES + 1)
    world.chance.forward(KEPT + timedelta(seconds=1))

    async def is_clear() -> bool:
        return await left(database_url, attempts) + await left(database_url, events) == 0

    async with background(world.with_rules(audit_retention=KEPT)):
        await until(is_clear)


async def test_codes_that_end_at_once_end_in_one_minute(world: World) -> None:
    """Of more systems than one piece takes. Planted: a piece a minute; seen to fail."""
    for number in range(BATCH + 1):
        await world.system(f"system {number}")
    world.chance.forward(timedelta(hours=24))
    now = world.chance.now()

    async def has_ended() -> bool:
        return not await world.services.store.read(lambda unit: unit.systems.with_dead_codes(now, 1))

    async with background(world.services):
        await until(has_ended)


async def is_begun(url: Secret) -> bool:
    """Whether the first of many counts are gone."""
    return await left(url, attempts) < MANY


async def test_a_backlog_holds_up_nothing(
    world: World, database_url: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is due each minute is done while much is over. Planted: no end of a minute; seen to fail."""
    monkeypatch.setattr("server.background.SWEEP_SECONDS", 0.1)
    await count_attempts(database_url, MANY)
    world.chance.forward(KEPT)

    async def is_recorded() -> bool:
        return bool(await world.events())

    async with background(world.services):
        await until(partial(is_begun, database_url))
        world.services.throttled[EventKind.SIGN_IN_FAILED] = 3
        await until(is_recorded)
        assert await left(database_url, attempts) > 0


async def test_a_server_that_ends_leaves_the_rest(world: World, database_url: Secret) -> None:
    """It ends after the piece that it is at. Planted: all of it swept first; seen to fail."""
    await count_attempts(database_url, MANY)
    world.chance.forward(KEPT)
    async with background(world.services):
        await until(partial(is_begun, database_url))
    assert await left(database_url, attempts) > 0
