"""`createUser`, `updateUser`, `deleteUser` and `revokeUserSessions`."""

from typing import Annotated, TypeAlias

import strawberry

from credentials import model
from resolvers import create_user as creating
from resolvers import delete_user as deleting
from resolvers import revoke_user_sessions as revoking
from resolvers import update_user as updating
from schema.context import Info, administrator
from schema.guards import AdminOnly
from schema.inputs.opened import Input
from schema.inputs.selectors import UserSelector
from schema.inputs.users import CreateUserInput, UpdateUserInput
from schema.interfaces import Outcome
from schema.outcomes import fold
from schema.problems import (
    AlreadyExists,
    Conflict,
    InvalidInput,
    Overloaded,
    PasswordRejected,
    UserNotFound,
)
from schema.types.user import User
from schema.types.view import to_administrator


@strawberry.input(description="Whom to delete.")
class DeleteUserInput:
    """Whom to delete."""

    user: UserSelector = strawberry.field(description="Who; never the caller.")


@strawberry.input(description="Whose sessions to end.")
class RevokeUserSessionsInput:
    """Whose sessions to end."""

    user: UserSelector = strawberry.field(description="Who.")


@strawberry.type(description="The user exists.")
class CreateUserSuccess(Outcome):
    """The user exists."""

    user: User = strawberry.field(description="The new user.")


@strawberry.type(description="The user is changed.")
class UpdateUserSuccess(Outcome):
    """The user is changed."""

    user: User = strawberry.field(description="As they are now.")


@strawberry.type(description="The user is gone; their ids are never used again.")
class DeleteUserSuccess(Outcome):
    """The user is gone."""


@strawberry.type(description="Every session of the user has ended, and their XMPP accounts are disconnected.")
class RevokeUserSessionsSuccess(Outcome):
    """Every session of the user has ended."""

    revoked_sessions: int = strawberry.field(description="How many sessions have ended.")


CreateUserResult: TypeAlias = Annotated[
    CreateUserSuccess | AlreadyExists | PasswordRejected | InvalidInput | Overloaded,
    strawberry.union("CreateUserResult", description="What createUser answers."),
]
UpdateUserResult: TypeAlias = Annotated[
    UpdateUserSuccess | UserNotFound | AlreadyExists | InvalidInput | Conflict,
    strawberry.union("UpdateUserResult", description="What updateUser answers."),
]
DeleteUserResult: TypeAlias = Annotated[
    DeleteUserSuccess | UserNotFound | InvalidInput | Conflict,
    strawberry.union("DeleteUserResult", description="What deleteUser answers."),
]
RevokeUserSessionsResult: TypeAlias = Annotated[
    RevokeUserSessionsSuccess | UserNotFound,
    strawberry.union("RevokeUserSessionsResult", description="What revokeUserSessions answers."),
]


@strawberry.mutation(description="Creates a user.", extensions=[AdminOnly()])
async def create_user(info: Info, data: Input[CreateUserInput]) -> CreateUserResult:
    """Creates a user."""
    context = info.context
    answer = await creating.create_user(context.services, context.origin, administrator(info), data.plain())
    if not isinstance(answer, creating.UserCreated):
        return fold(answer)
    return CreateUserSuccess(
        success=True,
        heading="The user is created.",
        message=_how_to_sign_in(answer.user),
        user=User.of(answer.user, to_administrator(info)),
    )


def _how_to_sign_in(user: model.User) -> str:
    if user.identity_source is not model.IdentitySource.LOCAL:
        return "They sign in where they are managed."
    if user.password is None:
        return "They have no password yet: they ask for a reset mail to set their first one."
    return "They sign in with the password that was set."


@strawberry.mutation(description="Changes a user.", extensions=[AdminOnly()])
async def update_user(info: Info, data: Input[UpdateUserInput]) -> UpdateUserResult:
    """Changes a user."""
    context = info.context
    answer = await updating.update_user(
        context.services, context.origin, administrator(info), data.user.plain(), data.plain()
    )
    if not isinstance(answer, updating.UserUpdated):
        return fold(answer)
    return UpdateUserSuccess(
        success=True,
        heading="The user is changed.",
        message="What was left out stays as it was.",
        user=User.of(answer.user, to_administrator(info)),
    )


@strawberry.mutation(description="Deletes a user and ends their access.", extensions=[AdminOnly()])
async def delete_user(info: Info, data: Input[DeleteUserInput]) -> DeleteUserResult:
    """Deletes a user."""
    context = info.context
    answer = await deleting.delete_user(
        context.services, context.origin, administrator(info), data.user.plain()
    )
    if not isinstance(answer, deleting.UserDeleted):
        return fold(answer)
    return DeleteUserSuccess(
        success=True,
        heading="The user is deleted.",
        message="Every session and credential of theirs is dead.",
    )


@strawberry.mutation(description="Ends every session of a user.", extensions=[AdminOnly()])
async def revoke_user_sessions(info: Info, data: Input[RevokeUserSessionsInput]) -> RevokeUserSessionsResult:
    """Ends every session of a user."""
    context = info.context
    answer = await revoking.revoke_user_sessions(
        context.services, context.origin, administrator(info), data.user.plain()
    )
    if not isinstance(answer, revoking.SessionsRevoked):
        return fold(answer)
    return RevokeUserSessionsSuccess(
        success=True,
        heading="Signed out everywhere.",
        message="The user signs in again with the same password.",
        revoked_sessions=answer.revoked_sessions,
    )
