"""A system's agent shows that its new password arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.model import EventKind, SystemStatus
from credentials.places import account_password
from resolvers.audit import record
from resolvers.counting import enter, leave_bucket, reserve, typed_key
from resolvers.outcomes import InvalidToken, TooManyAttempts
from resolvers.selectors import SystemSelector
from resolvers.shape import MAX_SECRET, text_fault

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model import System
    from credentials.secret import Secret
    from resolvers.services import Origin, Services
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class ConfirmationAdmission:
    """A system whose account's present password was shown."""

    system: System

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True)
class SystemActivated:
    """The system is ACTIVATED, now or already."""

    system: System


async def admit(
    services: Services, origin: Origin, pbx_id: str, password: Secret
) -> ConfirmationAdmission | InvalidToken | TooManyAttempts:
    """Counts the attempt, then compares the password."""
    if text_fault("pbxId", pbx_id) is not None or len(password.reveal()) > MAX_SECRET:
        return InvalidToken()
    key = typed_key(services, origin, "confirmation", pbx_id)
    if refusal := await enter(services, origin, key):
        return refusal
    admitted = await services.store.write(_admit, services, pbx_id, password, key)
    if isinstance(admitted, ConfirmationAdmission):
        leave_bucket(services, origin)
    return admitted


def _admit(
    unit: Unit, services: Services, pbx_id: str, password: Secret, key: bytes
) -> ConfirmationAdmission | InvalidToken | TooManyAttempts:
    now = services.chance.now()
    if refusal := reserve(unit, services, now, key):
        return refusal
    found = SystemSelector(pbx_id=pbx_id).find(unit)
    if found is None or not _waits_or_is_done(found.system, now):
        return InvalidToken()
    account = unit.xmpp_accounts.password(found.system.jid_pbxagent)
    if account is None or account.sealed is None:
        return InvalidToken()
    if services.vault.open(account.sealed, **account_password(account.jid)) != password:
        return InvalidToken()
    unit.attempts.clear([key])
    return ConfirmationAdmission(found.system)


def _waits_or_is_done(system: System, now: datetime) -> bool:
    if system.status is SystemStatus.ACTIVATING:
        return system.code_expires_at is not None and system.code_expires_at > now
    return system.status is SystemStatus.ACTIVATED


async def confirm_system_activation(
    services: Services, origin: Origin, admission: ConfirmationAdmission
) -> SystemActivated | InvalidToken:
    """Sets ACTIVATED; asked again it answers the same."""
    return await services.store.write(_confirm, services, origin, admission.system)


def _confirm(
    unit: Unit, services: Services, origin: Origin, system: System
) -> SystemActivated | InvalidToken:
    if system.status is SystemStatus.ACTIVATED:
        return SystemActivated(system)
    now = services.chance.now()
    changed = unit.systems.confirm(system, now)
    if changed is None:
        return _after_another(unit, system)
    record(
        unit,
        services,
        origin,
        EventKind.SYSTEM_ACTIVATED,
        now=now,
        actor=f"system:{system.id}",
        system_id=system.id,
    )
    return SystemActivated(changed)


def _after_another(unit: Unit, system: System) -> SystemActivated | InvalidToken:
    # The same confirmation twice at once: the epoch turned by exactly the other one.
    found = unit.systems.by_id(system.id)
    if found is None or found.system.status is not SystemStatus.ACTIVATED:
        return InvalidToken()
    return SystemActivated(found.system) if found.system.epoch == system.epoch + 1 else InvalidToken()
