"""A system's agent exchanges its activation code for the account's password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from credentials.attempt_keys import network_candidates
from credentials.digests import Purpose
from credentials.model import EventKind
from credentials.one_time import read_activation_code, xmpp_password
from credentials.places import account_password
from credentials.secret import Secret
from resolvers.activation_bounds import count, is_used_up, take_back, void_if_full
from resolvers.activation_codes import end_code
from resolvers.after_effects import seal_account
from resolvers.audit import record
from resolvers.counting import enter_bucket, leave_bucket, longest, network_key, reserve, typed_key
from resolvers.outbox import system_effects
from resolvers.outcomes import FieldFault, InvalidInput, InvalidToken, TooManyAttempts
from resolvers.selectors import SystemSelector
from resolvers.shape import faults, refused, text_fault
from store.attempts import Level
from store.systems import Activation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.model import Effect, System
    from resolvers.services import Origin, Services
    from store.unit_of_work import Unit

#: How long the same code from the same network gets the same password again: an answer may be lost.
REPEAT = timedelta(minutes=10)
_ACTIVATED = "activated"


@dataclass(frozen=True, slots=True)
class ActivationAdmission:
    """A system whose live code was presented."""

    activation: Activation

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True)
class SystemActivating:
    """The account's password, and the system that now has to confirm it."""

    system: System
    jid_pbxagent_password: Secret
    effects: Sequence[Effect]


async def admit(
    services: Services, origin: Origin, pbx_id: str, code: Secret
) -> ActivationAdmission | InvalidToken | TooManyAttempts | InvalidInput:
    """Counts the attempt, then compares the code."""
    typed = read_activation_code(code.reveal())
    malformed = None
    if typed is None:
        malformed = FieldFault("activationCode", "MALFORMED", "An activation code has 4 to 16 digits.")
    if wrong := refused(faults(text_fault("pbxId", pbx_id), malformed)):
        return wrong
    refusal = await services.store.read(_is_refused, services, origin, pbx_id)
    if refusal := refusal or enter_bucket(services, origin, services.chance.now()):
        return refusal
    admitted = await services.store.write(_admit, services, origin, pbx_id, typed or Secret(""))
    if isinstance(admitted, ActivationAdmission):
        leave_bucket(services, origin)
    return admitted


def _is_refused(unit: Unit, services: Services, origin: Origin, pbx_id: str) -> TooManyAttempts | None:
    now = services.chance.now()
    found = SystemSelector(pbx_id=pbx_id).find(unit)
    if found is not None and _has_live_code(found, now):
        return is_used_up(unit, services, origin, now)
    level = Level(typed_key(services, origin, "activation", pbx_id))
    return longest(unit.attempts.waits([level], now), now)


def _admit(
    unit: Unit, services: Services, origin: Origin, pbx_id: str, code: Secret
) -> ActivationAdmission | InvalidToken | TooManyAttempts:
    now = services.chance.now()
    found = SystemSelector(pbx_id=pbx_id).find(unit)
    if found is None or not _has_live_code(found, now):
        key = typed_key(services, origin, "activation", pbx_id)
        return reserve(unit, services, now, key) or InvalidToken()
    counted = count(unit, services, origin, found, now)
    if not isinstance(counted, Activation):
        return counted
    if counted.code is not None and services.digests.matches(
        counted.code, Purpose.SYSTEM_ACTIVATION, counted.system.id, code
    ):
        take_back(unit, services, origin, counted)
        return ActivationAdmission(counted)
    void_if_full(unit, services, counted, now)
    _note(unit, services, origin, EventKind.SYSTEM_ACTIVATING, counted.system, now, "INVALID_TOKEN")
    return InvalidToken()


def _has_live_code(found: Activation, now: datetime) -> bool:
    expires_at = found.system.code_expires_at
    return found.code is not None and expires_at is not None and expires_at > now


async def activate_system(
    services: Services, origin: Origin, admission: ActivationAdmission
) -> SystemActivating | InvalidToken:
    """Gives the password; within ten minutes the same one again, to the same network only."""
    return await services.store.write(_activate, services, origin, admission.activation)


def _activate(
    unit: Unit, services: Services, origin: Origin, admitted: Activation
) -> SystemActivating | InvalidToken:
    now = services.chance.now()
    found = unit.systems.by_id(admitted.system.id, hold=True)
    if found is None or found.code != admitted.code:
        return InvalidToken()
    if found.activated_at is None:
        network = network_key(services, origin, _ACTIVATED)
        begun = unit.systems.begin_activation(found.system, network, now)
        return InvalidToken() if begun is None else _give_password(unit, services, origin, begun, now)
    if found.activated_network not in network_candidates(services.digests, origin.network, _ACTIVATED):
        end_code(unit, services, found.system, now)
        _note(unit, services, origin, EventKind.SYSTEM_RESET, found.system, now, None)
        return InvalidToken()
    account = unit.xmpp_accounts.password(found.system.jid_pbxagent)
    if now >= found.activated_at + REPEAT or account is None or account.sealed is None:
        return InvalidToken()
    password = services.vault.open(account.sealed, **account_password(account.jid))
    return SystemActivating(found.system, password, [])


def _give_password(
    unit: Unit, services: Services, origin: Origin, system: System, now: datetime
) -> SystemActivating:
    password = xmpp_password(services.chance)
    seal_account(unit, services, system.jid_pbxagent, password)
    effects = unit.effects.add(system_effects(services, system, now))
    _note(unit, services, origin, EventKind.SYSTEM_ACTIVATING, system, now, None)
    return SystemActivating(system, password, effects)


def _note(
    unit: Unit,
    services: Services,
    origin: Origin,
    kind: EventKind,
    system: System,
    now: datetime,
    code: str | None,
) -> None:
    actor = f"system:{system.id}" if code is None else "anonymous"
    record(unit, services, origin, kind, now=now, actor=actor, code=code, system_id=system.id)
