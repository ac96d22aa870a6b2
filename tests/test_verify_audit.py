"""Whatever is done to the audit's rows is found, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from credentials.audit_chain import AuditChain, Kept, Link, Mark
from credentials.key_ring import KeyRing
from credentials.model import Event
from resolvers.verify_audit import AuditBroken, AuditVerified, HeadPruned, audit_head, verify_audit
from store.event_chain import values_of
from store.opening import embedded_path, open_store
from store.sqlite import sqlite_engine
from store.tables import event_checkpoint, event_seal, events
from store.unit import Unit
from tests.chance import START
from tests.direct import direct
from tests.following import add_events
from tests.rows import event_values

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Executable, Update

    from credentials.secret import Secret
    from tests.world import World

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

#: Lines that most tests begin with, of which one in the middle is touched.
COUNT = 5
TOUCHED = 3
FULL: dict[str, Any] = {
    **dict.fromkeys(("code", "user_id", "system_id", "api_key_id", "address", "user_agent"), "full"),
    "latitude": 1.5,
    "longitude": -2.5,
    "counted": 2,
}
#: Another value for each column that a line has.
OTHER: dict[str, Any] = {
    **dict.fromkeys(("id", "actor", "user_id", "api_key_id", "address", "request_id"), "other"),
    **dict.fromkeys(("code", "system_id", "longitude")),
    "sequence": 99,
    "at": START + timedelta(microseconds=1),
    "kind": "SIGNED_OUT",
    "success": False,
    "user_agent": "",
    "latitude": 1.500000001,
    "position": 99,
    "counted": 1,
}


def chain_of(world: World) -> AuditChain:
    """The chain under the installation's keys."""
    return AuditChain(world.ring)


async def grow(world: World, *names: str, **changes: Any) -> None:
    """Writes lines and seals them."""
    await world.services.store.write(add_events, *names, **changes)
    await world.services.store.write(lambda unit: unit.events.seal(9999, chain_of(world)))


async def verified(world: World, given: Link | None = None) -> AuditVerified | AuditBroken | HeadPruned:
    """What is found."""
    return await verify_audit(world.services, given, lambda _at, _until: None)


async def sealed(world: World, count: int = COUNT) -> None:
    """Writes and seals lines of which every column holds something."""
    await grow(world, *(f"e{number}" for number in range(1, count + 1)), **FULL)


