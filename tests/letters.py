"""One letter of every kind, and how its reader's machine reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from credentials.secret import Secret
from delivery.letter_writing import compose
from delivery.letters import (
    AccountDeletedLetter,
    AccountDisabledLetter,
    AddressChangedLetter,
    AdministratorNotice,
    AdministratorNoticeLetter,
    Letter,
    ManagedElsewhereLetter,
    NotForGuestsLetter,
    PasswordChangedLetter,
    PasswordResetByAdminLetter,
    PasswordResetLetter,
    ResetLetter,
    SessionsRevokedLetter,
)

if TYPE_CHECKING:
    from delivery.templates import Templates

SENDER = "Example Accounts <no-reply@example.org>"
AT = datetime(2026, 11, 20, 16, 19, tzinfo=UTC)
LINK = "https://accounts.example.org/reset-password#token=" + "Zz9_-" * 8 + "abc"
WHO: Any = {"to": "mary@example.org", "full_name": "Mary Example", "help_url": "https://help.example.org/"}
NOTICE: Any = WHO | {"at": AT}
RESET = ResetLetter(**WHO, link=Secret(LINK), code=Secret("ABC-DEF"), expires_in=timedelta(minutes=60))

EVERY_LETTER: list[Letter] = [
    RESET,
    PasswordChangedLetter(**NOTICE, address="192.0.2.7"),
    PasswordResetLetter(**NOTICE, address="2001:db8::7"),
    PasswordResetByAdminLetter(**NOTICE, must_change=False),
    PasswordResetByAdminLetter(**NOTICE, must_change=True),
    ManagedElsewhereLetter(**WHO),
    NotForGuestsLetter(**WHO),
    AddressChangedLetter(**NOTICE, old_address="mary@example.org", new_address="ann@example.net"),
    AddressChangedLetter(**NOTICE, old_address="ann@example.net", new_address="mary@example.org"),
    AccountDisabledLetter(**NOTICE),
    AccountDeletedLetter(**NOTICE),
    SessionsRevokedLetter(**NOTICE),
    *(
        AdministratorNoticeLetter(**NOTICE, what=what, actor="root", subject_name="nightly job")
        for what in AdministratorNotice
    ),
]


def mail(letter: Letter, locale: str = "en", templates: Templates | None = None) -> EmailMessage:
    """The letter as its receiver's machine reads it."""
    message = compose(letter, sender=SENDER, effect_id="e1", date=AT, locale=locale, templates=templates)
    return message_from_bytes(message.octets(), EmailMessage, policy=policy.default)


def forms(letter: Letter, locale: str = "en", templates: Templates | None = None) -> tuple[str, str]:
    """Its text and its page."""
    text, page = (part.get_content() for part in mail(letter, locale, templates).iter_parts())
    return text, page


class Page(HTMLParser):
    """Collects tags, attributes and shown text, and holds every tag against its end."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.shown = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remembers it."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It ends what began last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Adds it to what is shown."""
        self.shown += data
