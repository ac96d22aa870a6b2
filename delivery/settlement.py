"""How an effect's delivery ended, where it ended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from credentials.kinds import EffectKind, EffectState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from credentials.model import Effect
    from store.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class Settlement:
    """DELIVERED, or SKIPPED with its reason; `user_id` is who it turned out to be for.

    `after` is what else ends with it: it runs in the transaction that settles the effect.
    """

    state: EffectState = EffectState.DELIVERED
    reason: str | None = None
    user_id: str | None = None
    after: Callable[[Unit], object] | None = None


def skipped(reason: str, after: Callable[[Unit], object] | None = None) -> Settlement:
    """There is nothing to deliver, or nowhere to."""
    return Settlement(EffectState.SKIPPED, reason, after=after)


async def no_channel(effect: Effect) -> Settlement:
    """What becomes of an effect of a kind that nothing is configured for."""
    if effect.kind is EffectKind.WEBHOOK:
        return skipped("No webhook is configured (REKEY_WEBHOOKS_FILE).")

    # A code lies here only until a server has it, and there is none.
    return skipped("No XMPP server is configured (REKEY_XMPP_URL).", after=partial(_forget_code, effect))


def _forget_code(effect: Effect, unit: Unit) -> None:
    account = unit.xmpp_accounts.password(effect.target)
    if effect.kind is EffectKind.XMPP_PASSWORD and account is not None and account.sealed is not None:
        unit.xmpp_accounts.forget_code(account.jid, account.sealed)


if TYPE_CHECKING:
    #: Carries an effect out. Raises PassingFault or PermanentFault where it cannot.
    Deliver = Callable[[Effect], Awaitable[Settlement]]
