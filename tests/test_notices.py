"""Which letter a notice is: every name has its own, with what its use case wrote down."""

from __future__ import annotations

from typing import Any

import pytest

from credentials.kinds import LetterName
from delivery.letters import (
    AccountDeletedLetter,
    AccountDisabledLetter,
    AddressChangedLetter,
    AdministratorNotice,
    AdministratorNoticeLetter,
    Letter,
    PasswordChangedLetter,
    PasswordResetByAdminLetter,
    PasswordResetLetter,
    SessionsRevokedLetter,
)
from delivery.notices import notice
from tests.chance import START
from tests.mailroom import HELP

EVERY: dict[str, Any] = {
    "to": "mary@example.org",
    "full_name": "Mary",
    "help_url": HELP,
    "at": START,
}
#: For each name what it tells, and the letter that it is.
LETTERS: dict[LetterName, tuple[dict[str, Any], Letter]] = {
    LetterName.PASSWORD_CHANGED: (
        {"address": "192.0.2.1"},
        PasswordChangedLetter(**EVERY, address="192.0.2.1"),
    ),
    LetterName.PASSWORD_RESET: ({"address": None}, PasswordResetLetter(**EVERY, address=None)),
    LetterName.PASSWORD_RESET_BY_ADMIN: (
        {"mustChange": True},
        PasswordResetByAdminLetter(**EVERY, must_change=True),
    ),
    LetterName.ADDRESS_CHANGED: (
        {"oldAddress": "a@example.org", "newAddress": "b@example.org"},
        AddressChangedLetter(**EVERY, old_address="a@example.org", new_address="b@example.org"),
    ),
    LetterName.ACCOUNT_DISABLED: ({}, AccountDisabledLetter(**EVERY)),
    LetterName.ACCOUNT_DELETED: ({}, AccountDeletedLetter(**EVERY)),
    LetterName.SESSIONS_REVOKED: ({}, SessionsRevokedLetter(**EVERY)),
    LetterName.ADMINISTRATOR_NOTICE: (
        {"what": "ADMIN_GRANTED", "actor": "user:1", "subject": "john"},
        AdministratorNoticeLetter(
            **EVERY, what=AdministratorNotice.ADMIN_GRANTED, actor="user:1", subject_name="john"
        ),
    ),
}


def test_every_name_is_here() -> None:
    """A name that is added without a letter fails here, and in the type check of `notice`."""
    assert set(LETTERS) == set(LetterName)


@pytest.mark.parametrize("name", list(LetterName))
def test_each_name_has_its_letter(name: LetterName) -> None:
    """What was written down becomes the letter's own values."""
    tells, letter = LETTERS[name]
    details = {"letter": str(name), "to": EVERY["to"], "fullName": "Mary", "at": START.isoformat(), **tells}
    assert notice(details, HELP) == letter


def test_a_name_that_there_is_not_is_a_defect() -> None:
    """A row of a newer version is not guessed at."""
    details = {"letter": "hello", "to": "a@example.org", "fullName": None, "at": START.isoformat()}
    with pytest.raises(ValueError, match="hello"):
        notice(details, None)
