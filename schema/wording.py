"""What people read where something was turned down: one heading and one message for each problem."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from schema import problems
from schema.interfaces import FieldProblem, Problem, ProblemCode
from schema.scalars import JSON

Kind = TypeVar("Kind", bound=Problem)

_MINUTE, _HOUR = 60, 3600


class Wording(NamedTuple):
    """The fixed part of a problem. `message` may have places that `told` fills."""

    code: ProblemCode
    heading: str
    message: str


WORDING: dict[type[Problem], Wording] = {
    problems.InvalidInput: Wording(
        ProblemCode.INVALID_INPUT, "Please check what you entered.", "Nothing was changed. {why}"
    ),
    problems.PasswordRejected: Wording(
        ProblemCode.PASSWORD_REJECTED, "Please choose another password.", "Nothing was changed. {why}"
    ),
    problems.InvalidCredentials: Wording(
        ProblemCode.INVALID_CREDENTIALS,
        "The name or the password is wrong.",
        "Check both and try again. If you have forgotten the password, ask for a reset mail.",
    ),
    problems.PasswordExpired: Wording(
        ProblemCode.PASSWORD_EXPIRED,
        "Set a new password first.",
        "The password is right, but it {why}. Change it with changeExpiredPassword, then sign in with the "
        "new one.",
    ),
    problems.InvalidToken: Wording(
        ProblemCode.INVALID_TOKEN,
        "This no longer works.",
        "The link, code or token is wrong, was used, has expired, or a newer one has replaced it. Use the "
        "newest, or ask for a new one.",
    ),
    problems.ExternallyManaged: Wording(
        ProblemCode.EXTERNALLY_MANAGED,
        "This password is kept elsewhere.",
        "Another provider ({why}) keeps this user's password: change it there.",
    ),
    problems.UserNotFound: Wording(
        ProblemCode.USER_NOT_FOUND,
        "There is no such user.",
        "Nothing was changed. Check the id, username or address, and try again.",
    ),
    problems.SystemNotFound: Wording(
        ProblemCode.SYSTEM_NOT_FOUND,
        "There is no such system.",
        "Nothing was changed. Check the id or pbxId, and try again.",
    ),
    problems.NotFound: Wording(
        ProblemCode.NOT_FOUND, "There is no such entry.", "Nothing was changed. Check the id, and try again."
    ),
    problems.AlreadyExists: Wording(
        ProblemCode.ALREADY_EXISTS,
        "This name is taken.",
        "Nothing was changed. Another entry has it: choose another one.",
    ),
    problems.Conflict: Wording(
        ProblemCode.CONFLICT, "This cannot be done now.", "Nothing was changed. {why}"
    ),
    problems.TooManyAttempts: Wording(
        ProblemCode.TOO_MANY_ATTEMPTS, "Too many attempts.", "Nothing was changed. Try again in {why}."
    ),
    problems.Overloaded: Wording(
        ProblemCode.OVERLOADED,
        "The service is busy.",
        "Nothing was tried or counted. Try again in {why}.",
    ),
}


def told(
    kind: type[Kind],
    why: str = "",
    *,
    fields: Sequence[FieldProblem] = (),
    more: Mapping[str, Any] | None = None,
) -> Kind:
    """Makes a problem of `kind` with its wording.

    Args:
        kind: The problem's type.
        why: What its message's place is filled with; never anything that was sent.
        fields: What is wrong with which input field.
        more: The fields that only this type has, and `retry_after_seconds`.
    """
    code, heading, message = WORDING[kind]
    return kind(
        success=False,
        heading=heading,
        message=message.format(why=why),
        code=code,
        fields=list(fields),
        meta=JSON({}),
        **{"retry_after_seconds": None, **(more or {})},
    )


def waiting(kind: type[Kind], seconds: float) -> Kind:
    """Makes a problem that passes: `seconds` are rounded up, and at least one."""
    whole = max(1, math.ceil(seconds))
    return told(kind, span(whole), more={"retry_after_seconds": whole})


def span(seconds: int) -> str:
    """Says a number of seconds in the largest unit that does not understate it: 90 is `2 minutes`."""
    for unit, name in ((_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds > unit:
            return f"{-(-seconds // unit)} {name}s"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
