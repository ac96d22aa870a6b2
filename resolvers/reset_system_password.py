"""An administrator resets a system: a new activation code, and nothing that worked before works now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.model import EventKind
from resolvers.activation_codes import digits_fault, give_code
from resolvers.administration import act
from resolvers.audit import record
from resolvers.outcomes import Conflict, InvalidInput, SystemNotFound, Unauthenticated
from resolvers.selectors import SystemSelector
from resolvers.shape import faults, refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.model import Effect, System, SystemStatus
    from credentials.secret import Secret
    from resolvers.services import Caller, Origin, Services
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class SystemReset:
    """The system waits for its agent; the code is shown once."""

    system: System
    previous_status: SystemStatus
    activation_code: Secret
    activation_code_expires_at: datetime
    effects: Sequence[Effect]


async def reset_system_password(
    services: Services, origin: Origin, caller: Caller, system_id: str, code_digits: int | None
) -> SystemReset | SystemNotFound | InvalidInput | Conflict | Unauthenticated:
    """Gives a system a new activation code and sets it CREATED."""
    if wrong := refused(faults(digits_fault(code_digits))):
        return wrong
    return await act(services, caller, _reset, services, origin, caller, system_id, code_digits)


def _reset(
    unit: Unit, services: Services, origin: Origin, caller: Caller, system_id: str, digits: int | None
) -> SystemReset | SystemNotFound | Conflict:
    now = services.chance.now()
    found = SystemSelector(id=system_id).find(unit)
    if found is None:
        return SystemNotFound()
    given = give_code(unit, services, found.system, digits, now)
    record(
        unit,
        services,
        origin,
        EventKind.SYSTEM_RESET,
        now=now,
        actor=caller.actor,
        code="CONFLICT" if given is None else None,
        system_id=found.system.id,
    )
    if given is None:
        return Conflict()
    return SystemReset(given.system, found.system.status, given.code, given.expires_at, given.effects)
