"""What is sealed is sealed anew, by the newest root key, a bounded number of rows at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from credentials.key_uses import KeyUse
from credentials.places import account_password, signing_key, wish_address
from credentials.vault import SealBroken
from store.installation import CheckValue
from store.key_uses import SEALED

if TYPE_CHECKING:
    from collections.abc import Callable

    from credentials.places import Place
    from credentials.vault import Sealed
    from resolvers.services import OperatorCaller, Services
    from store.key_uses import SealedRow
    from store.unit_of_work import Unit

#: Rows of one transaction: some milliseconds' work, so that nobody who writes waits for long.
CHUNK = 200
_PLACES: dict[KeyUse, Callable[[str], Place]] = {
    KeyUse.SIGNING_KEYS: signing_key,
    KeyUse.XMPP_PASSWORDS: account_password,
    KeyUse.WISHES: wish_address,
}

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KeysRewrapped:
    """The root key for new work, how many values were sealed anew, and how many do not open."""

    root_key: str
    rewrapped: int
    unreadable: int


@dataclass(slots=True)
class _Count:
    after: str | None = None
    looked_at: int = 0
    rewrapped: int = 0
    unreadable: int = 0


async def rewrap_keys(
    services: Services, caller: OperatorCaller, tell: Callable[[int], None]
) -> KeysRewrapped:
    """Has new work done by the newest root key, and seals what is sealed with it.

    It may be called again, and goes on where another call was cut off: what is done is not done twice.

    Args:
        services: the rooms below.
        caller: the operator, for the log.
        tell: is told, again and again, how many rows were looked at since it was last told.
    """
    ring = services.keys.room.ring
    newest = ring.newest_id
    now = CheckValue(newest, ring.check_value(newest))
    changed = await services.store.write(_use_root, now)
    ring.use(newest)
    rewrapped = unreadable = 0
    for use in SEALED:
        count: _Count | None = _Count()
        while count is not None:
            count = await services.store.write(_rewrap, services, use, count.after)
            if count is not None:
                tell(count.looked_at)
                rewrapped += count.rewrapped
                unreadable += count.unreadable
    _log.info(
        "keys.rewrapped",
        actor=caller.actor,
        root_key=newest,
        root_key_changed=changed,
        rewrapped=rewrapped,
        unreadable=unreadable,
    )
    return KeysRewrapped(newest, rewrapped, unreadable)


def _use_root(unit: Unit, now: CheckValue) -> bool:
    was = unit.installation.check_value()
    return was is not None and was != now and unit.installation.use_root(was, now)


def _rewrap(unit: Unit, services: Services, use: KeyUse, after: str | None) -> _Count | None:
    """Seals the rows of one chunk anew; None: there are no more."""
    rows = unit.key_uses.sealed(use, after, CHUNK)
    if not rows:
        return None
    count = _Count(rows[-1].id, len(rows))
    changed: list[tuple[SealedRow, Sealed]] = []
    for row in rows:
        if row.sealed is None or row.sealed.key_id == services.keys.room.ring.newest_id:
            continue
        place = _PLACES[use](row.id)
        try:
            secret = services.vault.open(row.sealed, **place)
        except SealBroken:
            count.unreadable += 1
        else:
            changed.append((row, services.vault.seal(secret, **place)))
    unit.key_uses.reseal(use, changed)
    count.rewrapped = len(changed)
    return count
