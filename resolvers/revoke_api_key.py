"""End an API key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.model import EventKind
from resolvers.administration import act
from resolvers.audit import record
from resolvers.outcomes import NotFound, Unauthenticated
from resolvers.selectors import storable

if TYPE_CHECKING:
    from resolvers.services import Caller, Origin, Services
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class ApiKeyRevoked:
    """The key opens nothing any more."""


async def revoke_api_key(
    services: Services, origin: Origin, caller: Caller, key_id: str
) -> ApiKeyRevoked | NotFound | Unauthenticated:
    """Ends a key at once."""
    return await act(services, caller, _revoke, services, origin, caller, storable(key_id))


def _revoke(
    unit: Unit, services: Services, origin: Origin, caller: Caller, key_id: str
) -> ApiKeyRevoked | NotFound:
    now = services.chance.now()
    if not unit.api_keys.revoke(key_id, now):
        return NotFound()
    record(
        unit,
        services,
        origin,
        EventKind.API_KEY_REVOKED,
        now=now,
        actor=caller.actor,
        api_key_id=key_id,
    )
    return ApiKeyRevoked()
