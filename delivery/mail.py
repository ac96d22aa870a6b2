"""The mail channel: what the relay hands its letters to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from delivery.faults import ChannelDown, PassingFault, PermanentFault
from delivery.mailbox import DirectoryMailbox
from delivery.smtp import SmtpMail
from delivery.smtp_limits import SmtpLimits
from delivery.smtp_url import PORTS, BadMailUrl, read_smtp_url

if TYPE_CHECKING:
    from delivery.messages import Message
__all__ = ["BadMailUrl", "ChannelDown", "Mail", "PassingFault", "PermanentFault", "open_mail"]


class Mail(Protocol):
    """Sends messages, several at once."""

    async def send(self, message: Message, effect_id: str) -> None:
        """Hands the message over; when this returns somebody else is answerable for it.

        Args:
            message: to one receiver.
            effect_id: `[a-z0-9]{1,64}`; the same at every try, so that a repeat is recognised.

        Raises:
            ChannelDown: no mail gets through now.
            PassingFault: this one may get through later.
            PermanentFault: it never will.
        """
        ...

    async def close(self) -> None:
        """Takes leave of the server, where there is one."""
        ...


def open_mail(url: str, limits: SmtpLimits | None = None) -> Mail:
    """Chooses the channel by the URL's scheme; opens no connection yet.

    Args:
        url: `dir:` and the path of a folder, or a server as in `read_smtp_url`; `REKEY_MAIL_URL`.
        limits: of time and number, for a server.

    Raises:
        BadMailUrl: another scheme, no path or host, or a file of authorities that is none.
    """
    scheme, _, rest = url.partition(":")
    if scheme in PORTS:
        return SmtpMail(read_smtp_url(url), limits or SmtpLimits())
    if scheme != "dir" or not rest or "\0" in rest:
        reason = "The mail URL must be dir: and the path of a folder, or name a server by smtp: or smtps:."
        raise BadMailUrl(reason)
    return DirectoryMailbox(Path(rest))
