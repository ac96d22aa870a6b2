"""Who follows events in a test: sealer and feed at work as in a server, and what a stream says."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from credentials.audit_chain import AuditChain
from credentials.key_ring import KeyRing
from delivery.sealer import Sealer
from resolvers.feed import Feed
from store.opening import open_store
from tests.rows import event_values

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence

    from credentials.model import Event
    from credentials.secret import Secret
    from resolvers.services import Services
    from store.unit_of_work import Store, Unit

Said = TypeVar("Said")

#: Seconds; only a test that is broken waits so long.
LONGEST = 10
#: Where a test does not look at the audit's digests.
CHAIN = AuditChain(KeyRing([b"r" * 32]))


def fan_nothing_out(_unit: Unit, _events: Sequence[Event]) -> None:
    """Where nobody else is told of sealed events."""


@asynccontextmanager
async def at_work(*parts: Sealer | Feed) -> AsyncIterator[None]:
    """Runs sealers and feeds as long as the block lasts."""
    tasks = [asyncio.create_task(part.run()) for part in parts]
    await asyncio.sleep(0)  # each has begun
    try:
        yield
    finally:
        for part in parts:
            part.stop()
        await asyncio.wait_for(asyncio.gather(*tasks), LONGEST)


@asynccontextmanager
async def serving(services: Services) -> AsyncIterator[None]:
    """A sealer and the feed of these services at work; what was before is sealed."""
    await seal(services.store)
    async with at_work(Sealer(services.store, fan_nothing_out, CHAIN), services.feed):
        yield


@asynccontextmanager
async def another_process(services: Services, url: Secret) -> AsyncIterator[Services]:
    """The same services on connections of their own, with a sealer and a feed at work."""
    store = open_store(url)
    other = replace(services, store=store, feed=Feed(store, services.chance))
    async with serving(other):
        yield other
    await store.close()


@asynccontextmanager
async def listening(stream: AsyncGenerator[Said, None]) -> AsyncIterator[AsyncGenerator[Said, None]]:
    """A stream that is closed at the end."""
    try:
        yield stream
    finally:
        await stream.aclose()


async def heard(stream: AsyncGenerator[Said, None]) -> Said:
    """What a stream says next."""
    return await asyncio.wait_for(anext(stream), LONGEST)


async def hangs_up(waiting: asyncio.Task[Said], stream: AsyncGenerator[Said, None]) -> None:
    """Closes a stream as a transport does whose client has gone: who waits for it is ended first."""
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    await stream.aclose()


def add_events(unit: Unit, /, *names: str, **changes: object) -> None:
    """Adds lines of the audit."""
    for name in names:
        unit.events.add(**event_values(name, **changes))


async def seal(store: Store) -> list[Event]:
    """Seals everything that is committed."""
    sealed: list[Event] = []
    sealer = Sealer(store, lambda _unit, events: sealed.extend(events), CHAIN)
    while await sealer.step():
        pass
    return sealed
