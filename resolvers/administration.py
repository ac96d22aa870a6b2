"""What administrators' acts have in common: who may touch whom, and who hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from resolvers.outbox import to_administrators
from resolvers.outcomes import Forbidden, ReauthenticationRequired, Unauthenticated
from resolvers.services import KeyCaller, OperatorCaller, SessionCaller

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from credentials.model import User
    from resolvers.selectors import UserSelector
    from resolvers.services import Caller, Services
    from store.unit_of_work import Unit

P = ParamSpec("P")
Done = TypeVar("Done")


async def act(
    services: Services,
    caller: Caller,
    work: Callable[Concatenate[Unit, P], Done],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Done | Unauthenticated:
    """Does an administrator's `work(unit, …)` where they still are one, in a transaction of both.

    Since the guard read their rights a hash may have been waited for.
    """

    def acting(unit: Unit) -> Done | Unauthenticated:
        if _is_outdated(unit, caller, services.chance.now()):
            return Unauthenticated()
        return work(unit, *args, **kwargs)

    return await services.store.write(acting)


def _is_outdated(unit: Unit, caller: Caller, now: datetime) -> bool:
    """Whether a session or a key has ended; a change of rights ends a session.

    The administrators are held before, so that of two who demote each other one comes too late.
    """
    unit.user_lists.administrators(hold=True)
    if isinstance(caller, KeyCaller):
        return not unit.api_keys.alive([caller.key.id], now)
    return isinstance(caller, SessionCaller) and not unit.sessions.alive([caller.session.id], now)


def needs_fresh_sign_in(services: Services, caller: Caller) -> Forbidden | ReauthenticationRequired | None:
    """Refuses the gravest acts to API keys, and to sessions that were signed in too long ago."""
    if isinstance(caller, KeyCaller):
        return Forbidden()
    if isinstance(caller, SessionCaller):
        oldest = services.chance.now() - services.rules.admin_reauth_age
        if caller.session.created_at < oldest:
            return ReauthenticationRequired()
    return None


def user_id_of(caller: Caller) -> str | None:
    """The id of the user who asks; None for an API key and the operator."""
    return caller.user.id if isinstance(caller, SessionCaller) else None


def is_operator(caller: Caller) -> bool:
    """Whether it is the operator at the command line, who breaks the glass."""
    return isinstance(caller, OperatorCaller)


def tell_administrators(
    unit: Unit,
    services: Services,
    caller: Caller,
    now: datetime,
    *,
    what: str,
    subject: str,
    demoted: User | None = None,
) -> None:
    """Mails every administrator about a new key or a changed administrator, and who is one no longer."""
    readers = unit.user_lists.told_administrators()
    if demoted is not None:
        readers.append(demoted)
    actor = caller.user.username if isinstance(caller, SessionCaller) else caller.actor
    unit.effects.add(to_administrators(services, readers, now, what=what, actor=actor, subject=subject))


def hold(unit: Unit, selector: UserSelector) -> User | None:
    """The user that is meant, kept as they are until the commit: in `act`, which holds administrators first.

    So two who change each other wait for one another instead of for ever.
    """
    found = selector.find(unit)
    return None if found is None else unit.users.by_id(found.id, hold=True)


def loses_last_administrator(unit: Unit, user: User) -> bool:
    """Whether this user is the only enabled administrator; nobody else can become so until the commit."""
    return [each.id for each in unit.user_lists.administrators(hold=True)] == [user.id]
