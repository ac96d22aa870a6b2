"""How long a task holds the event loop at a stretch, and where it lets others go on."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

from credentials.chance import Chance

#: A stretch that has taken so long is cut where there is occasion, so that with what follows none takes a
#: millisecond. `me` takes less while the processor's caches are warm; to cut that too costs a seventh of its
#: rate (docs/performance.md).
LONG_SECONDS = 0.0005

_chance = Chance()
_begun: ContextVar[float] = ContextVar("begun", default=0.0)


async def take_turns() -> None:
    """Lets others go on; a new stretch of this task begins."""
    await asyncio.sleep(0)
    _begun.set(_chance.monotonic())


async def give_way() -> None:
    """Lets others go on where this task's stretch, as far as anybody knows of it, is a long one."""
    if _chance.monotonic() - _begun.get() >= LONG_SECONDS:
        await take_turns()
