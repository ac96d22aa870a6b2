"""`changePassword` and `changeExpiredPassword`: a user sets a new password with the old one."""

from typing import Annotated, TypeAlias

import strawberry

from resolvers import change_password as changing
from resolvers.change_password import PasswordChanged
from schema.context import Info, own_caller
from schema.guards import Public, SelfOnly
from schema.inputs.opened import Input, maybe_secret, secret
from schema.inputs.selectors import UserSelector
from schema.interfaces import Outcome
from schema.outcomes import fold
from schema.problems import (
    Conflict,
    ExternallyManaged,
    InvalidCredentials,
    InvalidInput,
    Overloaded,
    PasswordRejected,
    TooManyAttempts,
)
from schema.sensitive import secret_field
from schema.types.delivery import Delivery, deliveries
from schema.types.user import User
from schema.types.view import to_user


@strawberry.input(description="The old and the new password.")
class ChangePasswordInput:
    """The old and the new password."""

    user: strawberry.Maybe[UserSelector | None] = strawberry.field(
        description="Must name the caller; left out, it is the caller."
    )
    old_password: str = secret_field("The present password.")
    new_password: str = secret_field("The new password.")
    repeat_new_password: strawberry.Maybe[str | None] = secret_field(
        "The new password again; checked when given."
    )


@strawberry.input(
    description="For who cannot sign in because the password is expired or temporary; a valid one works too."
)
class ChangeExpiredPasswordInput:
    """The same without a session."""

    username: str = strawberry.field(description="The username or the e-mail address.")
    old_password: str = secret_field("The expired, temporary or still valid password.")
    new_password: str = secret_field("The new password.")
    repeat_new_password: str = secret_field("The new password again.")


@strawberry.type(description="No token is returned: every session has ended and the user signs in again.")
class ChangePasswordSuccess(Outcome):
    """The new password holds."""

    user: User = strawberry.field(description="Whose password it is.")
    revoked_sessions: int = strawberry.field(description="How many sessions have ended.")
    deliveries: list[Delivery] = strawberry.field(description="What the world is told.")


ChangePasswordResult: TypeAlias = Annotated[
    ChangePasswordSuccess
    | InvalidCredentials
    | PasswordRejected
    | InvalidInput
    | ExternallyManaged
    | Conflict
    | TooManyAttempts
    | Overloaded,
    strawberry.union(
        "ChangePasswordResult", description="What changePassword and changeExpiredPassword answer."
    ),
]


@strawberry.mutation(
    description="Changes one's own password and ends every session, the caller's too.",
    extensions=[SelfOnly(subject="input.user")],
)
async def change_password(info: Info, data: Input[ChangePasswordInput]) -> ChangePasswordResult:
    """Changes the caller's password."""
    context = info.context
    answer = await changing.change_password(
        context.services,
        context.origin,
        own_caller(info),
        secret(data.old_password),
        secret(data.new_password),
        maybe_secret(data.repeat_new_password),
    )
    return _changed(info, answer) if isinstance(answer, PasswordChanged) else fold(answer)


@strawberry.mutation(
    description="Changes an expired, temporary or still valid password without a session.",
    extensions=[Public()],
)
async def change_expired_password(
    info: Info, data: Input[ChangeExpiredPasswordInput]
) -> ChangePasswordResult:
    """Changes the password of who proves the old one."""
    context = info.context
    answer = await changing.change_expired_password(
        context.services,
        context.origin,
        data.username,
        secret(data.old_password),
        secret(data.new_password),
        secret(data.repeat_new_password),
    )
    return _changed(info, answer) if isinstance(answer, PasswordChanged) else fold(answer)


def _changed(info: Info, done: PasswordChanged) -> ChangePasswordSuccess:
    return ChangePasswordSuccess(
        success=True,
        heading="Your password is changed.",
        message="Every session has ended. Sign in with the new password.",
        user=User.of(done.user, to_user(info)),
        revoked_sessions=done.revoked_sessions,
        deliveries=deliveries(done.effects),
    )
