"""One connection to a mail server, used for one mail after another and left."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from aiosmtplib import SMTPException, SMTPResponseException, SMTPStatus

from delivery.faults import PassingFault, PermanentFault
from delivery.smtp_faults import CLOSING, of_mail, of_sender
from delivery.smtp_opening import hang_up

if TYPE_CHECKING:
    from aiosmtplib import SMTP

    from delivery.messages import Message
    from delivery.smtp_limits import SmtpLimits

#: RFC 5321 4.3.2: what RCPT is answered where the server takes the mail, itself or to pass it on.
_TAKEN: Final = frozenset({SMTPStatus.completed, SMTPStatus.will_forward})


class SmtpConnection:
    """A connection that is ready for mails.

    Args:
        smtp: connected, encrypted and logged in.
        limits: of time.
    """

    def __init__(self, smtp: SMTP, limits: SmtpLimits) -> None:
        self._smtp = smtp
        self._limits = limits

    @property
    def is_alive(self) -> bool:
        """Whether the server has not hung up, as far as is known here."""
        return self._smtp.is_connected

    async def begin(self, message: Message) -> bool:
        """Names the sender; False: the server had hung up, and has nothing of the mail.

        Raises:
            ChannelDown: the sender was refused.
            PassingFault: the mail was put off.
            PermanentFault: the receiver cannot be named to this server.
        """
        options = self._options(message)
        try:
            code = await self._say(f"MAIL FROM:<{message.sender}>", *options)
        except (SMTPException, OSError):
            self.drop()
            return False
        except BaseException:  # cancelled between command and answer: what comes next is unknown
            self.drop()
            raise
        if code == CLOSING:
            return False
        if code != SMTPStatus.completed:
            await self._reset()
            raise of_sender(code)
        return True

    async def finish(self, message: Message) -> None:
        """Names the receiver and hands the content over, after `begin`.

        Raises:
            ChannelDown: the server is closing.
            PassingFault: the mail was put off, or the connection was lost.
            PermanentFault: the receiver or the mail was refused.
        """
        content = message.octets(eighth_bit=self._takes_eighth_bit, line_end="\r\n")
        try:
            code = await self._say(f"RCPT TO:<{message.receiver}>")
            if code in _TAKEN:
                await self._smtp.data(content)
        except SMTPResponseException as refusal:
            await self._reset()
            raise of_mail(refusal.code, "the mail") from refusal
        except (SMTPException, OSError) as lost:
            self.drop()
            reason = "The mail server hung up, or fell silent, before it had taken the mail."
            raise PassingFault(reason) from lost
        except BaseException:  # as above
            self.drop()
            raise
        if code not in _TAKEN:
            await self._reset()
            raise of_mail(code, "the receiver")

    async def leave(self) -> None:
        """Says QUIT and closes; a server that does not answer is left all the same."""
        with suppress(SMTPException, OSError):
            await self._smtp.execute_command(b"QUIT", timeout=self._limits.leaving)
        self.drop()

    def drop(self) -> None:
        """Closes without a word."""
        hang_up(self._smtp)

    @property
    def _takes_eighth_bit(self) -> bool:
        return self._smtp.supports_extension("8bitmime")

    async def _say(self, *words: str) -> int:
        """The code of the answer to a command. Its addresses were read before: aiosmtplib need not again."""
        return (await self._smtp.execute_command(*(word.encode() for word in words))).code

    def _options(self, message: Message) -> list[str]:
        """What MAIL FROM says about the address (RFC 6531) and the content (RFC 6152)."""
        options = ["BODY=8BITMIME"] if self._takes_eighth_bit else []
        if not message.needs_smtputf8:
            return options
        if self._smtp.supports_extension("smtputf8"):
            return [*options, "SMTPUTF8"]
        reason = "The mail server takes no letters beyond ASCII in the receiver's address: it lacks SMTPUTF8."
        raise PermanentFault(reason)

    async def _reset(self) -> None:
        """Clears what was begun, so that the next mail can be; where that fails, the connection is closed."""
        try:
            await self._smtp.rset()
        except (SMTPException, OSError):
            self.drop()
        except BaseException:
            self.drop()
            raise
