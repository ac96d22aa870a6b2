"""The mail channel: what the relay hands its letters to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from delivery.faults import PassingFault, PermanentFault
from delivery.mailbox import DirectoryMailbox

if TYPE_CHECKING:
    from email.message import EmailMessage

__all__ = ["BadMailUrl", "Mail", "PassingFault", "PermanentFault", "open_mail"]


class BadMailUrl(ValueError):  # noqa: N818  named for what is wrong, as the other start-up refusals are
    """The mail URL names no channel there is. The message does not repeat it: it may hold a password."""


class Mail(Protocol):
    """Sends one message at a time."""

    async def send(self, message: EmailMessage, effect_id: str) -> None:
        """Hands the message over; when this returns somebody else is answerable for it.

        Args:
            message: to one receiver.
            effect_id: `[a-z0-9]{1,64}`; the same at every try, so that a repeat is recognised.

        Raises:
            PassingFault: it may work later.
            PermanentFault: it never will.
        """
        ...


def open_mail(url: str) -> Mail:
    """Chooses the channel by the URL's scheme; opens no file and no connection yet.

    Args:
        url: `dir:` and the path of a folder, as in `REKEY_MAIL_URL`.

    Raises:
        BadMailUrl: another scheme, or no path.
    """
    scheme, _, rest = url.partition(":")
    if scheme in {"smtp", "smtps"}:
        reason = "Mail by SMTP is not supported by this version: use dir: and the path of a folder."
        raise BadMailUrl(reason)
    if scheme != "dir" or not rest or "\0" in rest:
        reason = "The mail URL must be dir: and the path of a folder, such as dir:./var/mail."
        raise BadMailUrl(reason)
    return DirectoryMailbox(Path(rest))
