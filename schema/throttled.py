"""Which refusals of who has to wait are counted, and as what kind of event."""

from credentials.model import EventKind
from schema.context import Info
from schema.problems import TooManyAttempts

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


def count_throttled(info: Info, answer: object) -> None:
    """Counts an answer that tells its caller to wait."""
    if isinstance(answer, TooManyAttempts):
        info.context.services.throttled[KINDS[info.field_name]] += 1
