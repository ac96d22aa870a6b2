"""A rendered letter as an Internet message (RFC 5322, RFC 2045 to 2049)."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Final

from delivery.addresses import needs_smtputf8, read_address, read_sender

if TYPE_CHECKING:
    from datetime import datetime

    from delivery.rendering import Rendered

#: RFC 5322 2.1.1: octets of a line without its end.
MAX_LINE: Final = 998


def write_message(
    rendered: Rendered, *, to: str, sender: str, effect_id: str, date: datetime
) -> EmailMessage:
    """Makes a message to one address; the same arguments make the same octets.

    Args:
        rendered: the letter in words.
        to: the stored address, taken as one address whatever it holds.
        sender: as in `REKEY_MAIL_FROM`.
        effect_id: `[a-z0-9]{1,64}`; receivers recognise a repeat by the Message-ID made of it.
        date: the header's date, with a zone.

    Raises:
        PermanentFault: no mail can be sent to `to`.
        BadSender: `sender` is not one plain address.
    """
    receiver = read_address(to)
    author = read_sender(sender)
    raw = needs_smtputf8(receiver) or needs_smtputf8(author)
    message = EmailMessage(policy=policy.default.clone(utf8=raw))
    message["Subject"] = rendered.subject
    message["From"] = author
    message["To"] = receiver
    message["Date"] = date
    message["Message-ID"] = f"<{effect_id}@{author.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 5: no out-of-office note comes back
    message.set_content(rendered.text, cte=_encoding(rendered.text))
    message.add_alternative(rendered.html, subtype="html", cte=_encoding(rendered.html))
    # Not before: setting the content drops every header whose name begins with Content.
    message["Content-Language"] = rendered.language
    # A random boundary would make two tries of one effect differ. At most 66 of RFC 2046's 70 characters.
    message.set_boundary(f"=_{effect_id}")
    return message


def _encoding(text: str) -> str | None:
    """Plain 7bit wherever it is allowed, so that a link stands unbroken in the file; else Python's choice."""
    lines_fit = all(len(line) <= MAX_LINE for line in text.splitlines())
    return "7bit" if text.isascii() and lines_fit else None
