"""Mail effects become letters and are handed to the mail channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from credentials.kinds import EffectKind
from delivery.letter_writing import compose
from delivery.notices import notice
from delivery.reset_mail import forget_wish
from delivery.settlement import Settlement
from delivery.templates import shipped_templates

if TYPE_CHECKING:
    from credentials.model import Effect
    from delivery.letters import Letter
    from delivery.mail import Mail
    from delivery.reset_mail import ResetMail
    from delivery.templates import Templates


@dataclass(frozen=True, slots=True)
class Post:
    """Writes letters and sends them.

    Args:
        mail: the channel.
        sender: as in `REKEY_MAIL_FROM`.
        help_url: where externally managed users and guests are sent.
        resets: looks wishes up and strikes their secrets.
        templates: the wording, with the operator's own.
    """

    mail: Mail
    sender: str
    help_url: str | None
    resets: ResetMail
    templates: Templates = field(default_factory=shipped_templates)

    async def deliver(self, effect: Effect) -> Settlement:
        """Sends an effect's letter: the same one at every try."""
        if effect.kind is EffectKind.MAIL_NOTICE:
            await self._send(effect, notice(effect.details, self.help_url), effect.details["locale"])
            return Settlement()
        resolved = await self.resets.resolve(effect)
        if isinstance(resolved, Settlement):
            return resolved
        await self._send(effect, resolved.letter, resolved.locale)
        return Settlement(user_id=resolved.user_id, after=forget_wish(effect))

    async def _send(self, effect: Effect, letter: Letter, locale: str) -> None:
        message = compose(
            letter,
            sender=self.sender,
            effect_id=effect.id,
            date=effect.created_at,
            locale=locale,
            templates=self.templates,
        )
        await self.mail.send(message, effect.id)
