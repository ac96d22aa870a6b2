"""`requestPasswordReset` and `resetPassword`: a new password for who has forgotten the old one."""

from typing import Annotated, TypeAlias

import strawberry

from resolvers import request_password_reset as requesting
from resolvers import reset_password as resetting
from schema.context import Context, Info, handed
from schema.errors import Denial
from schema.guards import Public
from schema.inputs.opened import Input, maybe_secret, opened, secret
from schema.inputs.reset import RequestPasswordResetInput, ResetPasswordInput
from schema.inputs.selectors import maybe_point
from schema.interfaces import Outcome
from schema.outcomes import Refusal, fold
from schema.problems import InvalidInput, InvalidToken, Overloaded, PasswordRejected, TooManyAttempts
from schema.token_guard import TokenAuth, TokenPurpose
from schema.types.delivery import Delivery, deliveries


@strawberry.type(description="The same answer, in the same time, whoever the address belongs to.")
class RequestPasswordResetSuccess(Outcome):
    """The wish is written down."""


@strawberry.type(description="The new password holds; every session has ended.")
class ResetPasswordSuccess(Outcome):
    """The new password holds."""

    system_user_id: int = strawberry.field(description="The user's short number.")
    revoked_sessions: int = strawberry.field(description="How many sessions have ended.")
    deliveries: list[Delivery] = strawberry.field(description="What the world is told.")


RequestPasswordResetResult: TypeAlias = Annotated[
    RequestPasswordResetSuccess | InvalidInput | TooManyAttempts,
    strawberry.union("RequestPasswordResetResult", description="What requestPasswordReset answers."),
]
ResetPasswordResult: TypeAlias = Annotated[
    ResetPasswordSuccess | InvalidToken | PasswordRejected | InvalidInput | TooManyAttempts | Overloaded,
    strawberry.union("ResetPasswordResult", description="What resetPassword answers."),
]


@strawberry.mutation(
    description="Asks for a mail with a link and a code that set a new password.",
    extensions=[Public()],
)
async def request_password_reset(
    info: Info, data: Input[RequestPasswordResetInput]
) -> RequestPasswordResetResult:
    """Writes the wish down; who it is for is looked up later, elsewhere."""
    context = info.context
    answer = await requesting.request_password_reset(
        context.services,
        context.origin,
        data.email_address,
        opened(data.locale),
        maybe_secret(data.api_key),
        maybe_point(data.location),
    )
    if not isinstance(answer, requesting.ResetRequested):
        return fold(answer)
    return RequestPasswordResetSuccess(
        success=True,
        heading="Look into your mail.",
        message="If the address is known here, a mail is on its way to it. It is good for a short while.",
    )


async def _admit(context: Context, data: ResetPasswordInput) -> resetting.ResetAdmission | Refusal | Denial:
    request = resetting.ResetRequest(
        token=maybe_secret(data.proof.token),
        code=maybe_secret(data.proof.code),
        temporary_password=maybe_secret(data.proof.temporary_password),
        email_address=opened(data.email_address),
        new_password=secret(data.new_password),
        repeat=maybe_secret(data.repeat_new_password),
        api_key=maybe_secret(data.api_key),
        location=maybe_point(data.location),
    )
    return await resetting.admit(context.services, context.origin, request)


@strawberry.mutation(
    description="Sets a new password with the token or code of a mail, or with a temporary password.",
    extensions=[
        TokenAuth(token="input.proof", purpose=TokenPurpose.PASSWORD_RESET, admit=_admit)  # noqa: S106  a path
    ],
)
async def reset_password(info: Info, data: Input[ResetPasswordInput]) -> ResetPasswordResult:  # noqa: ARG001  its admission holds the input
    """Sets a new password for who holds the proof."""
    context = info.context
    answer = await resetting.reset_password(
        context.services, context.origin, handed(info, resetting.ResetAdmission)
    )
    if not isinstance(answer, resetting.PasswordReset):
        return fold(answer)
    return ResetPasswordSuccess(
        success=True,
        heading="Your new password is set.",
        message="Every session has ended. Sign in with the new password.",
        system_user_id=answer.system_user_id,
        revoked_sessions=answer.revoked_sessions,
        deliveries=deliveries(answer.effects),
    )
