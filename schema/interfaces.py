"""What every result has in common: the interfaces, and the parts that say what was wrong."""

from enum import StrEnum

import strawberry

import schema.types.enums  # noqa: F401  publishes the enumerations that are used here
from credentials.policy import PolicyRule
from schema.publish import publish
from schema.scalars import JSON


class ProblemCode(StrEnum):
    """Which problem, for programs."""

    INVALID_INPUT = "INVALID_INPUT"
    PASSWORD_REJECTED = "PASSWORD_REJECTED"  # noqa: S105  a code, not a password
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    PASSWORD_EXPIRED = "PASSWORD_EXPIRED"  # noqa: S105  the same
    INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105  the same
    EXTERNALLY_MANAGED = "EXTERNALLY_MANAGED"
    USER_NOT_FOUND = "USER_NOT_FOUND"
    SYSTEM_NOT_FOUND = "SYSTEM_NOT_FOUND"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    CONFLICT = "CONFLICT"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    OVERLOADED = "OVERLOADED"


publish(
    ProblemCode,
    "Which problem, for programs; messages are for people.",
    {
        ProblemCode.INVALID_INPUT: "Fields break a rule; see fields.",
        ProblemCode.PASSWORD_REJECTED: "The new password breaks the policy; see violations.",
        ProblemCode.INVALID_CREDENTIALS: "Unknown user, wrong password, disabled or locked.",
        ProblemCode.PASSWORD_EXPIRED: "The password is right and opens no session any more.",
        ProblemCode.INVALID_TOKEN: "Unknown, expired, used or superseded token or code.",
        ProblemCode.EXTERNALLY_MANAGED: "Another provider keeps this user's password.",
        ProblemCode.USER_NOT_FOUND: "No such user.",
        ProblemCode.SYSTEM_NOT_FOUND: "No such system.",
        ProblemCode.NOT_FOUND: "No such session, API key or delivery.",
        ProblemCode.ALREADY_EXISTS: "The name is taken.",
        ProblemCode.CONFLICT: "Somebody else changed it in between.",
        ProblemCode.TOO_MANY_ATTEMPTS: "Wait for retryAfterSeconds, then try again.",
        ProblemCode.OVERLOADED: "The service is busy; nothing was tried.",
    },
)


@strawberry.type(
    description="What is wrong with one input field; it names the field and never repeats its value."
)
class FieldProblem:
    """What is wrong with one input field."""

    field: str = strawberry.field(description="The dotted path of the field below `input`.")
    code: str = strawberry.field(
        description=("REQUIRED, TOO_LONG, OUT_OF_RANGE, DIFFERS, MALFORMED, NOT_ALLOWED or a PolicyRule.")
    )
    message: str = strawberry.field(description="The same in English, with what to do.")
    meta: JSON = strawberry.field(description="Figures that belong to the code, such as a limit; or empty.")


@strawberry.type(description="One rule that the new password breaks.")
class PolicyViolation:
    """One rule that the new password breaks."""

    rule: PolicyRule = strawberry.field(description="The rule, for programs.")
    message: str = strawberry.field(description="The rule in English.")
    suggestion: str | None = strawberry.field(description="What would help, where there is something to say.")


@strawberry.interface(
    description=(
        "Every member of every result union. A script can always ask: "
        "... on Outcome { success heading message }."
    )
)
class Outcome:
    """Every member of every result union."""

    success: bool = strawberry.field(description="Whether what was asked for is done.")
    heading: str = strawberry.field(description="One short line in English, for a title.")
    message: str = strawberry.field(description="One or two sentences in English: what it means, what to do.")


@strawberry.interface(description="A well-formed request turned down; nothing was changed.")
class Problem(Outcome):
    """A well-formed request turned down."""

    code: ProblemCode = strawberry.field(description="Which problem, for programs.")
    fields: list[FieldProblem] = strawberry.field(
        description="What is wrong with which input field; or empty."
    )
    retry_after_seconds: int | None = strawberry.field(
        description="After how many seconds another try is worth it; null where waiting does not help."
    )
    meta: JSON = strawberry.field(description="Whatever else belongs to the problem; or empty.")
