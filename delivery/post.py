"""Mail effects become letters and are handed to the mail channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.kinds import EffectKind
from delivery.letters import compose
from delivery.notices import notice
from delivery.settlement import Settlement

if TYPE_CHECKING:
    from credentials.model import Effect
    from delivery.letters import Letter
    from delivery.mail import Mail
    from delivery.reset_mail import ResetMail


@dataclass(frozen=True, slots=True)
class Post:
    """Writes letters and sends them.

    Args:
        mail: the channel.
        sender: as in `REKEY_MAIL_FROM`.
        help_url: where externally managed users and guests are sent.
        resets: looks wishes up and strikes their secrets.
    """

    mail: Mail
    sender: str
    help_url: str | None
    resets: ResetMail

    async def deliver(self, effect: Effect) -> Settlement:
        """Sends an effect's letter: the same one at every try."""
        if effect.kind is EffectKind.MAIL_NOTICE:
            await self._send(effect, notice(effect.details, self.help_url), effect.details["locale"])
            return Settlement()
        resolved = await self.resets.resolve(effect)
        if isinstance(resolved, Settlement):
            return resolved
        await self._send(effect, resolved.letter, resolved.locale)
        return Settlement(user_id=resolved.user_id)

    async def _send(self, effect: Effect, letter: Letter, locale: str) -> None:
        message = compose(
            letter, sender=self.sender, effect_id=effect.id, date=effect.created_at, locale=locale
        )
        await self.mail.send(message, effect.id)
