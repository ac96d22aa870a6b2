"""How a use case ends: its refusals, as values. Each success lives beside its use case."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.model import IdentitySource
    from credentials.policy import Violation


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one input field. `field` is the dotted path below `input`."""

    field: str
    code: str
    message: str
    meta: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InvalidInput:
    """The input breaks a rule that needs no stored data, or that only the proven may know."""

    faults: Sequence[FieldFault]


@dataclass(frozen=True, slots=True)
class PasswordRejected:
    """The new password breaks the policy. `field` names the input field that held it."""

    violations: Sequence[Violation]
    field: str = "newPassword"


@dataclass(frozen=True, slots=True)
class InvalidCredentials:
    """Unknown, wrong, disabled, locked or managed elsewhere: one refusal for all."""


@dataclass(frozen=True, slots=True)
class PasswordExpired:
    """The password is right and opens no session any more."""

    expired_at: datetime | None
    is_temporary: bool


@dataclass(frozen=True, slots=True)
class InvalidToken:
    """Unknown, expired, used, superseded, or for another purpose."""


@dataclass(frozen=True, slots=True)
class ExternallyManaged:
    """Another provider keeps this user's password."""

    managed_by: IdentitySource


@dataclass(frozen=True, slots=True)
class UserNotFound:
    """No such user; told to administrators only."""


@dataclass(frozen=True, slots=True)
class SystemNotFound:
    """No such system; told to administrators only."""


@dataclass(frozen=True, slots=True)
class NotFound:
    """No such session, API key or delivery for this caller."""


@dataclass(frozen=True, slots=True)
class AlreadyExists:
    """A name is taken. `field` is the input field that holds it."""

    field: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else changed it in between, or the last administrator would be lost."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TooManyAttempts:
    """A count is full; `retry_after` seconds until it is worth another try."""

    retry_after: float


@dataclass(frozen=True, slots=True)
class Overloaded:
    """The hashing queue is full; nothing was tried or counted."""

    retry_after: float


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Known, and not allowed: an entry in `errors`, not a union member."""


@dataclass(frozen=True, slots=True)
class Unauthenticated:
    """No caller that may be believed: an entry in `errors`."""


@dataclass(frozen=True, slots=True)
class ReauthenticationRequired:
    """The session is older than such an act allows: an entry in `errors`."""
