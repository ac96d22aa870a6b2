"""The database: reachable, migrated, writable, of this root key, with room to grow."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, NoReturn

from credentials.kinds import ChannelName
from server.doctor.finding import Area
from store.faults import FAULTS, StoreUnavailable, reason_of
from store.opening import embedded_path
from store.revision import NEWEST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from credentials.chance import Chance
    from credentials.key_ring import KeyRing
    from server.doctor.finding import Finding
    from server.settings import Settings
    from store.condition import ServerCondition
    from store.installation import CheckValue
    from store.unit_of_work import Store, Unit

DATABASE = Area("database")
KEYS = Area("keys")
GIB = 2**30
#: Bytes. Below it the next migration or a busy day may not find room.
LITTLE = GIB
#: Bytes. SQLite's journal alone grows to some MiB before it is written back.
NOTHING = 64 * 2**20


class _Undone(Exception):  # noqa: N818  what is done, not what went wrong
    """Takes back what a trial wrote."""


async def look_at_database(
    settings: Settings, store: Store, chance: Chance
) -> tuple[list[Finding], CheckValue | None]:
    """Asks the database; gives its check value, too, or None where it cannot be used."""
    path = embedded_path(settings.database_url)
    if path is not None and not path.exists():
        advice = "Restore it from its backup; run rekey init only where there never was one."
        return [DATABASE.fail(f"There is no database at {path}.", advice)], None
    try:
        revision = await store.read(lambda unit: unit.installation.revision())
        if revision != NEWEST:
            return [_not_migrated(revision)], None
        check = await store.read(lambda unit: unit.installation.check_value())
        server = await store.read(lambda unit: unit.condition.server())
    except (StoreUnavailable, *FAULTS) as fault:
        return [_unreachable(fault)], None
    findings = [
        DATABASE.ok(f"It is reachable, and at this version's revision {revision}."),
        await _write(store, chance),
    ]
    if path is not None:
        findings += _space(path)
    if server is not None:
        findings += _server(server)
    if check is None:
        advice = "Run rekey init to make keys and the first administrator."
        findings.append(DATABASE.fail("It is empty: there is no installation in it.", advice))
    return findings, check


def look_at_match(check: CheckValue, ring: KeyRing) -> Finding:
    """Whether the database was made with one of these root keys, and uses the newest."""
    if check.key_id not in ring.ids or ring.check_value(check.key_id) != check.value:
        advice = "Restore the file that belongs to this database, or name the database of this key."
        return KEYS.fail("The root key is not the one that this database was made with.", advice)
    if ring.newest_id != check.key_id:
        advice = "Run rekey keys rewrap once every node has the file."
        return KEYS.warn("A newer root key lies in the file and is not used yet.", advice)
    return KEYS.ok(f"The database uses the newest root key of the file, {check.key_id}.")


def look_at_disk(folder: Path, area: Area = DATABASE) -> Finding:
    """How much room there is where a folder lies."""
    free = shutil.disk_usage(folder).free
    said = f"{free / GIB:.1f} GiB are free where {folder} lies."
    if free < NOTHING:
        return area.fail(said, "Make room: the next change may not be written.")
    if free < LITTLE:
        return area.warn(said, "Make room before it is needed.")
    return area.ok(said)


async def _write(store: Store, chance: Chance) -> Finding:
    """Writes a row and takes it back: whoever reads meanwhile sees nothing of it."""

    def try_it(unit: Unit) -> NoReturn:
        unit.channels.fails(ChannelName.WEBHOOK, chance.now(), "")
        raise _Undone

    (ended,) = await asyncio.gather(store.write(try_it), return_exceptions=True)
    if isinstance(ended, _Undone):
        return DATABASE.ok("It can be written to.")
    advice = "See that the disk has room and that Rekey's user or role may write there."
    return DATABASE.fail(f"It cannot be written to: {_reason(ended)}.", advice)


def _not_migrated(revision: str | None) -> Finding:
    message = f"It is at revision {revision or 'none'}, and this version needs {NEWEST}."
    advice = "Run rekey db upgrade, or this database's own version where a newer one has migrated it."
    return DATABASE.fail(message, advice)


def _unreachable(fault: BaseException) -> Finding:
    advice = "See that it runs, that REKEY_DATABASE_URL names it, and that its user may sign in."
    return DATABASE.fail(f"It does not answer: {_reason(fault)}.", advice)


def _reason(fault: BaseException) -> str:
    return str(fault) if isinstance(fault, StoreUnavailable) else reason_of(fault)


def _space(path: Path) -> Iterator[Finding]:
    yield DATABASE.ok(f"It is the file {path}, of user {path.stat().st_uid}.")
    yield look_at_disk(path.parent)


def _server(server: ServerCondition) -> Iterator[Finding]:
    said = f"Rekey is the role {server.role} there; the database takes {server.size / GIB:.2f} GiB."
    yield DATABASE.ok(said)
    if server.is_superuser:
        advice = "Give Rekey a role of its own that owns this database and nothing else."
        yield DATABASE.warn(f"The role {server.role} is a superuser of the server.", advice)
