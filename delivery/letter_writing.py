"""How a letter becomes a mail: its template and values, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from delivery.addresses import mask, read_sender
from delivery.letter_times import duration, moment
from delivery.letters import (
    AccountDeletedLetter,
    AccountDisabledLetter,
    AddressChangedLetter,
    AdministratorNoticeLetter,
    ManagedElsewhereLetter,
    NotForGuestsLetter,
    Notice,
    PasswordChangedLetter,
    PasswordResetByAdminLetter,
    PasswordResetLetter,
    ResetLetter,
    SessionsRevokedLetter,
)
from delivery.messages import write_message
from delivery.rendering import render
from delivery.templates import shipped_templates

if TYPE_CHECKING:
    from datetime import datetime

    from delivery.letters import Letter
    from delivery.messages import Message
    from delivery.templates import Templates


def compose(
    letter: Letter,
    *,
    sender: str,
    effect_id: str,
    date: datetime,
    locale: str = "en",
    templates: Templates | None = None,
) -> Message:
    """Writes a letter as a mail: text and HTML, to one address. The result may hold a secret.

    Args:
        letter: what to say, and to whom.
        sender: as in `REKEY_MAIL_FROM`; its name (or else its domain) is what the letter calls the service.
        effect_id: `[a-z0-9]{1,64}`, the same at every try of one effect.
        date: the header's date, in UTC.
        locale: the reader's, such as `en_US`; a language without templates gets English.
        templates: the wording; None: as it is shipped.

    Raises:
        PermanentFault: no mail can be sent to the letter's address.
        BadSender: `sender` is not one plain address.
    """
    language = (templates or shipped_templates()).choose(locale)
    template, values = _wording(letter, language.name)
    author = read_sender(sender)
    everywhere = {
        "name": letter.full_name or letter.to,
        "to": letter.to,
        "service": author.display_name or author.domain,
        "help_url": letter.help_url,
    }
    rendered = render(language, template, values | everywhere)
    return write_message(rendered, to=letter.to, sender=author, effect_id=effect_id, date=date)


def _wording(letter: Letter, language: str) -> tuple[str, dict[str, str | None]]:
    """The letter's template, and the values of its own; every notice says when it was done."""
    own: dict[str, str | None] = {"at": moment(letter.at, language)} if isinstance(letter, Notice) else {}
    match letter:
        case ResetLetter(link=link, code=code, expires_in=expires_in):
            own["link"], own["expires_in"] = link.reveal(), duration(expires_in, language)
            own["code"] = None if code is None else code.reveal()
            template = "reset"
        case PasswordChangedLetter() | PasswordResetLetter():
            template, own["address"] = letter.template, letter.address
        case PasswordResetByAdminLetter(must_change=must_change):
            template = "temporary_password_set" if must_change else "password_reset_by_admin"
        case AddressChangedLetter(to=to, old_address=old, new_address=new):
            # Each reader sees the other address masked: the new one may be mistyped, the old one lost.
            template, other = ("address_changed_old", new) if to == old else ("address_changed_new", old)
            own["other"] = mask(other)
        case ManagedElsewhereLetter() | NotForGuestsLetter():
            template = letter.template
        case AccountDisabledLetter() | AccountDeletedLetter() | SessionsRevokedLetter():
            template = letter.template
        case AdministratorNoticeLetter(what=what, actor=actor, subject_name=name):
            template, own["actor"], own["subject_name"] = what.value, actor, name
        case _:
            assert_never(letter)
    return template, own
