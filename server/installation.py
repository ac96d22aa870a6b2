"""The installation is opened, or made where there is none: database, root key, check value, signing key."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.signing_keys import SigningKey
from credentials.vault import SealBroken, Vault
from resolvers.known_keys import open_keys, seal_key
from server.root_key import check_owner, make_root_key, prepare_data_dir, read_root_key
from server.settings_parsing import BadSettings
from store.faults import FAULTS, StoreUnavailable, is_defect
from store.installation import CheckValue
from store.opening import embedded_path, open_store, upgrade
from store.revision import NEWEST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from credentials.chance import Chance
    from credentials.key_ring import KeyRing
    from credentials.key_schedule import DatedKey
    from credentials.secret import Secret
    from server.settings import Settings
    from store.signing_keys import KeptKey
    from store.unit_of_work import Store, Unit


@dataclass(frozen=True, slots=True)
class Opened:
    """A database that is migrated, and the keys that it was made with."""

    store: Store
    ring: KeyRing
    signing_keys: list[DatedKey]  # the newest first


def prepare(settings: Settings, *, may_found: bool) -> None:
    """Makes the data directory and the embedded database ready; call it outside any event loop.

    Raises:
        BadSettings: there is no installation and none may be made here, or this is not its owner.
        StoreUnavailable: the embedded database cannot be opened or written to.
        SchemaTooNew: a newer version made it.
    """
    check_owner(settings.data_dir)
    path = embedded_path(settings.database_url)
    if path is not None and not path.exists() and not may_found:
        msg = f"There is no database at {path}; run rekey init to make one."
        raise BadSettings(msg)
    prepare_data_dir(settings.data_dir)
    if path is not None:
        migrate(settings.database_url)


def migrate(url: Secret) -> None:
    """Brings the database to what this version expects; call it outside any event loop.

    Raises:
        StoreUnavailable: the database does not answer, or cannot be written to.
        SchemaTooNew: a newer version made it.
    """
    try:
        upgrade(url)
    except FAULTS as fault:
        if is_defect(fault):
            raise
        unavailable = StoreUnavailable.because(fault)
    else:
        return
    # Outside the handler: the fault holds the statement.
    raise unavailable


@asynccontextmanager
async def open_installation(settings: Settings, chance: Chance, *, may_found: bool) -> AsyncIterator[Opened]:
    """Opens the installation that `prepare` made ready; keys are made only with a new database.

    Raises:
        BadSettings: the database is not migrated, or was made with another root key.
        StoreUnavailable: the database does not answer.
    """
    store = open_store(settings.database_url)
    try:
        await _check_revision(store)
        ring = await _open_ring(settings, store, chance, may_found=may_found)
        yield Opened(store, ring, await _signing_keys(store, ring, chance))
    finally:
        await store.close()


async def _check_revision(store: Store) -> None:
    found = await store.read(lambda unit: unit.installation.revision())
    if found != NEWEST:
        msg = "The database is not migrated to this version; run rekey db upgrade."
        raise BadSettings(msg)


async def _open_ring(settings: Settings, store: Store, chance: Chance, *, may_found: bool) -> KeyRing:
    kept = await store.read(lambda unit: unit.installation.check_value())
    if kept is None:
        if not may_found:
            msg = "The database is empty; run rekey init to make keys and the first administrator."
            raise BadSettings(msg)
        ring = _found_ring(settings, chance)
        check = CheckValue(ring.current_id, ring.check_value())
        await store.write(lambda unit: unit.installation.found(check))
        kept = await store.read(lambda unit: unit.installation.check_value())
    if not settings.root_key_file.exists():
        msg = f"The root key {settings.root_key_file} is gone; this database opens with it alone: restore it."
        raise BadSettings(msg)
    ring = read_root_key(settings.root_key_file)
    if kept is None or kept.key_id not in ring.ids or ring.check_value(kept.key_id) != kept.value:
        msg = f"The root key {settings.root_key_file} is not the one that this database was made with."
        raise BadSettings(msg)
    ring.use(kept.key_id)  # a younger key in the file is known, and used once `rekey keys rewrap` says so
    return ring


def _found_ring(settings: Settings, chance: Chance) -> KeyRing:
    try:
        return make_root_key(settings.root_key_file, chance)
    except FileExistsError:
        return read_root_key(settings.root_key_file)


async def _signing_keys(store: Store, ring: KeyRing, chance: Chance) -> list[DatedKey]:
    vault = Vault(ring, chance)
    kept = await store.read(lambda unit: unit.signing_keys.all())
    if not kept:
        first = seal_key(SigningKey.new(chance), chance.now(), vault)
        await store.write(add_first, first)
        kept = await store.read(lambda unit: unit.signing_keys.all())
    try:
        return open_keys(kept, vault)
    except SealBroken:
        msg = "A signing key is sealed by a root key that the file does not hold: restore the file."
    # Outside the handler, as above.
    raise BadSettings(msg)


def add_first(unit: Unit, first: KeptKey) -> None:
    """Keeps a signing key where there is none yet: of several processes that start, one's."""
    if not unit.signing_keys.hold():
        unit.signing_keys.add(first)
