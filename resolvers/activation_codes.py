"""A system's activation code: made, put on its XMPP account, and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from credentials.digests import Purpose
from credentials.one_time import activation_code
from resolvers.after_effects import renew, seal_account
from resolvers.outbox import system_effects
from resolvers.outcomes import FieldFault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.model import Effect, System
    from credentials.secret import Secret
    from resolvers.services import Services
    from store.unit_of_work import Unit

#: How many digits a code may have: the contract's figures.
FEWEST_DIGITS = 4
MOST_DIGITS = 16


class NewCode(NamedTuple):
    """A system that waits for its agent, and the code that the agent types."""

    system: System
    code: Secret
    expires_at: datetime
    effects: Sequence[Effect]


def digits_fault(digits: int | None) -> FieldFault | None:
    """What is wrong with a number of digits."""
    if digits is None or FEWEST_DIGITS <= digits <= MOST_DIGITS:
        return None
    message = f"codeDigits is a number from {FEWEST_DIGITS} to {MOST_DIGITS}."
    return FieldFault("codeDigits", "OUT_OF_RANGE", message, {"min": FEWEST_DIGITS, "max": MOST_DIGITS})


def give_code(
    unit: Unit, services: Services, system: System, digits: int | None, now: datetime
) -> NewCode | None:
    """Gives a system a new code in place of all it had; None: somebody else changed it in between."""
    digits = digits or services.rules.activation_code_digits
    code = activation_code(services.chance, digits)
    digest = services.digests.digest(Purpose.SYSTEM_ACTIVATION, system.id, code)
    expires_at = now + services.rules.activation_code_ttl
    changed = unit.systems.give_code(system, digest, digits=digits, expires_at=expires_at, now=now)
    if changed is None:
        return None
    if services.rules.xmpp_activation_code:
        seal_account(unit, services, system.jid_pbxagent, code, is_code=True)
    else:
        renew(unit, services, system.jid_pbxagent)
    return NewCode(changed, code, expires_at, unit.effects.add(system_effects(services, system, now)))


def end_code(unit: Unit, services: Services, system: System, now: datetime) -> System | None:
    """Ends a code: status CREATED, and a random password that nobody holds on the account."""
    changed = unit.systems.end_code(system, now)
    if changed is not None:
        renew(unit, services, system.jid_pbxagent)
        unit.effects.add(system_effects(services, system, now))
    return changed
