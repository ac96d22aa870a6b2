"""The relay: claims due effects, carries them out, settles them. At least once, in order per subject."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from credentials.kinds import EffectKind, EffectState
from delivery.faults import PassingFault, PermanentFault
from delivery.settlement import Settlement, no_channel
from store.faults import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.chance import Chance
    from credentials.model import Effect
    from delivery.settlement import Deliver
    from store.unit_of_work import Store, Unit

#: How many effects are carried out at once: mail servers take a few connections from one client.
BATCH = 16
#: A delivery takes seconds; after a minute its relay is taken for dead and another may try.
LEASE = timedelta(minutes=1)
#: How soon effects of another process, and those that are due again, are seen.
POLL_SECONDS = 0.5
#: The wait after a passing fault: 2 s, doubling, at most five minutes.
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=5)
#: Mails are given up after a day of trying; the contract's figure.
ABANDON_AFTER = timedelta(hours=24)

_log = structlog.get_logger()


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts that failed."""
    doublings = min(attempts - 1, 8)  # 2 s x 2^8 is over five minutes
    wait: timedelta = FIRST_WAIT * 2**doublings
    return min(wait, LONGEST_WAIT)


class Relay:
    """Carries effects out, each kind by its channel; a kind without one is SKIPPED.

    Args:
        store: where the outbox lies.
        chance: clock, and entropy for the name of this relay's leases.
        channels: what carries out which kind.
    """

    def __init__(self, store: Store, chance: Chance, channels: Mapping[EffectKind, Deliver]) -> None:
        self._store = store
        self._chance = chance
        self._channels = channels
        self._lease = chance.new_id()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Works until `stop`; a database that is gone is waited for."""
        while not self._stopping.is_set():
            self._store.effects_written.clear()
            try:
                if await self.step():
                    continue
            except StoreUnavailable as fault:
                _log.warning("relay.waits", reason=str(fault))
            await self._rest()

    def stop(self) -> None:
        """Asks `run` to end after the batch it is at."""
        self._stopping.set()
        self._store.effects_written.set()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._store.effects_written.wait(), POLL_SECONDS)

    async def step(self) -> bool:
        """Carries out the effects that are due now, the first of each subject; False: there are none."""
        now = self._chance.now()
        if not await self._store.read(lambda unit: unit.effects.is_due(now)):
            return False
        claimed = await self._store.write(
            lambda unit: unit.effects.claim(self._lease, now, now + LEASE, BATCH)
        )
        ended = await asyncio.gather(*map(self._carry_out, claimed), return_exceptions=True)
        # What the store could not write down now is still leased, and tried again after the lease.
        for fault in filter(None, ended):
            raise fault
        return bool(claimed)

    async def _carry_out(self, effect: Effect) -> None:
        try:
            await self._settle(effect, await self._channels.get(effect.kind, no_channel)(effect))
        except PassingFault as fault:
            await self._again_or_never(effect, fault.reason)
        except PermanentFault as fault:
            await self._settle(effect, Settlement(EffectState.FAILED, fault.reason))
        except StoreUnavailable:
            raise
        except Exception as defect:  # noqa: BLE001  one effect's defect must not keep all others waiting
            _log.error("delivery.defect", effect=effect.id, kind=effect.kind, exc_info=defect)
            await self._again_or_never(effect, "A defect of ours; the log names it.")

    async def _again_or_never(self, effect: Effect, reason: str) -> None:
        now = self._chance.now()
        if now >= effect.created_at + ABANDON_AFTER and effect.kind in _MAILS:
            await self._settle(effect, Settlement(EffectState.FAILED, f"Given up after a day: {reason}"))
            return
        due_at = now + wait_after(effect.attempts)
        _log.info("delivery.postponed", effect=effect.id, kind=effect.kind, reason=reason)
        await self._store.write(
            lambda unit: unit.effects.postpone(effect, self._lease, due_at=due_at, reason=reason)
        )

    async def _settle(self, effect: Effect, settlement: Settlement) -> None:
        _log.info(
            "delivery.settled",
            effect=effect.id,
            kind=effect.kind,
            state=settlement.state,
            reason=settlement.reason,
        )
        await self._store.write(self._settled, effect, settlement)

    def _settled(self, unit: Unit, effect: Effect, settlement: Settlement) -> None:
        mine = unit.effects.settle(
            effect,
            self._lease,
            settlement.state,
            now=self._chance.now(),
            reason=settlement.reason,
            user_id=settlement.user_id,
        )
        if not mine or settlement.state is EffectState.FAILED:
            return  # a failed one may be retried, and needs what it was about
        if effect.kind is EffectKind.MAIL_RESET:
            unit.wishes.drop(effect.target)
        if effect.kind is EffectKind.XMPP_PASSWORD:
            unit.xmpp_accounts.forget_code(effect.target)


_MAILS = (EffectKind.MAIL_RESET, EffectKind.MAIL_NOTICE)
