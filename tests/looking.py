"""Several tries at once, all of which have looked before any is counted."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from tests.world import World

#: Turns of the event loop: a look at the embedded database takes none of its own, or one where it gives way.
TURNS = 20


async def all_look_first(embedded: World, tries: Sequence[Coroutine[Any, Any, object]]) -> list[object]:
    """Holds the embedded database's one writer until all wait for it, and gives their answers."""
    finish = threading.Event()
    holding = asyncio.ensure_future(embedded.services.store.write(lambda _unit: finish.wait(10)))
    under_way = [asyncio.ensure_future(each) for each in tries]
    for _ in range(TURNS):
        await asyncio.sleep(0)
    finish.set()
    assert await holding
    return await asyncio.gather(*under_way)
