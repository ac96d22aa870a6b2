"""A proven user's password is replaced: the rules that need the user, then the swap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from credentials.policy import PolicyRule, Violation, context_words
from resolvers.outcomes import PasswordRejected

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.hash_queue import Place
    from credentials.hashing import Verifier
    from credentials.model import User
    from credentials.secret import Secret
    from resolvers.services import Services
    from store.unit_of_work import Unit

REUSED = Violation(
    PolicyRule.REUSED,
    "This password was used before.",
    "Choose one that this account has not had.",
)


@dataclass(frozen=True, slots=True)
class Replacement:
    """What takes the place of a user's verifier, and until when it opens what."""

    verifier: Verifier
    expires_at: datetime | None
    is_temporary: bool


async def too_guessable(
    services: Services, place: Place, new: Secret, field: str = "newPassword"
) -> PasswordRejected | None:
    """The rule of the password's shape that is too slow for the event loop."""
    violations = await services.hashing.run(place, services.policy.guessability, new)
    return PasswordRejected(violations, field) if violations else None


async def against_user(
    services: Services, place: Place, user: User, new: Secret, *, present: Secret | None = None
) -> PasswordRejected | None:
    """The rules that need the user, CONTEXT and REUSED: only after the proof.

    `present` is the password that was just proved, where there is one: it may not be set again.
    """
    names = (user.username, user.email_address, user.full_name)
    leaning = await against_words(services, place, new, names)
    violations = [] if leaning is None else list(leaning.violations)
    if present == new or await _was_used(services, place, user, new):
        violations.append(REUSED)
    return PasswordRejected(violations) if violations else None


async def against_words(
    services: Services,
    place: Place,
    new: Secret,
    names: tuple[str, str, str | None],
    field: str = "newPassword",
) -> PasswordRejected | None:
    """The rule CONTEXT for a user of this username, address and full name."""
    violations = await services.hashing.run(place, services.policy.context, new, context_words(*names))
    return PasswordRejected(violations, field) if violations else None


async def _was_used(services: Services, place: Place, user: User, new: Secret) -> bool:
    size = services.policy.policy.history_size
    if not size:
        return False
    former = await services.store.read(lambda unit: unit.verifiers.former(user.id, size))
    for verifier in [user.verifier, *former][:size]:
        if verifier is not None and await services.hashing.prove(place, verifier, new):
            return True
    return False


async def seal_new(services: Services, place: Place, new: Secret) -> Replacement:
    """A password to stay, until the operator's maximum age if there is one."""
    verifier = await services.hashing.seal(place, new)
    days = services.policy.policy.max_age_days
    expires_at = None if days is None else services.chance.now() + timedelta(days=days)
    return Replacement(verifier, expires_at, is_temporary=False)


async def seal_temporary(services: Services, place: Place, new: Secret) -> Replacement:
    """A password that opens only the change to a real one, once, for a while."""
    verifier = await services.hashing.seal(place, new)
    expires_at = services.chance.now() + services.rules.temporary_password_ttl
    return Replacement(verifier, expires_at, is_temporary=True)


def swap(unit: Unit, services: Services, user: User, replacement: Replacement, now: datetime) -> User | None:
    """Replaces the verifier where the user's epoch is the one that was read; None: it turned."""
    return unit.verifiers.replace(
        user,
        replacement.verifier,
        at=now,
        expires_at=replacement.expires_at,
        is_temporary=replacement.is_temporary,
        history=services.policy.policy.history_size,
    )
