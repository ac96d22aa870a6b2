"""Refusals that pass: noted for the answer's header, and those of too many attempts counted."""

from credentials.model import EventKind
from schema.context import Info
from schema.problems import Overloaded, TooManyAttempts

#: The event of each root field that may tell its caller to wait.
KINDS = {
    "signIn": EventKind.SIGN_IN_FAILED,
    "refreshSession": EventKind.SIGNED_IN,
    "changePassword": EventKind.PASSWORD_CHANGED,
    "changeExpiredPassword": EventKind.PASSWORD_CHANGED,
    "requestPasswordReset": EventKind.RESET_REQUESTED,
    "resetPassword": EventKind.PASSWORD_RESET,
    "activateSystem": EventKind.SYSTEM_ACTIVATING,
    "confirmSystemActivation": EventKind.SYSTEM_ACTIVATED,
}


def note_waiting(info: Info, answer: object) -> None:
    """Notes how long an answer tells its caller to wait; counts it, unless the service is what is busy."""
    if isinstance(answer, TooManyAttempts):
        info.context.services.throttled[KINDS[info.field_name]] += 1
    if isinstance(answer, TooManyAttempts | Overloaded):
        info.context.waits[info.path.key] = answer.retry_after_seconds
