"""Activation codes that are over: their systems wait again, and nobody holds their XMPP password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.kinds import EventKind
from resolvers.activation_codes import end_code
from resolvers.audit import record
from resolvers.services import Origin

if TYPE_CHECKING:
    from resolvers.services import Services
    from store.unit_of_work import Unit

#: How many are ended in one transaction: others have to write in between.
BATCH = 100


async def expire_activation_codes(services: Services) -> int:
    """Ends the codes that are over and says how many, at most `BATCH` at a time."""
    return await services.store.write(_expire, services)


def _expire(unit: Unit, services: Services) -> int:
    now = services.chance.now()
    over = unit.systems.with_dead_codes(now, BATCH)
    ended = [system for system in over if end_code(unit, services, system, now) is not None]
    origin = Origin(request_id="sweep")
    for system in ended:
        record(
            unit,
            services,
            origin,
            EventKind.SYSTEM_RESET,
            now=now,
            actor=f"system:{system.id}",
            system_id=system.id,
        )
    return len(ended)
