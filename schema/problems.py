"""The types of a well-formed request that was turned down."""

from datetime import datetime

import strawberry

from credentials.model import IdentitySource
from schema.interfaces import PolicyViolation, Problem


@strawberry.type(description="Fields break a rule that needs no stored data; each is listed in `fields`.")
class InvalidInput(Problem):
    """Fields break a rule."""


@strawberry.type(description="The new password breaks the password policy.")
class PasswordRejected(Problem):
    """The new password breaks the policy."""

    violations: list[PolicyViolation] = strawberry.field(description="Every rule that it breaks.")


@strawberry.type(description="Unknown user, wrong password, disabled, locked: one answer for all of them.")
class InvalidCredentials(Problem):
    """One answer for all of them."""


@strawberry.type(
    description=(
        "The password is right but no longer opens a session: call changeExpiredPassword. "
        "Told only to who knows the password."
    )
)
class PasswordExpired(Problem):
    """The password is right but no longer opens a session."""

    expired_at: datetime | None = strawberry.field(
        description="When it expired or will expire; null where a change is due at once."
    )
    is_temporary: bool = strawberry.field(description="Whether it was meant for one change only.")


@strawberry.type(
    description="Unknown, expired, used, superseded or for another purpose: one answer for all of them."
)
class InvalidToken(Problem):
    """One answer for all of them."""


@strawberry.type(description="Another provider keeps this user's password.")
class ExternallyManaged(Problem):
    """Another provider keeps this user's password."""

    managed_by: IdentitySource = strawberry.field(description="The kind of provider.")


@strawberry.type(description="No such user.")
class UserNotFound(Problem):
    """No such user."""


@strawberry.type(description="No such system.")
class SystemNotFound(Problem):
    """No such system."""


@strawberry.type(description="No such session, API key or delivery.")
class NotFound(Problem):
    """No such thing."""


@strawberry.type(description="A name is taken; `fields` says which.")
class AlreadyExists(Problem):
    """A name is taken."""


@strawberry.type(description="Somebody else changed it in between; nothing was changed here.")
class Conflict(Problem):
    """Somebody else changed it in between."""


@strawberry.type(description="Too many attempts; wait for retryAfterSeconds.")
class TooManyAttempts(Problem):
    """Too many attempts."""


@strawberry.type(description="The hashing queue is full; nothing was tried or counted.")
class Overloaded(Problem):
    """The hashing queue is full."""
