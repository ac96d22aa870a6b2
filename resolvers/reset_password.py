"""Set a new password by a one-time secret: proved first, spent in the transaction that sets it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.hashing import Overload
from credentials.kinds import LetterName
from credentials.model import EventKind
from credentials.secret import Secret
from resolvers.after_effects import close_access
from resolvers.audit import record
from resolvers.authenticate import check_application
from resolvers.counting import forget_failures
from resolvers.outbox import letter
from resolvers.outcomes import (
    FieldFault,
    InvalidInput,
    InvalidToken,
    Overloaded,
    PasswordRejected,
    TooManyAttempts,
    Unauthenticated,
)
from resolvers.replacing import against_user, seal_new, swap, too_guessable
from resolvers.reset_proofs import Proven, prove_code, prove_temporary, prove_token
from resolvers.shape import faults, location_faults, new_password, refused, text_fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.hash_queue import Place
    from credentials.model import ApiKey, Effect, User
    from resolvers.replacing import Replacement
    from resolvers.selectors import GeoPoint
    from resolvers.services import Origin, Services
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class ResetRequest:
    """The input: exactly one of the three proofs."""

    token: Secret | None
    code: Secret | None
    temporary_password: Secret | None
    email_address: str | None
    new_password: Secret
    repeat: Secret | None
    api_key: Secret | None
    location: GeoPoint | None


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """The password is the new one, and everything that was open has ended."""

    system_user_id: int
    revoked_sessions: int
    effects: Sequence[Effect]


Refused = InvalidToken | PasswordRejected | InvalidInput | TooManyAttempts | Overloaded | Unauthenticated


@dataclass(frozen=True, slots=True)
class ResetAdmission:
    """A proven user, the password to be set, and the place in the queue that was reserved for it."""

    held: ExitStack
    place: Place
    proven: Proven
    request: ResetRequest
    new: Secret
    application: ApiKey | None

    def close(self) -> None:
        """Gives the place back."""
        self.held.close()


async def admit(services: Services, origin: Origin, request: ResetRequest) -> ResetAdmission | Refused:
    """Checks the shape, reserves a place, counts, and finds whom the secret proves."""
    new = _shape(services, request)
    if isinstance(new, InvalidInput | PasswordRejected):
        return new
    application = await check_application(services, origin, request.api_key)
    if isinstance(application, InvalidInput | Unauthenticated):
        return application
    place = services.hashing.reserve(origin.site)
    if isinstance(place, Overload):
        return Overloaded(place.retry_after)
    with ExitStack() as held:
        held.enter_context(place)
        if rejected := await too_guessable(services, place, new):
            return rejected
        proven = await _prove(services, origin, place, request)
        if isinstance(proven, Proven):
            return ResetAdmission(held.pop_all(), place, proven, request, new, application)
    if isinstance(proven, InvalidToken):
        await services.store.write(_note, services, origin, request.location, application, "INVALID_TOKEN")
        await services.deadline.keep(place)
    return proven


def _shape(services: Services, request: ResetRequest) -> Secret | InvalidInput | PasswordRejected:
    found = [*faults(text_fault("emailAddress", request.email_address)), *location_faults(request.location)]
    if request.token is None and request.email_address is None:
        message = "emailAddress says whose code or temporary password it is."
        found.append(FieldFault("emailAddress", "REQUIRED", message))
    if wrong := refused(found):
        return wrong
    return new_password(services.policy, "newPassword", request.new_password, request.repeat)


async def _prove(
    services: Services, origin: Origin, place: Place, request: ResetRequest
) -> Proven | InvalidToken | TooManyAttempts:
    address = request.email_address or ""
    if request.token is not None:
        return await prove_token(services, origin, request.token)
    if request.code is not None:
        return await prove_code(services, origin, address, request.code)
    typed = request.temporary_password or Secret("")
    return await prove_temporary(services, origin, place, address, typed)


async def reset_password(
    services: Services, origin: Origin, admission: ResetAdmission
) -> PasswordReset | InvalidToken | PasswordRejected:
    """Sets the new password and spends what proved it, both or neither."""
    place, proven = admission.place, admission.proven
    rejected = await against_user(services, place, proven.user, admission.new, present=proven.present)
    if rejected is not None:
        return await services.store.write(_reject, services, origin, admission, rejected)
    replacement = await seal_new(services, place, admission.new)
    return await services.store.write(_swap, services, origin, admission, replacement)


def _reject(
    unit: Unit,
    services: Services,
    origin: Origin,
    admission: ResetAdmission,
    rejected: PasswordRejected | InvalidToken,
) -> PasswordRejected | InvalidToken:
    if admission.proven.counted is not None:
        admission.proven.counted.take_back(unit)
    code = "INVALID_TOKEN" if isinstance(rejected, InvalidToken) else "PASSWORD_REJECTED"
    user = admission.proven.user
    _note(unit, services, origin, admission.request.location, admission.application, code, user)
    return rejected


def _swap(
    unit: Unit, services: Services, origin: Origin, admission: ResetAdmission, replacement: Replacement
) -> PasswordReset | PasswordRejected | InvalidToken:
    user, secret, now = admission.proven.user, admission.proven.secret, services.chance.now()
    # The user first, as whoever strikes a secret or ends them all: none waits for one who waits for it.
    unit.users.by_id(user.id, hold=True)
    if secret is not None and not unit.one_time_secrets.spend(secret.id, now):
        return _reject(unit, services, origin, admission, InvalidToken())
    if swap(unit, services, user, replacement, now) is None:
        return _reject(unit, services, origin, admission, InvalidToken())
    forget_failures(unit, services, user)
    mail = letter(services, LetterName.PASSWORD_RESET, user, now, tells={"address": origin.address})
    closed = close_access(unit, services, user, now, [mail])
    _note(unit, services, origin, admission.request.location, admission.application, None, user)
    return PasswordReset(user.system_user_id, closed.revoked_sessions, closed.effects)


def _note(
    unit: Unit,
    services: Services,
    origin: Origin,
    location: GeoPoint | None,
    application: ApiKey | None,
    code: str | None,
    user: User | None = None,
) -> None:
    record(
        unit,
        services,
        origin,
        EventKind.PASSWORD_RESET,
        now=services.chance.now(),
        actor="anonymous" if user is None else f"user:{user.id}",
        code=code,
        user_id=None if user is None else user.id,
        api_key_id=None if application is None else application.id,
        location=location,
    )
