"""A channel of the test's own, where what a relay does is looked at and not what a mail says."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from credentials.kinds import EffectKind
from delivery.relay import Relay
from delivery.settlement import Settlement
from tests.rows import add_effects

if TYPE_CHECKING:
    from credentials.model import Effect
    from tests.world import World


@dataclass
class Channel:
    """A channel of the test's own: it notes what it carries, and fails as it is told."""

    world: World
    faults: list[Exception] = field(default_factory=list)
    carried: list[str] = field(default_factory=list)
    at_once: int = 0
    _now: int = 0

    async def __call__(self, effect: Effect) -> Settlement:
        """Carries an effect out."""
        self.carried.append(effect.id)
        self._now += 1
        self.at_once = max(self.at_once, self._now)
        await asyncio.sleep(0.001)
        self._now -= 1
        if self.faults:
            raise self.faults.pop(0)
        return Settlement()

    def relay(self) -> Relay:
        """A relay that has this channel for every mail."""
        return Relay(self.world.services.store, self.world.chance, {EffectKind.MAIL_NOTICE: self})

    async def add(self, *names: str, subject: str = "mail:mary") -> None:
        """Puts effects of one subject into the outbox."""
        await self.world.services.store.write(add_effects, *names, subject=subject)

    async def state(self, index: int = -1) -> Effect:
        """An effect as it is now."""
        return (await self.world.effects())[index]
