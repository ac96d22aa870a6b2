"""Folds a refusal, a value of the use cases, into the problem that the API answers with."""

from typing import NoReturn, TypeAlias, overload

from resolvers import outcomes
from schema import problems
from schema.errors import Denial, denied
from schema.interfaces import FieldProblem, PolicyViolation, Problem
from schema.scalars import JSON
from schema.wording import told, waiting

Refusal: TypeAlias = (
    outcomes.InvalidInput
    | outcomes.PasswordRejected
    | outcomes.InvalidCredentials
    | outcomes.PasswordExpired
    | outcomes.InvalidToken
    | outcomes.ExternallyManaged
    | outcomes.UserNotFound
    | outcomes.SystemNotFound
    | outcomes.NotFound
    | outcomes.AlreadyExists
    | outcomes.Conflict
    | outcomes.TooManyAttempts
    | outcomes.Overloaded
)


# One overload for each refusal: mypy then proves that a field's union holds whatever its use case may
# answer, and that a denial never reaches a union.
@overload
def fold(refusal: outcomes.InvalidInput) -> problems.InvalidInput: ...
@overload
def fold(refusal: outcomes.PasswordRejected) -> problems.PasswordRejected: ...
@overload
def fold(refusal: outcomes.InvalidCredentials) -> problems.InvalidCredentials: ...
@overload
def fold(refusal: outcomes.PasswordExpired) -> problems.PasswordExpired: ...
@overload
def fold(refusal: outcomes.InvalidToken) -> problems.InvalidToken: ...
@overload
def fold(refusal: outcomes.ExternallyManaged) -> problems.ExternallyManaged: ...
@overload
def fold(refusal: outcomes.UserNotFound) -> problems.UserNotFound: ...
@overload
def fold(refusal: outcomes.SystemNotFound) -> problems.SystemNotFound: ...
@overload
def fold(refusal: outcomes.NotFound) -> problems.NotFound: ...
@overload
def fold(refusal: outcomes.AlreadyExists) -> problems.AlreadyExists: ...
@overload
def fold(refusal: outcomes.Conflict) -> problems.Conflict: ...
@overload
def fold(refusal: outcomes.TooManyAttempts) -> problems.TooManyAttempts: ...
@overload
def fold(refusal: outcomes.Overloaded) -> problems.Overloaded: ...
@overload
def fold(refusal: Denial) -> NoReturn: ...
def fold(refusal: Refusal | Denial) -> Problem:  # noqa: C901, PLR0911, PLR0912  one line for each refusal
    """Makes the problem of a refusal.

    Args:
        refusal: What a use case or an admission answered instead of its success.

    Raises:
        Denied: It is a denial: an entry in `errors`, not a union member.
    """
    match refusal:
        case outcomes.InvalidInput():
            return _invalid_input(refusal)
        case outcomes.PasswordRejected():
            return _password_rejected(refusal)
        case outcomes.InvalidCredentials():
            return told(problems.InvalidCredentials)
        case outcomes.PasswordExpired(expired_at=at, is_temporary=once):
            why = "is temporary" if once else "has expired"
            return told(problems.PasswordExpired, why, more={"expired_at": at, "is_temporary": once})
        case outcomes.InvalidToken():
            return told(problems.InvalidToken)
        case outcomes.ExternallyManaged(managed_by=source):
            return told(problems.ExternallyManaged, source.value, more={"managed_by": source})
        case outcomes.UserNotFound():
            return told(problems.UserNotFound)
        case outcomes.SystemNotFound():
            return told(problems.SystemNotFound)
        case outcomes.NotFound():
            return told(problems.NotFound)
        case outcomes.AlreadyExists(field=field):
            taken = "This is taken; choose another one."
            return told(problems.AlreadyExists, fields=[_field(field, "NOT_ALLOWED", taken)])
        case outcomes.Conflict(reason=reason):
            return told(problems.Conflict, reason or "Somebody else changed it in between: look again.")
        case outcomes.TooManyAttempts(retry_after=seconds):
            return waiting(problems.TooManyAttempts, seconds)
        case outcomes.Overloaded(retry_after=seconds):
            return waiting(problems.Overloaded, seconds)
        case _:
            raise denied(refusal)


def _invalid_input(refusal: outcomes.InvalidInput) -> problems.InvalidInput:
    return told(
        problems.InvalidInput,
        " ".join(fault.message for fault in refusal.faults),
        fields=[
            FieldProblem(field=fault.field, code=fault.code, message=fault.message, meta=JSON(fault.meta))
            for fault in refusal.faults
        ],
    )


def _password_rejected(refusal: outcomes.PasswordRejected) -> problems.PasswordRejected:
    return told(
        problems.PasswordRejected,
        " ".join(violation.message for violation in refusal.violations),
        fields=[_field(refusal.field, one.rule.value, one.message) for one in refusal.violations],
        more={
            "violations": [
                PolicyViolation(rule=one.rule, message=one.message, suggestion=one.suggestion)
                for one in refusal.violations
            ]
        },
    )


def _field(field: str, code: str, message: str) -> FieldProblem:
    return FieldProblem(field=field, code=code, message=message, meta=JSON({}))
