"""How many wrong codes there may be: by network, by code, by system and over the whole service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from resolvers.activation_codes import end_code
from resolvers.counting import DAY, network_limits, owner_key, too_many
from resolvers.outcomes import InvalidToken, TooManyAttempts

if TYPE_CHECKING:
    from datetime import datetime

    from resolvers.services import Origin, Services
    from store.systems import Activation
    from store.unit_of_work import Unit

#: Wrong codes that void a code; a day from one network, over all systems; a day for one system, however
#: many codes it was given: the contract's figures.
FOR_ONE_CODE = 5
FROM_A_NETWORK = 20
FOR_A_SYSTEM = 10
#: Codes so long are bound by the network's count alone: twelve digits cannot be guessed at that rate.
LONG_CODE = 12

_DOOR = "activation"
_SERVICE = "service"
_log = structlog.get_logger()


def is_used_up(unit: Unit, services: Services, origin: Origin, now: datetime) -> TooManyAttempts | None:
    """Whether this network had its wrong codes of the day; nothing is counted."""
    until = unit.attempts.full(network_limits(services, origin, _DOOR, FROM_A_NETWORK), now)
    return None if until is None else too_many(until, now)


def count(
    unit: Unit, services: Services, origin: Origin, found: Activation, now: datetime
) -> Activation | InvalidToken | TooManyAttempts:
    """Counts an attempt on a live code as wrong, before the code is looked at.

    What comes back is the system as it is once the attempt is counted; nobody else can count until the
    transaction ends.
    """
    taken: list[bytes] = []
    for key, limit in _daily(services, origin, found):
        until = unit.attempts.take(key, now, limit=limit, window=DAY)
        if until is not None:
            unit.attempts.give_back(taken)
            return _used_up(unit, services, found, key, until, now)
        taken.append(key)
    most = None if _is_long(found) else FOR_ONE_CODE
    return unit.systems.count_code(found.system, most, now) or InvalidToken()


def take_back(unit: Unit, services: Services, origin: Origin, found: Activation) -> None:
    """Takes back the attempt of a code that was right."""
    unit.attempts.give_back([key for key, _ in _daily(services, origin, found)])
    unit.systems.uncount_code(found.system)


def void_if_full(unit: Unit, services: Services, counted: Activation, now: datetime) -> None:
    """Ends a code that has just taken the last wrong one of its own or of its system's day.

    The alarm is raised where it was the service's last.
    """
    if _is_long(counted):
        return
    if _is_full(unit, _of_system(services, counted), now):
        _lock(unit, services, counted, now)
    elif counted.code_failures >= FOR_ONE_CODE:
        end_code(unit, services, counted.system, now)
    if _is_full(unit, _of_service(services), now):
        _alarm(services)


def _is_full(unit: Unit, limit: tuple[bytes, int], now: datetime) -> bool:
    return unit.attempts.full([limit], now) is not None


def _used_up(
    unit: Unit, services: Services, found: Activation, key: bytes, until: datetime, now: datetime
) -> TooManyAttempts:
    if key == _of_system(services, found)[0]:
        _lock(unit, services, found, now)
    elif key == _of_service(services)[0]:
        _alarm(services)
    return too_many(until, now)


def _lock(unit: Unit, services: Services, found: Activation, now: datetime) -> None:
    end_code(unit, services, found.system, now)
    _log.warning("activation.system_locked", system_id=found.system.id)


def _alarm(services: Services) -> None:
    _log.error("activation.budget_used_up", budget=services.rules.activation_budget)


def _daily(services: Services, origin: Origin, found: Activation) -> list[tuple[bytes, int]]:
    counts = network_limits(services, origin, _DOOR, FROM_A_NETWORK)
    return counts if _is_long(found) else [*counts, _of_system(services, found), _of_service(services)]


def _of_system(services: Services, found: Activation) -> tuple[bytes, int]:
    return owner_key(services, _DOOR, found.system.id), FOR_A_SYSTEM


def _of_service(services: Services) -> tuple[bytes, int]:
    return owner_key(services, _DOOR, _SERVICE), services.rules.activation_budget


def _is_long(found: Activation) -> bool:
    return found.code_digits is not None and found.code_digits >= LONG_CODE