async def broken_at(world: World, url: Secret, *statements: Executable) -> int | None:
    """Where it breaks once these are done to the rows."""

    def work(connection: Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    await direct(url, work)
    found = await verified(world)
    return found.position if isinstance(found, AuditBroken) else None


def prune_to(unit: Unit, position: int, chain: AuditChain) -> None:
    """Deletes the lines up to a position, and leaves a checkpoint under the chain's keys."""
    (line,) = unit.event_chain.lines(position - 1, position, 1)
    checkpoint = Kept(line.link, chain.stamp(Mark.CHECKPOINT, line.link))
    connection = unit.event_chain._connection  # noqa: SLF001  what a sweep does, under whatever key
    connection.execute(delete(events).where(events.c.position <= position))
    connection.execute(update(event_checkpoint).values(values_of(checkpoint)))


def at(position: int) -> ColumnElement[bool]:
    """The row of a position."""
    return events.c.position == position


def moved(was: int, to: int) -> Update:
    """Gives a line another position."""
    return update(events).where(at(was)).values(position=to)


async def test_an_empty_audit_is_whole(world: World) -> None:
    """And one with lines, however often it is sealed; lines that wait for their seal are not looked at."""
    assert await verified(world) == AuditVerified(0, Link(0, None, b""), Link(0, None, b""))
    await sealed(world)
    await grow(world, "more")
    await world.services.store.write(add_events, "unsealed")
    found = await verified(world)
    assert isinstance(found, AuditVerified)
    assert (found.lines, found.begin.position, found.head) == (COUNT + 1, 0, await audit_head(world.services))


def test_every_column_of_a_line_is_touched_here() -> None:
    """A new one without another value fails."""
    assert set(OTHER) == {field.name for field in fields(Event)}
    assert set(OTHER) | {"digest", "digest_key"} == set(events.c.keys())


@pytest.mark.parametrize(
    ("name", "value"),
    [*OTHER.items(), ("kind", "?"), ("digest", b"\0" * 32), ("digest_key", "00000000")],
)
async def test_a_change_of_any_column_is_found(
    world: World, database_url: Secret, name: str, value: object
) -> None:
    """T3: at its line, or where the line should be."""
    await sealed(world)
    statement = update(events).where(at(TOUCHED)).values({name: value})
    assert await broken_at(world, database_url, statement) == TOUCHED


@ON_SQLITE
@pytest.mark.parametrize(
    ("name", "value"),
    [(name, "x'00ff'") for name in OTHER if name not in {"sequence", "position", "success"}]
    + [("at", "'soon'"), ("at", str(2**63 - 1))],
)
async def test_a_value_of_any_type_is_a_change(
    world: World, database_url: Secret, name: str, value: str
) -> None:
    """SQLite keeps bytes in every column, and any number for a time: none of it stops the search."""
    await sealed(world)
    statement = text(f"UPDATE events SET {name} = {value} WHERE position = 2")  # noqa: S608  words of ours
    assert await broken_at(world, database_url, statement) == 2


async def test_missing_lines_are_found(world: World, database_url: Secret) -> None:
    """One, the gap closed behind it, and the first."""
    await sealed(world)
    close = [moved(was, was - 1) for was in range(TOUCHED + 1, COUNT + 1)]
    assert await broken_at(world, database_url, delete(events).where(at(TOUCHED))) == TOUCHED
    assert await broken_at(world, database_url, *close) == TOUCHED
    assert await broken_at(world, database_url, delete(events).where(at(1))) == 1


async def test_moved_lines_are_found(world: World, database_url: Secret) -> None:
    """Two that changed places, with their digests or without."""
    await sealed(world)
    swap = [moved(2, 99), moved(TOUCHED, 2), moved(99, TOUCHED)]
    assert await broken_at(world, database_url, *swap) == 2


async def test_lines_that_were_put_in_are_found(world: World, database_url: Secret) -> None:
    """Behind the last, in the place of another, and before the first."""
    await sealed(world)
    extra = insert(events).values(**event_values("extra"), position=COUNT + 1, digest=b"x", digest_key="k")
    assert await broken_at(world, database_url, extra) == COUNT + 1
    replaced = [delete(events).where(at(TOUCHED)), moved(COUNT + 1, TOUCHED)]
    assert await broken_at(world, database_url, *replaced) == TOUCHED


async def test_a_cut_tail_is_found(world: World, database_url: Secret) -> None:
    """By what is kept of it; where that was put back too, by a head of before, from the log."""
    await sealed(world)
    earlier = await audit_head(world.services)
    then = await direct(database_url, lambda connection: connection.execute(select(event_seal)).one())
    await grow(world, "f1", "f2")
    head = await audit_head(world.services)
    assert isinstance(await verified(world, head), AuditVerified)
    assert isinstance(await verified(world, earlier), AuditVerified)
    cut = delete(events).where(events.c.position > COUNT)
    assert await broken_at(world, database_url, cut) == COUNT + 1
    await direct(database_url, lambda c: c.execute(update(event_seal).values(**then._asdict())))
    assert isinstance(await verified(world), AuditVerified)
    found = await verified(world, head)
    assert isinstance(found, AuditBroken)
    assert found.position == COUNT + 1
    await grow(world, "g1", "g2", "g3")
    found = await verified(world, head)
    assert isinstance(found, AuditBroken)
    assert found.position == head.position


async def test_who_cuts_a_tail_cannot_make_up_the_head(world: World, database_url: Secret) -> None:
    """Without the key there is no stamp, and lines that are sealed from then on do not heal it.

    Planted: the head resumed without a look at its stamp; seen to fail.
    """
    await sealed(world)

    def cut(connection: Connection) -> None:
        connection.execute(delete(events).where(events.c.position > TOUCHED))
        last = connection.execute(select(events).where(at(TOUCHED))).one()
        values = {"last_position": TOUCHED, "digest": last.digest, "digest_key": last.digest_key}
        connection.execute(update(event_seal).values(values))

    await direct(database_url, cut)
    found = await verified(world)
    assert isinstance(found, AuditBroken)
    assert found.position == TOUCHED
    await grow(world, "later")
    found = await verified(world)
    assert isinstance(found, AuditBroken)
    assert found.position == TOUCHED + 1


async def test_a_head_that_was_changed_is_found(world: World, database_url: Secret) -> None:
    """Another digest, and the stamp taken off."""
    await sealed(world)
    assert await broken_at(world, database_url, update(event_seal).values(stamp=b"x")) == COUNT
    assert await broken_at(world, database_url, update(event_seal).values(digest=b"x")) == COUNT


async def test_a_root_key_that_is_gone_is_told(world: World) -> None:
    """A line under a key that is not here proves nothing, and is not taken for a change."""
    await sealed(world)
    await world.services.store.write(add_events, "other")
    other = AuditChain(KeyRing([b"o" * 32]))
    await world.services.store.write(lambda unit: unit.events.seal(9, other))
    found = await verified(world)
    assert isinstance(found, AuditBroken)
    assert found.position == COUNT + 1
    assert "root key" in found.reason


async def test_a_chain_spans_a_rotation_of_the_root_key(world: World) -> None:
    """Lines of before and of after verify, each under its own key."""
    await sealed(world)
    old = world.ring.current_id
    world.ring.learn(KeyRing([b"n" * 32]))
    world.ring.use(world.ring.newest_id)
    await grow(world, "after")
    found = await verified(world)
    assert isinstance(found, AuditVerified)
    assert (found.lines, found.head.key_id != old) == (COUNT + 1, True)


async def test_two_sealers_make_one_chain(world: World, database_url: Secret) -> None:
    """Whichever of two processes seals, in whatever turn."""
    other = open_store(database_url)

    async def work(name: str) -> None:
        store = world.services.store if name == "a" else other
        for number in range(20):
            await store.write(add_events, f"{name}{number}")
            await store.write(lambda unit: unit.events.seal(3, chain_of(world)))

    await asyncio.gather(work("a"), work("b"))
    await other.close()
    await world.services.store.write(lambda unit: unit.events.seal(99, chain_of(world)))
    found = await verified(world)
    assert isinstance(found, AuditVerified)
    assert found.lines == 40


async def test_pruned_lines_leave_a_checkpoint(world: World, database_url: Secret) -> None:
    """The rest verifies from there; a line that comes back, a moved checkpoint and an old head are told."""
    await sealed(world)
    first = await world.services.store.read(lambda unit: unit.event_chain.lines(0, 1, 1))
    await grow(world, "young", at=START + timedelta(days=2))
    before = START + timedelta(days=1)
    done = await world.services.store.write(lambda unit: unit.event_chain.prune(before, 9, chain_of(world)))
    assert done == (COUNT, None)
    found = await verified(world)
    assert isinstance(found, AuditVerified)
    assert (found.lines, found.begin.position) == (1, COUNT)
    assert isinstance(await verified(world, found.begin), AuditVerified)
    wrong = await verified(world, found.begin._replace(digest=b"x"))
    assert wrong == AuditBroken(COUNT, "The line is not the one whose digest was given.")
    assert await verified(world, first[0].link) == HeadPruned(COUNT + 1)
    back = insert(events).values(**event_values("back"), position=2)
    assert await broken_at(world, database_url, back) == 2
    further = update(event_checkpoint).values(last_position=COUNT + 1)
    assert await broken_at(world, database_url, further) == COUNT + 1


@ON_SQLITE
@pytest.mark.parametrize("is_ours", [True, False])
async def test_lines_may_be_pruned_meanwhile(world: World, database_url: Secret, is_ours: bool) -> None:
    """The search goes on behind the new checkpoint; one that is not ours is told there.

    Planted: the checkpoint not read again; seen to fail.
    """
    await sealed(world, 7)
    chain = chain_of(world) if is_ours else AuditChain(KeyRing([b"o" * 32]))
    path, told = embedded_path(database_url), list[tuple[int, int]]()
    assert path is not None

    def tell(position: int, until: int) -> None:
        if not told:
            with sqlite_engine(path, writing=True).begin() as connection:
                unit = Unit(connection)
                prune_to(unit, 5, chain)
        told.append((position, until))

    found = await verify_audit(world.services, None, tell, page=2)
    if is_ours:
        assert isinstance(found, AuditVerified)
        assert (found.lines, found.head.position) == (4, 7)
        assert told == [(2, 7), (7, 7)]
    else:
        assert isinstance(found, AuditBroken)
        assert found.position == 5


@ON_SQLITE
async def test_all_lines_may_be_pruned_meanwhile(world: World, database_url: Secret) -> None:
    """Those that were sealed when the search began are gone then, and younger ones are there."""
    await sealed(world, 4)
    path = embedded_path(database_url)
    assert path is not None

    def tell(position: int, _until: int) -> None:
        if position == 2:
            with sqlite_engine(path, writing=True).begin() as connection:
                unit = Unit(connection)
                add_events(unit, "f1", "f2")
                unit.events.seal(9, chain_of(world))
                prune_to(unit, 5, chain_of(world))

    found = await verify_audit(world.services, None, tell, page=2)
    assert isinstance(found, AuditVerified)
    assert (found.lines, found.head.position) == (2, 5)
