"""Which letter an effect asks for: about something that was done, to the address stored at that time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict, assert_never

from credentials.kinds import LetterName
from delivery.letters import (
    AccountDeletedLetter,
    AccountDisabledLetter,
    AddressChangedLetter,
    AdministratorNotice,
    AdministratorNoticeLetter,
    PasswordChangedLetter,
    PasswordResetByAdminLetter,
    PasswordResetLetter,
    SessionsRevokedLetter,
)

if TYPE_CHECKING:
    from delivery.letters import Letter


class _Common(TypedDict):
    to: str
    full_name: str | None
    help_url: str | None
    at: datetime


def notice(details: dict[str, Any], help_url: str | None) -> Letter:
    """The letter of a MAIL_NOTICE, from what its use case wrote down."""
    every = _Common(
        to=details["to"],
        full_name=details["fullName"],
        help_url=help_url,
        at=datetime.fromisoformat(details["at"]),
    )
    match LetterName(details["letter"]):
        case LetterName.PASSWORD_CHANGED:
            return PasswordChangedLetter(**every, address=details["address"])
        case LetterName.PASSWORD_RESET:
            return PasswordResetLetter(**every, address=details["address"])
        case LetterName.PASSWORD_RESET_BY_ADMIN:
            return PasswordResetByAdminLetter(**every, must_change=details["mustChange"])
        case LetterName.ADDRESS_CHANGED:
            old, new = details["oldAddress"], details["newAddress"]
            return AddressChangedLetter(**every, old_address=old, new_address=new)
        case LetterName.ACCOUNT_DISABLED:
            return AccountDisabledLetter(**every)
        case LetterName.ACCOUNT_DELETED:
            return AccountDeletedLetter(**every)
        case LetterName.SESSIONS_REVOKED:
            return SessionsRevokedLetter(**every)
        case LetterName.ADMINISTRATOR_NOTICE:
            what = AdministratorNotice[details["what"]]
            name, actor = details["subject"], details["actor"]
            return AdministratorNoticeLetter(**every, what=what, actor=actor, subject_name=name)
        case other:
            assert_never(other)
