"""The sealer: every event one number, no gap, in an order that never changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from credentials.audit_chain import AuditChain
from credentials.key_ring import KeyRing
from delivery.sealer import BATCH, HEAD_SECONDS, POLL_SECONDS, Sealer
from store.opening import embedded_path, open_store
from tests.direct import held_open
from tests.following import CHAIN, LONGEST, add_events, at_work, seal
from tests.rows import add_effects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.model import Event
    from credentials.secret import Secret
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

#: Held open by another connection.
EARLY = (
    "INSERT INTO events (id, at, kind, success, actor, request_id) "
    "VALUES ('early', 0, 'SIGNED_IN', true, 'anonymous', 'request')"
)


class Fan:
    """Notes what was fanned out, and says when."""

    def __init__(self) -> None:
        self.positions: list[int | None] = []
        self.told = asyncio.Event()

    def __call__(self, _unit: Unit, events: Sequence[Event]) -> None:
        """Is called within a transaction, on the store's own thread where it has one."""
        self.positions += [event.position for event in events]

    async def has(self, count: int) -> None:
        """Waits until so many were fanned out; nobody says when, since that is before the commit."""
        async with asyncio.timeout(LONGEST):
            while len(self.positions) < count:  # noqa: ASYNC110  what is waited for is another's commit
                await asyncio.sleep(0.005)


async def _ids(store: Store, position: int = 0) -> list[tuple[int, str]]:
    events = await store.read(lambda unit: unit.events.after(position, 5000))
    return [(place, event.id) for place, event in events]


async def test_each_event_is_numbered_and_fanned_out_once(store: Store) -> None:
    """Numbers follow the order of rows; what is sealed is left alone from then on."""
    fan = Fan()
    sealer = Sealer(store, fan, CHAIN)
    assert not await sealer.step()
    await store.write(add_events, "a", "b")
    assert await sealer.step()
    assert not await sealer.step()
    await store.write(add_events, "c")
    assert await sealer.step()
    assert fan.positions == [1, 2, 3]
    assert await _ids(store) == [(1, "a"), (2, "b"), (3, "c")]


async def test_what_is_fanned_out_commits_with_the_numbers(store: Store) -> None:
    """Effects that are made of events wake the relay; a failure there numbers nothing.

    Planted: `fan_out` called after the commit; seen to fail.
    """
    await store.write(add_events, "a")

    def fails(unit: Unit, _events: Sequence[Event]) -> None:
        add_effects(unit, "one")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Sealer(store, fails, CHAIN).step()
    assert await _ids(store) == []
    assert await store.read(lambda unit: unit.effects.find("one")) is None
    assert not store.effects_written.is_set()
    assert await Sealer(store, lambda unit, _events: add_effects(unit, "one"), CHAIN).step()
    assert await store.read(lambda unit: unit.effects.find("one"))
    assert store.effects_written.is_set()


async def test_two_processes_seal_without_a_gap_or_a_repeat(database_url: Secret, store: Store) -> None:
    """While two write and two seal, each event gets one number and is fanned out by one of them.

    Planted: the seal taken without its lock; seen to fail on PostgreSQL.
    """
    other, fan = open_store(database_url), Fan()
    count = 40

    async def write(where: Store, name: str) -> None:
        for number in range(count):
            await where.write(add_events, f"{name}{number}")

    async with at_work(Sealer(store, fan, CHAIN), Sealer(other, fan, CHAIN)):
        await asyncio.gather(write(store, "a"), write(other, "b"))
        await fan.has(2 * count)
    await other.close()
    assert sorted(place or 0 for place in fan.positions) == list(range(1, 2 * count + 1))
    sealed = await _ids(store)
    assert [place for place, _ in sealed] == list(range(1, 2 * count + 1))
    assert len({name for _, name in sealed}) == 2 * count


async def test_so_many_at_once(store: Store) -> None:
    """What piled up is sealed in portions, each a transaction of bounded length."""
    await store.write(add_events, *(f"e{number}" for number in range(BATCH + 1)))
    batches: list[int] = []
    sealer = Sealer(store, lambda _unit, events: batches.append(len(events)), CHAIN)
    while await sealer.step():
        pass
    assert batches == [BATCH, 1]


