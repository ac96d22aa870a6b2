"""`adminResetPassword`: an administrator resets the password of somebody else."""

from datetime import datetime
from typing import Annotated, TypeAlias

import strawberry

from resolvers import admin_reset_password as resetting
from resolvers.admin_reset_password import PasswordResetByAdmin
from schema.context import Info, administrator
from schema.guards import AdminOnly
from schema.inputs.opened import Input, maybe_secret, maybe_text
from schema.inputs.selectors import UserSelector
from schema.interfaces import Outcome
from schema.outcomes import fold
from schema.problems import (
    Conflict,
    ExternallyManaged,
    InvalidInput,
    Overloaded,
    PasswordRejected,
    UserNotFound,
)
from schema.sensitive import secret_field
from schema.types.delivery import Delivery, deliveries
from schema.types.user import User
from schema.types.view import to_administrator


@strawberry.input(description="Whose password is reset, and how.")
class AdminResetPasswordInput:
    """Whose password is reset, and how."""

    user: UserSelector = strawberry.field(description="Who; never the caller.")
    new_password: strawberry.Maybe[str | None] = secret_field(
        "Given: it is set. Left out: a temporary password is made."
    )
    require_change: bool = strawberry.field(
        default=True, description="A set password is temporary: it opens only the change to a real one."
    )
    send_mail: bool = strawberry.field(
        default=False,
        description="Instead of either, a reset mail goes out and nothing changes until it is used.",
    )


@strawberry.type(description="The password is reset, or, with sendMail, a mail is on its way.")
class AdminResetPasswordSuccess(Outcome):
    """The password is reset, or a mail is on its way."""

    user: User = strawberry.field(description="Whose password it is.")
    temporary_password: str | None = secret_field("Only where one was made; shown once.")
    temporary_password_expires_at: datetime | None = strawberry.field(
        description="Until when a temporary password is good."
    )
    unlocked: bool = strawberry.field(description="Whether a lock was lifted.")
    revoked_sessions: int = strawberry.field(description="How many sessions have ended.")
    deliveries: list[Delivery] = strawberry.field(description="What the world is told.")


AdminResetPasswordResult: TypeAlias = Annotated[
    AdminResetPasswordSuccess
    | UserNotFound
    | ExternallyManaged
    | PasswordRejected
    | InvalidInput
    | Conflict
    | Overloaded,
    strawberry.union("AdminResetPasswordResult", description="What adminResetPassword answers."),
]


@strawberry.mutation(
    description="Resets another user's password: to a given one, to a temporary one, or by mail.",
    extensions=[AdminOnly()],
)
async def admin_reset_password(info: Info, data: Input[AdminResetPasswordInput]) -> AdminResetPasswordResult:
    """Resets another user's password."""
    context = info.context
    answer = await resetting.admin_reset_password(
        context.services,
        context.origin,
        administrator(info),
        data.user.plain(),
        maybe_secret(data.new_password),
        require_change=data.require_change,
        send_mail=data.send_mail,
    )
    if not isinstance(answer, PasswordResetByAdmin):
        return fold(answer)
    return AdminResetPasswordSuccess(
        success=True,
        heading="A reset mail is on its way." if data.send_mail else "The password is reset.",
        message=_next_step(answer, by_mail=data.send_mail),
        user=User.of(answer.user, to_administrator(info)),
        temporary_password=maybe_text(answer.temporary_password),
        temporary_password_expires_at=answer.temporary_password_expires_at,
        unlocked=answer.unlocked,
        revoked_sessions=answer.revoked_sessions,
        deliveries=deliveries(answer.effects),
    )


def _next_step(done: PasswordResetByAdmin, *, by_mail: bool) -> str:
    if by_mail:
        return "Nothing changes until the user follows the mail; the present password works until then."
    if done.temporary_password is not None:
        return "Hand the temporary password over; it is shown once and opens only the change to a real one."
    if done.temporary_password_expires_at is not None:
        return "The password is temporary: it opens only the change to a real one. Every session has ended."
    return "The old password is dead and every session has ended."
