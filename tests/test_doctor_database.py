"""What the doctor says of the database and of what is kept in it, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from credentials.audit_chain import AuditChain
from credentials.chance import Chance
from credentials.key_ring import KeyRing
from credentials.kinds import ChannelName, EffectState, Role
from credentials.secret import Secret
from server.doctor import database_checks
from server.doctor.database_checks import look_at_database, look_at_disk, look_at_match
from server.doctor.kept_checks import look_at_audit, look_at_clock, look_at_deliveries, look_at_people
from server.settings_urls import url_scheme
from store.installation import CheckValue
from store.opening import open_store
from store.tables import events
from tests.chance import FixedChance
from tests.chat_servers import free_port
from tests.direct import direct
from tests.doctors import levels, settings_of
from tests.following import add_events
from tests.rows import add_effects, claim_mail

if TYPE_CHECKING:
    from pathlib import Path

    from server.doctor.finding import Finding
    from store.unit_of_work import Store, Unit
    from tests.postgres import PostgresServer
    from tests.world import World

pytestmark = pytest.mark.anyio
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
CHECK = CheckValue("k1", "value")


async def look(url: Secret) -> list[Finding]:
    """What the doctor says of the database at a URL."""
    store = open_store(url)
    try:
        found, _ = await look_at_database(settings_of(REKEY_DATABASE_URL=url.reveal()), store, Chance())
    finally:
        await store.close()
        # Python 3.11 traces no line behind an exception that was thrown into an await, until the next one.
        await asyncio.sleep(0)
    return found


async def test_a_database_that_works_is_well(database_url: Secret, store: Store) -> None:
    """It answers, is migrated and can be written to; the trial leaves nothing behind.

    Planted: the trial's write kept; failed.
    """
    await store.write(lambda unit: unit.installation.found(CHECK))
    found = await look(database_url)
    assert levels(found, "reachable") == ["OK"]
    assert levels(found, "It can be written to") == ["OK"]
    is_embedded = url_scheme(database_url) == "sqlite"
    assert levels(found, "It is the file" if is_embedded else "is the role postgres there") == ["OK"]
    assert levels(found, "a superuser") == ([] if is_embedded else ["WARN"])
    assert await store.read(lambda unit: unit.channels.failing()) == []


async def test_an_empty_database_fails(database_url: Secret) -> None:
    """Migrated, and nobody has made an installation."""
    assert levels(await look(database_url), "It is empty") == ["FAIL"]


async def test_a_database_of_another_version_fails(database_url: Secret) -> None:
    """A revision that is not this version's is told. Planted: not compared; failed."""
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    await direct(database_url, lambda connection: connection.execute(newer))
    assert levels(await look(database_url), "at revision 9999") == ["FAIL"]


async def test_a_database_that_is_gone_fails(tmp_path: Path) -> None:
    """A file that is not there is not made; a server that is not there, or no database, is told."""
    assert levels(await look(Secret(f"sqlite:///{tmp_path}/rekey.db")), "There is no database") == ["FAIL"]
    assert not (tmp_path / "rekey.db").exists()
    (tmp_path / "text").write_text("no database" * 100)
    assert levels(await look(Secret(f"sqlite:///{tmp_path}/text")), "does not answer") == ["FAIL"]
    gone = Secret(f"postgresql://rekey:hunter2@127.0.0.1:{free_port()}/rekey")
    found = await look(gone)
    assert levels(found, "does not answer") == ["FAIL"]
    assert "hunter2" not in str(found)


@ON_POSTGRESQL
async def test_a_role_that_may_only_read_fails(
    database_url: Secret, store: Store, postgres: PostgresServer
) -> None:
    """Where the role may not write, that is told, and it is no superuser. Planted: no trial; failed."""
    await store.write(lambda unit: unit.installation.found(CHECK))
    postgres.desk.execute("DROP ROLE IF EXISTS clerk")
    postgres.desk.execute("CREATE ROLE clerk LOGIN IN ROLE pg_read_all_data")
    found = await look(Secret(database_url.reveal().replace("//postgres@", "//clerk@")))
    assert levels(found, "is the role clerk there") == ["OK"]
    assert levels(found, "It cannot be written to: SQLSTATE 42501") == ["FAIL"]
    assert levels(found, "a superuser") == []
    postgres.desk.execute("DROP ROLE clerk")


