"""The relay: claims due effects, carries them out, settles them. At least once, in order per subject."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from credentials.kinds import ChannelName
from delivery.lane import Lane
from delivery.settlement import no_channel
from store.faults import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from credentials.chance import Chance
    from credentials.kinds import EffectKind
    from credentials.model import Effect
    from delivery.settlement import Deliver, Settlement
    from store.unit_of_work import Store

#: How soon effects of another process, and those that are due again, are seen.
POLL_SECONDS = 0.5

_log = structlog.get_logger()


class Relay:
    """Carries effects out, each kind by its channel; a kind without one is SKIPPED.

    Args:
        store: where the outbox lies.
        chance: clock, and entropy for the name of this relay's leases.
        channels: what carries out which kind.
    """

    def __init__(self, store: Store, chance: Chance, channels: Mapping[EffectKind, Deliver]) -> None:
        async def deliver(effect: Effect) -> Settlement:
            return await channels.get(effect.kind, no_channel)(effect)

        self._store = store
        self._chance = chance
        lease = chance.new_id()
        self._lanes = [Lane(name, store, chance, lease, deliver) for name in ChannelName]
        self._stopping = False
        self._waits = False
        self._looked_at = -math.inf

    async def run(self) -> None:
        """Works until `stop`; a database that is gone is waited for."""
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes:
                group.create_task(lane.run(), name=f"relay {lane.channel}")
            while not self._stopping:
                self._store.effects_written.clear()
                await self._wake()
                await self._rest()
            for lane in self._lanes:
                lane.stop()

    def stop(self) -> None:
        """Asks `run` to end once what is under way has ended."""
        self._stopping = True
        self._store.effects_written.set()

    async def step(self) -> bool:
        """Carries out the effects that are due now, the first of each subject; False: there are none.

        Raises:
            StoreUnavailable: the outbox could not be read, or what was carried out not written down.
        """
        due = await self._due()
        done = [await lane.step() for lane in self._lanes if lane.channel in due]
        return any(done)

    async def _due(self) -> set[ChannelName]:
        now = self._chance.now()
        return await self._store.read(lambda unit: unit.due.channels(now))

    async def _wake(self) -> None:
        """Wakes the lanes that a commit here was for; twice a second all that have something due."""
        written = self._store.channels_written.copy()
        self._store.channels_written.clear()
        now = asyncio.get_running_loop().time()
        if written and now < self._looked_at + POLL_SECONDS:
            self._wake_lanes(written)
            return
        self._looked_at = now
        try:
            due = await self._due()
        except StoreUnavailable as fault:
            if not self._waits:
                _log.warning("relay.waits", reason=str(fault))
            self._waits = True
            return
        self._waits = False
        self._wake_lanes(due)

    def _wake_lanes(self, channels: AbstractSet[ChannelName]) -> None:
        for lane in self._lanes:
            if lane.channel in channels or lane.has_ended_some:
                lane.wake()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._store.effects_written.wait(), POLL_SECONDS)
