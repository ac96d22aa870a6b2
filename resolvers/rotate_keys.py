"""A new signing key: published now and signing in an hour; or at once, where an old one is in wrong hands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from credentials.key_schedule import Entry, KeySchedule, KeyState
from credentials.signing_keys import SigningKey
from resolvers.known_keys import open_keys, seal_key
from resolvers.outcomes import Conflict

if TYPE_CHECKING:
    from datetime import datetime

    from resolvers.services import OperatorCaller, Services
    from store.signing_keys import KeptKey
    from store.unit_of_work import Unit

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KeysRotated:
    """The new key with its times, which keys were dropped, and how many sessions ended."""

    entry: Entry
    dropped: list[str]
    revoked_sessions: int


async def rotate_keys(services: Services, caller: OperatorCaller, *, at_once: bool) -> KeysRotated | Conflict:
    """Makes a signing key; a Conflict where one waits already.

    Args:
        services: the rooms below.
        caller: the operator, for the log.
        at_once: drops all other keys, a waiting one too, and ends every session in the same transaction.
    """
    now = services.chance.now()
    new = seal_key(SigningKey.new(services.chance), now, services.vault)
    done = await services.store.write(_rotate, services, new, now, at_once=at_once)
    if isinstance(done, Conflict):
        return done
    await services.keys.load()
    _log.info(
        "keys.rotated",
        actor=caller.actor,
        kid=new.kid,
        signs_from=done.entry.signs_from.isoformat(),
        at_once=at_once,
        dropped=done.dropped,
        revoked_sessions=done.revoked_sessions,
    )
    return done


def _rotate(
    unit: Unit, services: Services, new: KeptKey, now: datetime, *, at_once: bool
) -> KeysRotated | Conflict:
    held = unit.signing_keys.hold()
    if not at_once and any(each.state is KeyState.WAITING for each in _entries(services, held, now)):
        return Conflict("A new signing key waits already; rekey keys status says from when it signs.")
    dropped = [key.kid for key in held] if at_once else []
    unit.signing_keys.add(new)
    unit.signing_keys.drop(dropped)
    ended = unit.sessions.end_every(now) if at_once else 0
    entries = _entries(services, [new] if at_once else [new, *held], now)
    return KeysRotated(entries[0], dropped, ended)


def _entries(services: Services, kept: list[KeptKey], now: datetime) -> list[Entry]:
    dated = open_keys(kept, services.vault)
    return KeySchedule(dated, services.rules.access_token_ttl).entries(now)
