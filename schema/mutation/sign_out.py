"""`signOut` and `revokeSession`: how a user ends their own sessions."""

from typing import Annotated, TypeAlias

import strawberry

from resolvers import sign_out as signing_out
from schema.context import Info, own_caller
from schema.guards import SelfOnly
from schema.inputs.opened import Input
from schema.interfaces import Outcome
from schema.outcomes import fold
from schema.problems import NotFound


@strawberry.input(description="Which of one's own sessions to end.")
class RevokeSessionInput:
    """Which session to end."""

    session_id: strawberry.ID = strawberry.field(description="As me.sessions gives it.")


@strawberry.type(description="The caller's session has ended; its tokens are dead.")
class SignOutSuccess(Outcome):
    """The caller's session has ended."""


@strawberry.type(description="The session has ended; its tokens are dead.")
class RevokeSessionSuccess(Outcome):
    """The session has ended."""


RevokeSessionResult: TypeAlias = Annotated[
    RevokeSessionSuccess | NotFound,
    strawberry.union("RevokeSessionResult", description="What revokeSession answers."),
]


@strawberry.mutation(description="Ends the caller's session.", extensions=[SelfOnly()])
async def sign_out(info: Info) -> SignOutSuccess:
    """Ends the caller's session."""
    context = info.context
    await signing_out.sign_out(context.services, context.origin, own_caller(info))
    return SignOutSuccess(
        success=True, heading="Signed out.", message="Your session has ended; sign in again to go on."
    )


@strawberry.mutation(description="Ends one of the caller's own sessions.", extensions=[SelfOnly()])
async def revoke_session(info: Info, data: Input[RevokeSessionInput]) -> RevokeSessionResult:
    """Ends one of the caller's own sessions."""
    context = info.context
    answer = await signing_out.revoke_session(
        context.services, context.origin, own_caller(info), data.session_id
    )
    if not isinstance(answer, signing_out.SessionRevoked):
        return fold(answer)
    return RevokeSessionSuccess(
        success=True, heading="Session ended.", message="Whoever used it is signed out there."
    )
