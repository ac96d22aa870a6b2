"""How an effect's delivery ended, where it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.kinds import EffectKind, EffectState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from credentials.model import Effect


@dataclass(frozen=True, slots=True)
class Settlement:
    """DELIVERED, or SKIPPED with its reason; `user_id` is who it turned out to be for."""

    state: EffectState = EffectState.DELIVERED
    reason: str | None = None
    user_id: str | None = None


def skipped(reason: str) -> Settlement:
    """There is nothing to deliver, or nowhere to."""
    return Settlement(EffectState.SKIPPED, reason)


async def no_channel(effect: Effect) -> Settlement:
    """What becomes of an effect of a kind that nothing is configured for."""
    if effect.kind is EffectKind.WEBHOOK:
        return skipped("No webhook is configured (REKEY_WEBHOOKS_FILE).")
    return skipped("No XMPP server is configured (REKEY_XMPP_URL).")


if TYPE_CHECKING:
    #: Carries an effect out. Raises PassingFault or PermanentFault where it cannot.
    Deliver = Callable[[Effect], Awaitable[Settlement]]