async def test_a_locked_database_cannot_be_written_to(tmp_path: Path, migrated_sqlite: bytes) -> None:
    """What the database itself refuses passes, and is told all the same."""
    path = tmp_path / "rekey.db"
    path.write_bytes(migrated_sqlite)
    url = Secret(f"sqlite:///{path}")
    store = open_store(url)
    path.with_name("rekey.db-wal").mkdir()
    found, _ = await look_at_database(settings_of(REKEY_DATABASE_URL=url.reveal()), store, Chance())
    await store.close()
    assert [each.level for each in found] == ["FAIL"]


def test_room_on_the_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough, little and none: by the bounds, since no test fills a disk."""
    assert look_at_disk(tmp_path).level == "OK"
    monkeypatch.setattr(database_checks, "LITTLE", 2**60)
    assert look_at_disk(tmp_path).level == "WARN"
    monkeypatch.setattr(database_checks, "NOTHING", 2**60)
    assert look_at_disk(tmp_path).level == "FAIL"


def test_root_keys_are_held_against_the_database() -> None:
    """The key it was made with, a newer one beside it, and another's. Planted: the id alone; failed."""
    ring, other = (KeyRing.parse(KeyRing.new_text(Chance())) for _ in range(2))
    check = CheckValue(ring.current_id, ring.check_value())
    assert look_at_match(check, ring).level == "OK"
    assert look_at_match(check, other).level == "FAIL"
    assert look_at_match(CheckValue(ring.current_id, other.check_value()), ring).level == "FAIL"
    ring.learn(other)
    assert look_at_match(check, ring).level == "WARN"


async def test_administrators_are_counted(world: World) -> None:
    """None is a failure, one a warning, two are enough."""
    store = world.services.store
    assert levels(await look_at_people(store), "Nobody can administrate") == ["FAIL"]
    await world.user("root", roles=(Role.ADMIN,))
    assert levels(await look_at_people(store), "There is one administrator") == ["WARN"]
    await world.user("second", roles=(Role.ADMIN,))
    found = await look_at_people(store)
    assert levels(found, "There are 2 administrators") == ["OK"]
    assert len(found) == 1


async def test_failed_deliveries_are_counted(store: Store) -> None:
    """What failed, and what gets nothing through, is told with its reason."""
    assert levels(await look_at_deliveries(store), "None has failed") == ["OK"]
    now = Chance().now()

    def fail(unit: Unit) -> None:
        add_effects(unit, "one", subject="one")
        for effect in claim_mail(unit, "lease", now, now):
            unit.due.settle(effect, "lease", EffectState.FAILED, now=now, reason="No such receiver.")
        unit.channels.fails(ChannelName.MAIL, now, "The mail server does not answer.")

    await store.write(fail)
    found = await look_at_deliveries(store)
    assert levels(found, "1 deliveries have failed") == ["WARN"]
    assert levels(found, "by mail since") == ["WARN"]
    assert len(found) == 2


async def test_a_clock_that_is_behind_is_told(world: World) -> None:
    """A clock before the audit's last line, or far from the server's, is a failure."""
    store, chance = world.services.store, Chance()
    assert (await look_at_clock(store, chance)).level == "OK"
    await store.write(add_events, "one", at=chance.now())
    assert (await look_at_clock(store, chance)).level == "OK"
    behind = await look_at_clock(store, FixedChance(chance.now() - timedelta(hours=1)))
    assert levels([behind], "before the audit's last line") == ["FAIL"]


@ON_POSTGRESQL
async def test_a_clock_apart_from_the_servers_is_told(store: Store) -> None:
    """Both clocks count the same expiries."""
    ahead = await look_at_clock(store, FixedChance(Chance().now() + timedelta(hours=1)))
    assert levels([ahead], "lie 3600 seconds apart") + levels([ahead], "lie 3599 seconds apart") == ["FAIL"]


async def test_the_audit_is_verified(world: World, database_url: Secret) -> None:
    """Whole, too long to look at here, and changed by a hand. Planted: never verified; failed."""
    store = world.services.store
    await store.write(add_events, "one", "two", "three")
    await store.write(lambda unit: unit.events.seal(9999, AuditChain(world.ring)))
    assert levels([await look_at_audit(store, world.ring)], "The 3 sealed lines") == ["OK"]
    assert levels([await look_at_audit(store, world.ring, most=2)], "too many to verify") == ["WARN"]
    changed = events.update().where(events.c.position == 2).values(actor="somebody")
    await direct(database_url, lambda connection: connection.execute(changed))
    assert levels([await look_at_audit(store, world.ring)], "not as it was sealed") == ["FAIL"]
