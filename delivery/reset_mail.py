"""A wish for a reset becomes a letter: only here is it looked up whose address was typed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from credentials.attempt_keys import RESET_CODE, owner_key
from credentials.digests import Purpose
from credentials.kinds import Role
from credentials.one_time import reset_code, reset_token
from credentials.places import wish_address
from credentials.secret import Secret
from delivery.letters import ManagedElsewhereLetter, NotForGuestsLetter, ResetLetter
from delivery.settlement import Settlement, skipped
from store.attempts import DAY
from store.one_time_secrets import CODES_A_DAY, ResetSecret

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from credentials.chance import Chance
    from credentials.digests import Digests
    from credentials.model import Effect, User
    from credentials.vault import Vault
    from delivery.letters import Letter
    from store.unit_of_work import Store, Unit


@dataclass(frozen=True, slots=True)
class Resolved:
    """A letter, its reader, and the language it is in."""

    letter: Letter
    user_id: str
    locale: str


def forget_wish(effect: Effect) -> Callable[[Unit], None]:
    """Drops the address that was typed: its letter was sent, or there is none to send."""
    return lambda unit: unit.wishes.drop(effect.target)


@dataclass(frozen=True, slots=True)
class ResetMail:
    """Looks wishes up, strikes token and code, and writes the letter.

    Args:
        page_url: the page that the link leads to; the token stands in its fragment.
        help_url: where externally managed users and guests are sent.
        ttl: how long a token lives.
    """

    store: Store
    digests: Digests
    vault: Vault
    chance: Chance
    page_url: str
    help_url: str | None
    ttl: timedelta

    async def resolve(self, effect: Effect) -> Resolved | Settlement:
        """The letter of a MAIL_RESET: at a repeated try the same one, or none if it is dead by now."""
        return await self.store.write(self._resolve, effect)

    def _resolve(self, unit: Unit, effect: Effect) -> Resolved | Settlement:
        now = self.chance.now()
        if effect.created_at + self.ttl <= now:
            return skipped("The wish is older than its token would live.", after=forget_wish(effect))
        user = self._reader(unit, effect)
        if user is None or user.is_disabled:
            return skipped("Nobody who may reset a password has this address.", after=forget_wish(effect))
        locale = effect.details.get("locale") or user.locale
        letter = self._letter(unit, effect, user, now)
        if letter is None:
            return skipped("A newer mail or a change has ended this token.", after=forget_wish(effect))
        return Resolved(letter, user.id, locale)

    def _reader(self, unit: Unit, effect: Effect) -> User | None:
        if effect.user_id is not None:
            return unit.users.by_id(effect.user_id)
        sealed = unit.wishes.find(effect.target)
        if sealed is None:  # an effect that was skipped before and is tried again
            return None
        return unit.users.by_address(self.vault.open(sealed, **wish_address(effect.target)).reveal())

    def _letter(self, unit: Unit, effect: Effect, user: User, now: datetime) -> Letter | None:
        if user.is_external:
            return ManagedElsewhereLetter(
                to=user.email_address, full_name=user.full_name, help_url=self.help_url
            )
        if Role.GUEST in user.roles:
            return NotForGuestsLetter(to=user.email_address, full_name=user.full_name, help_url=self.help_url)
        kept = self._strike(unit, effect, user, now)
        if kept is None:
            return None
        # At a repeated try it is the first one's that counts: its key, and a code that was withheld stays so.
        key_id = kept.token.key_id
        token = reset_token(self.digests, effect.id, key_id)
        return ResetLetter(
            to=user.email_address,
            full_name=user.full_name,
            help_url=self.help_url,
            link=Secret(f"{self.page_url}#token={token.reveal()}"),
            code=None if kept.code is None else reset_code(self.digests, effect.id, key_id),
            expires_in=self.ttl,
        )

    def _strike(self, unit: Unit, effect: Effect, user: User, now: datetime) -> ResetSecret | None:
        key_id = self.digests.current_id  # asked once: it may change meanwhile
        digest = partial(self.digests.digest, key_id=key_id)
        wrong = unit.attempts.taken(owner_key(self.digests, RESET_CODE, user.id), now, DAY)
        token = reset_token(self.digests, effect.id, key_id)
        code = reset_code(self.digests, effect.id, key_id) if wrong < CODES_A_DAY else None
        drawn = ResetSecret(
            id=effect.id,
            user_id=user.id,
            epoch=user.epoch,
            token=digest(Purpose.PASSWORD_RESET, user.id, token),
            code=None if code is None else digest(Purpose.PASSWORD_RESET_CODE, user.id, code),
            expires_at=effect.created_at + self.ttl,
        )
        lookup = digest(Purpose.LOOKUP, Purpose.PASSWORD_RESET, token).value
        return unit.one_time_secrets.strike(drawn, lookup, now)
