"""Have a failed or skipped delivery tried again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from resolvers.administration import act
from resolvers.outcomes import Conflict, NotFound, Unauthenticated
from resolvers.selectors import storable

if TYPE_CHECKING:
    from credentials.model import Effect
    from resolvers.services import Caller, Services
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class DeliveryRetried:
    """The effect is due now."""

    effect: Effect


async def retry_delivery(
    services: Services, caller: Caller, effect_id: str
) -> DeliveryRetried | NotFound | Conflict | Unauthenticated:
    """Makes a failed or skipped effect due now. One that is pending or delivered is a `Conflict`."""
    return await act(services, caller, _retry, services, storable(effect_id))


def _retry(unit: Unit, services: Services, effect_id: str) -> DeliveryRetried | NotFound | Conflict:
    effect = unit.effects.retry(effect_id, services.chance.now())
    if effect is not None:
        return DeliveryRetried(effect)
    if unit.effects.find(effect_id) is None:
        return NotFound()
    return Conflict("Only a failed or skipped delivery is tried again.")
