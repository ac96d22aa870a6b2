"""The first administrator of a database that never had a user: one of all who try makes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from credentials.kinds import Role
from credentials.one_time import temporary_password
from resolvers.create_user import UserCreated, create_user
from resolvers.outcomes import Overloaded
from resolvers.user_input import NewUser

if TYPE_CHECKING:
    from credentials.model import User
    from credentials.secret import Secret
    from resolvers.services import OperatorCaller, Origin, Services

#: A reserved domain (RFC 2606): no mail leaves the machine until the operator gives a real address.
NEW = NewUser("admin", "admin@localhost", roles=(Role.ADMIN,), password_is_made=True)


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """Who was made, and the password: a real one, shown once."""

    user: User
    password: Secret


async def make_first_administrator(
    services: Services, origin: Origin, operator: OperatorCaller
) -> FirstAdministrator | Overloaded | None:
    """Makes the administrator `admin`; None: there was a user already."""
    if await services.store.read(lambda unit: unit.installation.had_user()):
        return None
    password = temporary_password(services.chance)
    done = await create_user(services, origin, operator, replace(NEW, password=password), only_first=True)
    if isinstance(done, Overloaded):
        return done
    return FirstAdministrator(done.user, password) if isinstance(done, UserCreated) else None
