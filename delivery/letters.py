"""Every letter there is, and how it becomes a mail."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, assert_never

from delivery.addresses import mask, read_sender
from delivery.letter_times import duration, moment
from delivery.messages import write_message
from delivery.rendering import render

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from email.message import EmailMessage

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
class _Notice(_Letter):
    """A letter about something that was done, at a moment in UTC."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetLetter(_Letter):
    """The link and the code, either of which sets a new password once; the code may be withheld."""

    link: Secret
    code: Secret | None
    expires_in: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChangedLetter(_Notice):
    """The user changed the password; `address` is the network address it was done from."""

    template: ClassVar[str] = "password_changed"
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetLetter(_Notice):
    """The password was set by a mailed link or code; `address` is the network address it came from."""

    template: ClassVar[str] = "password_reset"
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetByAdminLetter(_Notice):
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
class AddressChangedLetter(_Notice):
    """The account's address changed: one letter to each, `to` being one of the two."""

    old_address: str
    new_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDisabledLetter(_Notice):
    """The account was disabled."""

    template: ClassVar[str] = "account_disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDeletedLetter(_Notice):
    """The account was deleted."""

    template: ClassVar[str] = "account_deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsRevokedLetter(_Notice):
    """All sessions of the user were ended."""

    template: ClassVar[str] = "sessions_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministratorNoticeLetter(_Notice):
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


def compose(
    letter: Letter, *, sender: str, effect_id: str, date: datetime, locale: str = "en"
) -> EmailMessage:
    """Writes a letter as a mail: text and HTML, to one address. The result may hold a secret.

    Args:
        letter: what to say, and to whom.
        sender: as in `REKEY_MAIL_FROM`; its name (or else its domain) is what the letter calls the service.
        effect_id: `[a-z0-9]{1,64}`, the same at every try of one effect.
        date: the header's date, in UTC.
        locale: the reader's, such as `en_US`; a language without templates gets English.

    Raises:
        PermanentFault: no mail can be sent to the letter's address.
        BadSender: `sender` is not one plain address.
    """
    template, values = _wording(letter)
    author = read_sender(sender)
    everywhere = {
        "name": letter.full_name or letter.to,
        "to": letter.to,
        "service": author.display_name or author.domain,
        "help_url": letter.help_url,
    }
    rendered = render(template, values | everywhere, locale)
    return write_message(rendered, to=letter.to, sender=sender, effect_id=effect_id, date=date)


def _wording(letter: Letter) -> tuple[str, dict[str, str | None]]:
    """The letter's template, and the values of its own."""
    own: dict[str, str | None]
    match letter:
        case ResetLetter(link=link, code=code, expires_in=expires_in):
            code_text = None if code is None else code.reveal()
            template = "reset"
            own = {"link": link.reveal(), "code": code_text, "expires_in": duration(expires_in)}
        case ManagedElsewhereLetter() | NotForGuestsLetter():
            template, own = letter.template, {}
        case PasswordChangedLetter() | PasswordResetLetter():
            template, own = letter.template, {"at": moment(letter.at), "address": letter.address}
        case PasswordResetByAdminLetter(at=at, must_change=must_change):
            template = "temporary_password_set" if must_change else "password_reset_by_admin"
            own = {"at": moment(at)}
        case AddressChangedLetter(at=at, to=to, old_address=old, new_address=new):
            # Each reader sees the other address masked: the new one may be mistyped, the old one lost.
            template, other = ("address_changed_old", new) if to == old else ("address_changed_new", old)
            own = {"at": moment(at), "other": mask(other)}
        case AccountDisabledLetter() | AccountDeletedLetter() | SessionsRevokedLetter():
            template, own = letter.template, {"at": moment(letter.at)}
        case AdministratorNoticeLetter(at=at, what=what, actor=actor, subject_name=name):
            template, own = what.value, {"at": moment(at), "actor": actor, "subject_name": name}
        case _:
            assert_never(letter)
    return template, own
