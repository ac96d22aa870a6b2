"""What is not a union member: the entries of `errors`, with a code and a text of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import GraphQLError

from resolvers import outcomes
from resolvers.follower import SessionRevoked
from resolvers.paging import BadArgument

if TYPE_CHECKING:
    from typing import TypeAlias

UNAUTHENTICATED = "UNAUTHENTICATED"
FORBIDDEN = "FORBIDDEN"
REAUTHENTICATION_REQUIRED = "REAUTHENTICATION_REQUIRED"
SESSION_REVOKED = "SESSION_REVOKED"
BAD_USER_INPUT = "BAD_USER_INPUT"

Denial: TypeAlias = (
    outcomes.Forbidden
    | outcomes.Unauthenticated
    | outcomes.ReauthenticationRequired
    | SessionRevoked
    | BadArgument
)


class Denied(GraphQLError):  # noqa: N818  it says what happened to the caller
    """A caller who may not pass, or an argument that names nothing.

    Args:
        code: What `extensions.code` says.
        message: A text for people; it never repeats what was sent.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, extensions={"code": code})


def unauthenticated() -> Denied:
    """One answer for a bearer that is missing, malformed, expired, revoked or of a dead session."""
    return Denied(UNAUTHENTICATED, "Sign in first: this needs a live access token.")


def forbidden() -> Denied:
    """The caller is known and not allowed."""
    return Denied(FORBIDDEN, "You are signed in, but you are not allowed to do this.")


def denied(denial: Denial) -> Denied:
    """Makes the exception of a use case's denial; the caller raises it."""
    match denial:
        case outcomes.Unauthenticated():
            return unauthenticated()
        case outcomes.Forbidden():
            return forbidden()
        case outcomes.ReauthenticationRequired():
            return Denied(
                REAUTHENTICATION_REQUIRED,
                "Sign in again, then repeat this: it needs a session that was signed in a short while ago.",
            )
        case SessionRevoked():
            return Denied(SESSION_REVOKED, "The session or the API key of this stream has ended.")
        case _:
            return Denied(BAD_USER_INPUT, denial.message)
