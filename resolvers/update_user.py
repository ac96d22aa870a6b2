"""Change a user's profile, address, roles or state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from credentials.kinds import LetterName
from credentials.model import EventKind, Role
from resolvers.administration import (
    act,
    hold,
    loses_last_administrator,
    needs_fresh_sign_in,
    tell_administrators,
    user_id_of,
)
from resolvers.after_effects import close_access
from resolvers.audit import record
from resolvers.outbox import letter
from resolvers.outcomes import (
    AlreadyExists,
    Conflict,
    FieldFault,
    Forbidden,
    InvalidInput,
    ReauthenticationRequired,
    Unauthenticated,
    UserNotFound,
)
from resolvers.shape import refused
from resolvers.user_input import profile_faults, required_faults

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.model import User
    from resolvers.selectors import UserSelector
    from resolvers.services import Caller, Origin, Services
    from resolvers.user_input import UserChanges
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class UserUpdated:
    """The user as they are now."""

    user: User


Refused = (
    UserNotFound
    | AlreadyExists
    | InvalidInput
    | Conflict
    | Forbidden
    | ReauthenticationRequired
    | Unauthenticated
)
#: Fields that may be left out and not be emptied.
_NEVER_NULL = {
    "email_address": "emailAddress",
    "locale": "locale",
    "time_zone": "timeZone",
    "roles": "roles",
    "is_disabled": "isDisabled",
}
#: Fields whose change makes every session stale, and is told where it happens to an administrator.
_GRAVE = ("email_address", "roles", "is_disabled")


async def update_user(
    services: Services, origin: Origin, caller: Caller, user: UserSelector, changes: UserChanges
) -> UserUpdated | Refused:
    """Changes what was sent, and nothing else."""
    sent = changes.sent()
    if wrong := refused([*required_faults(sent, _NEVER_NULL), *profile_faults(sent)]):
        return wrong
    return await act(services, caller, _update, services, origin, caller, user, sent)


def _update(
    unit: Unit,
    services: Services,
    origin: Origin,
    caller: Caller,
    selector: UserSelector,
    sent: dict[str, Any],
) -> UserUpdated | Refused:
    user = hold(unit, selector)
    if user is None:
        return UserNotFound()
    grave = {name: sent[name] for name in _GRAVE if name in sent and _differs(user, name, sent[name])}
    if refusal := _may(unit, services, caller, user, sent, grave):
        return refusal
    now = services.chance.now()
    if "email_address" in grave:
        names = [user.username, sent["email_address"]]
        if unit.users.claim_names(user.id, names) is not None:
            unit.users.claim_names(user.id, [user.username, user.email_address])
            return AlreadyExists("emailAddress")
    changed = unit.users.change(user.id, user.epoch, _columns(sent), turn=bool(grave))
    return Conflict() if changed is None else _changed(unit, services, origin, caller, user, changed, now)


def _differs(user: User, name: str, value: object) -> bool:
    return set(user.roles) != set(value) if isinstance(value, list | tuple) else getattr(user, name) != value


def _may(
    unit: Unit,
    services: Services,
    caller: Caller,
    user: User,
    sent: dict[str, Any],
    grave: dict[str, Any],
) -> InvalidInput | Conflict | Forbidden | ReauthenticationRequired | None:
    granted = Role.ADMIN in grave.get("roles", ())
    is_gravest = (user.is_admin and grave) or granted
    if is_gravest and (refusal := needs_fresh_sign_in(services, caller)):
        return refusal
    if found := _own_faults(caller, user, grave) + _expiry_faults(user, sent):
        return InvalidInput(found)
    ends = grave.get("is_disabled") or ("roles" in grave and not granted)
    return Conflict(LAST) if ends and loses_last_administrator(unit, user) else None


LAST = "This is the last enabled administrator. Make another one first."


def _own_faults(caller: Caller, user: User, grave: dict[str, Any]) -> list[FieldFault]:
    if user.id != user_id_of(caller):
        return []
    found = []
    if grave.get("is_disabled"):
        found.append(FieldFault("isDisabled", "NOT_ALLOWED", "Nobody disables themselves."))
    if "roles" in grave and Role.ADMIN not in grave["roles"]:
        found.append(FieldFault("roles", "NOT_ALLOWED", "Nobody takes the role ADMIN from themselves."))
    return found


def _expiry_faults(user: User, sent: dict[str, Any]) -> list[FieldFault]:
    if "password_expires_at" not in sent:
        return []
    if user.password is None:
        message = "This user has no password here that could expire."
    elif user.password.is_temporary:
        message = "A temporary password keeps its expiry."
    else:
        return []
    return [FieldFault("passwordExpiresAt", "NOT_ALLOWED", message)]


def _columns(sent: dict[str, Any]) -> dict[str, Any]:
    columns = {
        name: {} if value is None and name.startswith(("permission", "prefer", "propert")) else value
        for name, value in sent.items()
    }
    if "roles" in columns:
        columns["roles"] = list(dict.fromkeys(columns["roles"]))
        columns["is_admin"] = Role.ADMIN in columns["roles"]
    return columns


def _changed(
    unit: Unit,
    services: Services,
    origin: Origin,
    caller: Caller,
    before: User,
    after: User,
    now: datetime,
) -> UserUpdated:
    if after.epoch != before.epoch:
        _after(unit, services, caller, before, after, now)
    record(unit, services, origin, EventKind.USER_UPDATED, now=now, actor=caller.actor, user_id=after.id)
    return UserUpdated(after)


def _after(unit: Unit, services: Services, caller: Caller, before: User, after: User, now: datetime) -> None:
    letters = []
    if before.email_address != after.email_address:
        tells = {"oldAddress": before.email_address, "newAddress": after.email_address}
        letters = [
            letter(services, LetterName.ADDRESS_CHANGED, before, now, to=to, tells=tells)
            for to in (before.email_address, after.email_address)
        ]
    is_shut_out = after.is_disabled and not before.is_disabled
    if is_shut_out:
        letters.append(letter(services, LetterName.ACCOUNT_DISABLED, after, now))
    close_access(unit, services, before, now, letters, disconnect=after.is_disabled)
    if before.is_admin and (after.is_disabled or not after.is_admin):
        unit.api_keys.revoke_made_by(f"user:{before.id}", now)
    if before.is_admin or after.is_admin:
        what = "ADMIN_CHANGED" if before.is_admin else "ADMIN_GRANTED"
        # Who is disabled with it has a letter of their own.
        demoted = None if after.is_admin or is_shut_out else before
        name = after.username
        tell_administrators(unit, services, caller, now, what=what, subject=name, demoted=demoted)
