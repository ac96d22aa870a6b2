"""Systems as rows, on both databases."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from credentials.digests import Digest
from credentials.kinds import SystemStatus
from store.tables import systems
from store.user_lists import COUNTED
from tests.chance import START
from tests.direct import direct
from tests.rows import HOUR, add_system, system_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from credentials.model import System
    from credentials.secret import Secret
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

RACERS = 12
CODE = Digest("k1", b"code")


def _give(unit: Unit, system: System, code: Digest = CODE) -> System | None:
    return unit.systems.give_code(system, code, digits=4, expires_at=START + HOUR, now=START)


async def _with_code(store: Store) -> System:
    given = await store.write(_give, await store.write(add_system))
    assert given is not None
    return given


async def test_a_system_is_found_by_id_and_by_pbx_id(store: Store) -> None:
    """Its JID comes with it; without a code there is nothing to activate."""
    system = await store.write(add_system)

    def find(unit: Unit) -> None:
        found = unit.systems.by_id(system.id)
        assert found is not None
        assert (found.system, found.code, found.activated_at) == (system, None, None)
        assert unit.systems.by_id(system.id, hold=True) == unit.systems.by_pbx_id("exchange") == found
        assert unit.systems.by_id("other") is unit.systems.by_pbx_id("Exchange") is None

    await store.write(find)


async def test_a_pbx_id_is_taken_once(store: Store) -> None:
    """The second is told so."""
    await store.write(add_system)
    assert not await store.write(lambda unit: unit.systems.add(system_of("exchange", id="id-2")))


async def test_a_code_goes_its_way_from_created_to_activated(store: Store) -> None:
    """Each step turns the epoch, so that a step made on an older state is refused."""
    given = await _with_code(store)
    assert (given.status, given.code_expires_at, given.epoch) == (SystemStatus.CREATED, START + HOUR, 2)
    begun = await store.write(lambda unit: unit.systems.begin_activation(given, b"net", START))
    assert begun is not None
    assert begun.status is SystemStatus.ACTIVATING
    found = await store.read(lambda unit: unit.systems.by_id(given.id))
    assert found is not None
    assert (found.code, found.code_digits, found.activated_at, found.activated_network) == (
        CODE,
        4,
        START,
        b"net",
    )
    done = await store.write(lambda unit: unit.systems.confirm(begun, START + HOUR))
    assert done is not None
    assert (done.status, done.status_updated_at, done.epoch) == (SystemStatus.ACTIVATED, START + HOUR, 4)
    assert done.code_expires_at is None
    assert await store.write(lambda unit: unit.systems.end_code(begun, START)) is None
    over = await store.write(lambda unit: unit.systems.end_code(done, START))
    assert over is not None
    assert over.status is SystemStatus.CREATED


async def test_of_many_confirmations_one_wins(store: Store) -> None:
    """Twelve at once in one epoch. Planted: the epoch not compared; seen to fail."""
    given = await _with_code(store)

    def confirm(unit: Unit) -> bool:
        return unit.systems.confirm(given, START) is not None

    won = await asyncio.gather(*(store.write(confirm) for _ in range(RACERS)))
    assert won.count(True) == 1


async def test_a_new_code_replaces_all_of_the_old_one(store: Store) -> None:
    """Its failures and who used it are forgotten."""
    given = await _with_code(store)
    await store.write(lambda unit: unit.systems.count_code(given, 5, START))
    begun = await store.write(lambda unit: unit.systems.begin_activation(given, b"net", START))
    assert begun is not None
    other = Digest("k2", b"other")
    assert await store.write(_give, begun, other) is not None
    found = await store.read(lambda unit: unit.systems.by_id(given.id))
    assert found is not None
    assert (found.code, found.code_failures, found.activated_at) == (other, 0, None)


async def test_a_code_takes_so_many_attempts_however_many_come_at_once(store: Store) -> None:
    """Counted before it is looked at; who was right takes the attempt back."""
    given = await _with_code(store)

    def count(unit: Unit) -> int | None:
        counted = unit.systems.count_code(given, 5, START)
        return None if counted is None else counted.code_failures

    counts = await asyncio.gather(*(store.write(count) for _ in range(RACERS)))
    assert sorted(each for each in counts if each) == [1, 2, 3, 4, 5]
    await store.write(lambda unit: unit.systems.uncount_code(given))
    assert await store.write(count) == 5


async def test_a_code_without_a_bound_takes_any_number(store: Store) -> None:
    """But neither an expired one nor one that is not there."""
    given = await _with_code(store)
    for _ in range(RACERS):
        assert await store.write(lambda unit: unit.systems.count_code(given, None, START)) is not None
    assert await store.write(lambda unit: unit.systems.count_code(given, None, START + HOUR)) is None
    await store.write(lambda unit: unit.systems.end_code(given, START))
    assert await store.write(lambda unit: unit.systems.count_code(given, None, START)) is None


async def test_systems_with_dead_codes_are_found(store: Store) -> None:
    """Those whose code is over, not those that need none."""
    given = await _with_code(store)
    await store.write(add_system, "other")
    assert await store.read(lambda unit: unit.systems.with_dead_codes(START, 9)) == []
    assert await store.read(lambda unit: unit.systems.with_dead_codes(START + HOUR, 9)) == [given]
    assert await store.read(lambda unit: unit.systems.with_dead_codes(START + HOUR, 0)) == []


async def test_a_deleted_system_frees_its_names(store: Store) -> None:
    """Its JID and its pbxId may be taken again; who comes second deletes nothing."""
    system = await store.write(add_system)
    assert await store.write(lambda unit: unit.systems.delete(system.id))
    assert not await store.write(lambda unit: unit.systems.delete(system.id))
    assert await store.read(lambda unit: unit.xmpp_accounts.password(system.jid_pbxagent)) is None
    await store.write(add_system)


async def test_pages_are_stable_while_systems_are_added(store: Store) -> None:
    """By status, too."""
    for name in ("c", "a", "b"):
        await store.write(add_system, name)
    (first, second) = await store.read(lambda unit: unit.systems.page(None, 2, SystemStatus.CREATED))
    await store.write(add_system, "0")
    rest = await store.read(lambda unit: unit.systems.page(second[0], 9, None))
    assert [system.name for _, system in (first, second, *rest)] == ["c", "a", "b", "0"]
    assert await store.read(lambda unit: unit.systems.page(None, 9, SystemStatus.ACTIVATED)) == []


def _fill(connection: Connection) -> None:
    columns = {column.name for column in systems.c}
    made = []
    for number in range(COUNTED + 1):
        system = system_of(f"system{number}")
        values = {name: getattr(system, name) for name in columns if hasattr(system, name)}
        made.append({**values, "code_failures": 0})
    connection.execute(insert(systems), made)


async def test_no_count_goes_beyond_ten_thousand(database_url: Secret, store: Store) -> None:
    """Above it the contract asks for null."""
    await store.write(add_system)

    def counts(unit: Unit) -> list[int | None]:
        return [unit.systems.count(status) for status in (None, *SystemStatus)]

    assert await store.read(counts) == [1, 1, 0, 0]
    await direct(database_url, _fill)
    assert await store.read(lambda unit: unit.systems.count(None)) is None
    assert await store.read(lambda unit: unit.systems.count(SystemStatus.CREATED)) is None