@ON_POSTGRESQL
async def test_an_event_that_is_committed_late_is_not_missed(database_url: Secret, store: Store) -> None:
    """PostgreSQL: written first and committed last, it comes last; who has read beyond its row sees it.

    Planted: the rows' own numbers taken for positions; seen to fail.
    """
    async with held_open(database_url, EARLY):
        await store.write(add_events, "late")
        assert [event.id for event in await seal(store)] == ["late"]
        read = await _ids(store)
    assert [event.id for event in await seal(store)] == ["early"]
    assert [*read, *await _ids(store, read[-1][0])] == [(1, "late"), (2, "early")]
    rows = await store.read(lambda unit: unit.events.page(None, 9))
    assert [line.id for line in rows] == ["late", "early"]


@ON_POSTGRESQL
async def test_another_sealer_is_not_waited_for(database_url: Secret, store: Store) -> None:
    """PostgreSQL: where another process holds the seal, there is nothing to do here."""
    await store.write(add_events, "a")
    async with held_open(database_url, "SELECT * FROM event_seal FOR UPDATE"):
        assert not await asyncio.wait_for(Sealer(store, Fan(), CHAIN).step(), 1)
    assert await Sealer(store, Fan(), CHAIN).step()


async def test_it_wakes_at_once_on_a_commit(store: Store) -> None:
    """What is committed in this process is sealed before the next look at the audit."""
    fan = Fan()
    async with at_work(Sealer(store, fan, CHAIN)):
        await asyncio.sleep(0.05)
        began = asyncio.get_running_loop().time()
        await store.write(add_events, "a")
        await fan.has(1)
        assert asyncio.get_running_loop().time() - began < POLL_SECONDS / 2


async def test_it_sees_what_other_processes_commit(database_url: Secret, store: Store) -> None:
    """Where that process has no sealer: twice a second it is looked."""
    fan, other = Fan(), open_store(database_url)
    async with at_work(Sealer(store, fan, CHAIN)):
        await asyncio.sleep(0.05)
        await other.write(add_events, "a")
        await fan.has(1)
    await other.close()


@ON_SQLITE
async def test_a_database_that_is_gone_is_waited_for(database_url: Secret, store: Store) -> None:
    """One line when it begins and one when it is over, however long it lasts; then it goes on.

    Planted: a line for each try; without the handler `run` ended; each seen to fail.
    """
    path, fan = embedded_path(database_url), Fan()
    assert path is not None
    away = path.with_suffix(".away")
    await store.write(add_events, "a")
    path.rename(away)
    with capture_logs() as logged:
        async with at_work(Sealer(store, fan, CHAIN)):
            for _ in range(3):
                store.events_written.set()
                await asyncio.sleep(0.05)
            away.rename(path)
            store.events_written.set()
            await fan.has(1)
            await store.write(add_events, "b")
            await fan.has(2)
    assert [line["event"] for line in logged] == ["sealer.waits", "audit.head", "sealer.goes_on"]


async def test_the_head_is_logged_at_the_start_and_every_hour(store: Store) -> None:
    """However much is sealed in between. Planted: logged with each batch; seen to fail."""
    sealer = Sealer(store, Fan(), CHAIN)
    with capture_logs() as logged:
        async with at_work(sealer):
            await _heads(logged, 1)
            for name in ("a", "b"):
                await store.write(add_events, name)
                while await store.read(lambda unit: unit.events.is_unsealed()):  # noqa: ASYNC110  another's commit
                    await asyncio.sleep(0.005)
            assert len(logged) == 1
            sealer._head_at -= HEAD_SECONDS  # noqa: SLF001  an hour later
            store.events_written.set()
            await _heads(logged, 2)
    head = await store.read(lambda unit: unit.event_chain.head())
    assert [(line["event"], line["head"]) for line in logged] == [
        ("audit.head", "0:"),
        ("audit.head", head.link.text),
    ]


async def test_a_head_that_is_not_ours_is_an_error(store: Store) -> None:
    """Somebody else's key, or a row that was changed."""
    await store.write(add_events, "a")
    await seal(store)
    with capture_logs() as logged:
        async with at_work(Sealer(store, Fan(), AuditChain(KeyRing([b"o" * 32])))):
            await _heads(logged, 1)
    assert [(line["event"], line["log_level"]) for line in logged] == [("audit.head_not_ours", "error")]


async def _heads(logged: Sequence[object], count: int) -> None:
    async with asyncio.timeout(LONGEST):
        while len(logged) < count:  # noqa: ASYNC110  a log tells nobody
            await asyncio.sleep(0.005)
