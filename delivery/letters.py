"""Every letter there is, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from credentials.secret import Secret


class AdministratorNotice(StrEnum):
    """What every administrator is told about; each value names its template."""

    API_KEY_CREATED = "api_key_created"
    ADMIN_GRANTED = "admin_granted"
    ADMIN_CHANGED = "admin_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """What all have: the stored address, the name to greet, and where help is found."""

    to: str
    full_name: str | None
    help_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(_Letter):
    """A letter about something that was done, at a moment in UTC."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetLetter(_Letter):
    """The link and the code, either of which sets a new password once; the code may be withheld."""

    link: Secret
    code: Secret | None
    expires_in: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChangedLetter(Notice):
    """The user changed the password; `address` is the network address it was done from."""

    template: ClassVar[str] = "password_changed"
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetLetter(Notice):
    """The password was set by a mailed link or code; `address` is the network address it came from."""

    template: ClassVar[str] = "password_reset"
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetByAdminLetter(Notice):
    """An administrator set the password: for good, or until the user changes it (`must_change`)."""

    must_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedElsewhereLetter(_Letter):
    """A reset was asked for, but another provider keeps the password."""

    template: ClassVar[str] = "managed_elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotForGuestsLetter(_Letter):
    """A reset was asked for, but guests have no password to reset here."""

    template: ClassVar[str] = "not_for_guests"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChangedLetter(Notice):
    """The account's address changed: one letter to each, `to` being one of the two."""

    old_address: str
    new_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDisabledLetter(Notice):
    """The account was disabled."""

    template: ClassVar[str] = "account_disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDeletedLetter(Notice):
    """The account was deleted."""

    template: ClassVar[str] = "account_deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsRevokedLetter(Notice):
    """All sessions of the user were ended."""

    template: ClassVar[str] = "sessions_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministratorNoticeLetter(Notice):
    """Something every administrator should know: `actor` did `what` to the user or key `subject_name`."""

    what: AdministratorNotice
    actor: str
    subject_name: str


Letter = (
    ResetLetter
    | PasswordChangedLetter
    | PasswordResetLetter
    | PasswordResetByAdminLetter
    | ManagedElsewhereLetter
    | NotForGuestsLetter
    | AddressChangedLetter
    | AccountDisabledLetter
    | AccountDeletedLetter
    | SessionsRevokedLetter
    | AdministratorNoticeLetter
)
