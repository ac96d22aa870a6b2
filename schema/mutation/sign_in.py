"""`signIn` and `refreshSession`: how a session begins and goes on."""

from datetime import datetime
from typing import Annotated, TypeAlias

import strawberry

from resolvers import refresh_session as refreshing
from resolvers import sign_in as signing_in
from resolvers.sessions import SignedIn
from schema.context import Context, Info, handed
from schema.errors import Denial
from schema.guards import Public
from schema.inputs.opened import Input, secret
from schema.interfaces import Outcome
from schema.outcomes import Refusal, fold
from schema.problems import (
    InvalidCredentials,
    InvalidInput,
    InvalidToken,
    Overloaded,
    PasswordExpired,
    TooManyAttempts,
)
from schema.sensitive import secret_field
from schema.token_guard import TokenAuth, TokenPurpose
from schema.types.user import User
from schema.types.view import to_owner


@strawberry.input(description="Who signs in.")
class SignInInput:
    """Who signs in."""

    login: str = strawberry.field(description="The username or the e-mail address.")
    password: str = secret_field("The password.")


@strawberry.input(description="The session that goes on.")
class RefreshSessionInput:
    """The session that goes on."""

    refresh_token: str = secret_field("The newest refresh token of the session.")


@strawberry.type(description="A live session: send the access token as `Authorization: Bearer`.")
class SignInSuccess(Outcome):
    """A live session."""

    access_token: str = secret_field("A JWT that opens @selfOnly and @adminOnly fields.")
    access_token_expires_at: datetime = strawberry.field(description="Refresh the session before.")
    refresh_token: str = secret_field("For refreshSession; each answer brings a new one.")
    refresh_token_expires_at: datetime = strawberry.field(description="When the session ends if it is idle.")
    user: User = strawberry.field(description="Who signed in, with the XMPP passwords.")


SignInResult: TypeAlias = Annotated[
    SignInSuccess | InvalidCredentials | PasswordExpired | TooManyAttempts | Overloaded | InvalidInput,
    strawberry.union("SignInResult", description="What signIn answers."),
]
RefreshSessionResult: TypeAlias = Annotated[
    SignInSuccess | InvalidToken | TooManyAttempts,
    strawberry.union("RefreshSessionResult", description="What refreshSession answers."),
]


@strawberry.mutation(
    description="Opens a session with a name and a password.",
    extensions=[Public()],
)
async def sign_in(info: Info, data: Input[SignInInput]) -> SignInResult:
    """Opens a session."""
    context = info.context
    answer = await signing_in.sign_in(context.services, context.origin, data.login, secret(data.password))
    if not isinstance(answer, SignedIn):
        return fold(answer)
    return _session(info, answer, "Welcome.", "You are signed in.")


async def _admit(
    context: Context, data: RefreshSessionInput
) -> refreshing.RefreshAdmission | Refusal | Denial:
    return await refreshing.admit(context.services, context.origin, secret(data.refresh_token))


@strawberry.mutation(
    description="Changes a refresh token for new tokens of the same session; the old one is dead then.",
    extensions=[
        TokenAuth(token="input.refreshToken", purpose=TokenPurpose.SESSION_REFRESH, admit=_admit)  # noqa: S106  a path
    ],
)
async def refresh_session(info: Info, data: Input[RefreshSessionInput]) -> RefreshSessionResult:  # noqa: ARG001  its admission holds the input
    """Goes on with a session."""
    context = info.context
    admission = handed(info, refreshing.RefreshAdmission)
    answer = await refreshing.refresh_session(context.services, context.origin, admission)
    if not isinstance(answer, SignedIn):
        return fold(answer)
    return _session(info, answer, "Still signed in.", "Your session goes on with new tokens.")


def _session(info: Info, done: SignedIn, heading: str, message: str) -> SignInSuccess:
    return SignInSuccess(
        success=True,
        heading=heading,
        message=message,
        access_token=done.access_token.reveal(),
        access_token_expires_at=done.access_token_expires_at,
        refresh_token=done.refresh_token.reveal(),
        refresh_token_expires_at=done.refresh_token_expires_at,
        user=User.of(done.user, to_owner(info, done.session_id)),
    )
