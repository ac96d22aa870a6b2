"""What proves a user who forgot the password: a mailed token or code, or a temporary password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.attempt_keys import PASSWORD, RESET_CODE
from credentials.digests import Purpose
from credentials.model import Role
from credentials.one_time import read_code, read_token
from credentials.policy import open_password
from credentials.secret import Secret
from resolvers.counting import DAY, enter, leave_bucket, owner_key, reserve, typed_key
from resolvers.name_attempts import attempt_at
from resolvers.outcomes import InvalidToken, TooManyAttempts
from resolvers.sign_in import can_sign_in
from store.one_time_secrets import CODES_A_DAY

if TYPE_CHECKING:
    from credentials.hash_queue import Place
    from credentials.model import User
    from resolvers.counted_name import CountedName
    from resolvers.name_attempts import NameAttempt
    from resolvers.services import Origin, Services
    from store.one_time_secrets import ResetSecret
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class Proven:
    """Who was proved: by a one-time secret, or by the present password, which was counted."""

    user: User
    secret: ResetSecret | None
    counted: CountedName | None = None
    present: Secret | None = None


def may_reset(user: User) -> bool:
    """Whether mails bring this user a token: guests and externally managed users get none."""
    return not (user.is_disabled or user.is_external or Role.GUEST in user.roles)


async def prove_token(
    services: Services, origin: Origin, typed: Secret
) -> Proven | InvalidToken | TooManyAttempts:
    """Finds whom a mailed token proves. A right one is not counted: it cannot be guessed."""
    key = typed_key(services, origin, "reset-token", typed.reveal())
    if refusal := await enter(services, origin, key):
        return refusal
    proven = await services.store.write(_token, services, key, typed)
    if isinstance(proven, Proven):
        leave_bucket(services, origin)
    return proven


def _token(
    unit: Unit, services: Services, key: bytes, typed: Secret
) -> Proven | InvalidToken | TooManyAttempts:
    now = services.chance.now()
    if refusal := reserve(unit, services, now, key):
        return refusal
    token = read_token(typed.reveal())
    if token is None:
        return InvalidToken()
    lookups = services.digests.candidates(Purpose.LOOKUP, Purpose.PASSWORD_RESET, token)
    secret = unit.one_time_secrets.by_lookup([digest.value for digest in lookups], now)
    if secret is None or not services.digests.matches(
        secret.token, Purpose.PASSWORD_RESET, secret.user_id, token
    ):
        return InvalidToken()
    unit.attempts.give_back([key])
    return _live(unit, secret)


async def prove_code(
    services: Services, origin: Origin, address: str, typed: Secret
) -> Proven | InvalidToken | TooManyAttempts:
    """Finds whom a typed code proves; counted as a password is, by code, and by user and day."""
    attempt = attempt_at(services, origin, RESET_CODE, address)
    if refusal := await attempt.enter():
        return refusal
    proven = await services.store.write(_code, attempt, typed)
    if isinstance(proven, Proven):
        attempt.leave()
    return proven


def _code(unit: Unit, attempt: NameAttempt, typed: Secret) -> Proven | InvalidToken | TooManyAttempts:
    services, address, now = attempt.services, attempt.typed, attempt.now
    user = unit.users.by_address(address)
    counted = attempt.count(unit, user)
    if isinstance(counted, TooManyAttempts):
        return counted
    owner = "" if user is None else user.id
    secret = unit.one_time_secrets.count_code(owner, now)
    code = read_code(typed.reveal())
    if (
        code is None
        or secret is None
        or secret.code is None
        or not services.digests.matches(secret.code, Purpose.PASSWORD_RESET_CODE, owner, code)
    ):
        # The same statements for everyone; where there is no live code, no mail loses its code by it.
        whose = owner if secret is not None else f"none|{address}"
        unit.attempts.take(owner_key(services, RESET_CODE, whose), now, limit=CODES_A_DAY, window=DAY)
        return InvalidToken()
    counted.take_back(unit)
    unit.one_time_secrets.uncount_code(secret.id)
    return _live(unit, secret)


def _live(unit: Unit, secret: ResetSecret) -> Proven | InvalidToken:
    user = unit.users.by_id(secret.user_id)
    if user is None or user.epoch != secret.epoch or not may_reset(user):
        return InvalidToken()
    return Proven(user, secret)


async def prove_temporary(
    services: Services, origin: Origin, place: Place, address: str, typed: Secret
) -> Proven | InvalidToken | TooManyAttempts:
    """Finds whom a temporary password proves; the same work for every address."""
    attempt = attempt_at(services, origin, PASSWORD, address)
    if refusal := await attempt.enter():
        return refusal
    counted = await services.store.write(_count_and_find, attempt)
    if isinstance(counted, TooManyAttempts):
        return counted
    counted.overtake(place)
    user = counted.user if _has_temporary(counted) else None
    opened = open_password(typed.reveal())
    known = user.verifier if user is not None and isinstance(opened, Secret) else None
    tried = opened if isinstance(opened, Secret) else Secret("")
    right = await services.hashing.prove(place, known, tried)
    if user is None or not right:
        await services.store.write(counted.fail)
        return InvalidToken()
    attempt.leave()
    return Proven(user, None, counted, tried)


def _count_and_find(unit: Unit, attempt: NameAttempt) -> CountedName | TooManyAttempts:
    return attempt.count(unit, unit.users.by_address(attempt.typed))


def _has_temporary(counted: CountedName) -> bool:
    user = counted.user
    if user is None or counted.is_barred or not can_sign_in(user, counted.now):
        return False
    return user.password is not None and user.password.is_temporary
