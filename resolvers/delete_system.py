"""Delete a system; its XMPP account gets a password that nobody holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.model import EventKind
from resolvers.administration import act
from resolvers.audit import record
from resolvers.outbox import system_effects
from resolvers.outcomes import SystemNotFound, Unauthenticated

if TYPE_CHECKING:
    from resolvers.selectors import SystemSelector
    from resolvers.services import Caller, Origin, Services
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class SystemDeleted:
    """The system is gone; its id is not used again."""


async def delete_system(
    services: Services, origin: Origin, caller: Caller, system: SystemSelector
) -> SystemDeleted | SystemNotFound | Unauthenticated:
    """Deletes a system."""
    return await act(services, caller, _delete, services, origin, caller, system)


def _delete(
    unit: Unit, services: Services, origin: Origin, caller: Caller, selector: SystemSelector
) -> SystemDeleted | SystemNotFound:
    found = selector.find(unit)
    if found is None or not unit.systems.delete(found.system.id):
        return SystemNotFound()
    now = services.chance.now()
    # The account's row is gone: the relay makes up a password for an account that has none.
    unit.effects.add(system_effects(services, found.system, now))
    record(
        unit,
        services,
        origin,
        EventKind.SYSTEM_DELETED,
        now=now,
        actor=caller.actor,
        system_id=found.system.id,
    )
    return SystemDeleted()
