"""Make an API key for an application: it always expires, and it is shown once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from credentials.digests import Purpose
from credentials.model import ApiKey, EventKind, Role
from credentials.one_time import api_key as new_api_key
from credentials.secret import Secret
from resolvers.administration import act, needs_fresh_sign_in, tell_administrators
from resolvers.audit import record
from resolvers.outcomes import FieldFault, Forbidden, InvalidInput, ReauthenticationRequired, Unauthenticated
from resolvers.shape import faults, refused, text_fault

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.digests import Digest
    from resolvers.services import Caller, Origin, Services
    from store.unit_of_work import Unit

#: How long a key lives where nothing is said, and at most: the contract's figures.
USUAL_LIFE = timedelta(days=90)
LONGEST_LIFE = timedelta(days=365)
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class ApiKeyCreated:
    """The key, shown once."""

    id: str
    api_key: Secret
    expires_at: datetime


Refused = InvalidInput | Forbidden | ReauthenticationRequired | Unauthenticated


async def create_api_key(
    services: Services, origin: Origin, caller: Caller, name: str, role: Role, expires_at: datetime | None
) -> ApiKeyCreated | Refused:
    """Makes a key; needs a fresh sign-in, and no key makes keys."""
    if refusal := needs_fresh_sign_in(services, caller):
        return refusal
    now = services.chance.now()
    until = expires_at or now + USUAL_LIFE
    found = faults(text_fault("name", name, MAX_NAME), _role_fault(role), _life_fault(until, now))
    if wrong := refused(found):
        return wrong
    key_id = services.chance.new_id()
    shown = new_api_key(services.chance, key_id)
    key = ApiKey(
        id=key_id,
        name=name,
        role=role,
        created_by=caller.actor,
        created_at=now,
        expires_at=until,
        revoked_at=None,
        last_used_at=None,
        last_used_address=None,
    )
    digest = _digest(services, key_id, shown)
    if denial := await act(services, caller, _create, services, origin, caller, key, digest):
        return denial
    return ApiKeyCreated(key.id, shown, until)


def _digest(services: Services, key_id: str, shown: Secret) -> Digest:
    secret = Secret(shown.reveal().removeprefix(f"rk_{key_id}_"))
    return services.digests.digest(Purpose.API_KEY, key_id, secret)


def _role_fault(role: Role) -> FieldFault | None:
    if role in (Role.ADMIN, Role.USER):
        return None
    return FieldFault("role", "NOT_ALLOWED", "A key has the role ADMIN or USER.")


def _life_fault(until: datetime, now: datetime) -> FieldFault | None:
    if now < until <= now + LONGEST_LIFE:
        return None
    return FieldFault("expiresAt", "OUT_OF_RANGE", "A key expires in the future, within 365 days.")


def _create(
    unit: Unit, services: Services, origin: Origin, caller: Caller, key: ApiKey, digest: Digest
) -> None:
    unit.api_keys.add(key, digest)
    tell_administrators(unit, services, caller, key.created_at, what="API_KEY_CREATED", subject=key.name)
    record(
        unit,
        services,
        origin,
        EventKind.API_KEY_CREATED,
        now=key.created_at,
        actor=caller.actor,
        api_key_id=key.id,
    )
