"""The sealer: numbers committed events, in an order that never changes and has no gaps, and chains them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from credentials.audit_chain import Mark
from store.faults import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from credentials.audit_chain import AuditChain
    from credentials.model import Event
    from store.unit_of_work import Store, Unit

#: Events of one transaction: some tens of milliseconds' work.
BATCH = 500
#: How soon events that another process wrote, and could not seal, are seen.
POLL_SECONDS = 0.5
#: Between two transactions, so that under load four a second seal everything, and take little from the
#: writers. An event alone is sealed at once.
GATHER_SECONDS = 0.25
#: How often the chain's head is logged. Who cuts lines off behind the last one that a log elsewhere names
#: is found out; an hour is what the others may be worth.
HEAD_SECONDS = 3600.0

_log = structlog.get_logger()


class Sealer:
    """Numbers events after their commit. Any number of processes run one; one of them works at a time.

    Rows are numbered as they are written before they are committed, so that a later number may be seen
    before an earlier one; whoever went by that would miss events.

    Args:
        store: where the audit lies.
        fan_out: called in the sealing transaction with the events that it numbers, each of them once; what
            it writes is committed with the numbers, or not at all.
        chain: what makes the digests that show when a line is changed, moved or missing.
    """

    def __init__(
        self, store: Store, fan_out: Callable[[Unit, Sequence[Event]], object], chain: AuditChain
    ) -> None:
        self._store = store
        self._fan_out = fan_out
        self._chain = chain
        self._head_at = 0.0
        self._is_stopping = False

    async def run(self) -> None:
        """Works until `stop`; a database that is gone is waited for."""
        waits = False
        while not self._is_stopping:
            self._store.events_written.clear()
            sealed = False
            try:
                sealed = await self.step()
                await self._say_head()
            except StoreUnavailable as fault:
                if not waits:
                    _log.warning("sealer.waits", reason=str(fault))
                waits = True
            else:
                if waits:
                    _log.info("sealer.goes_on")
                waits = False
            await self._rest(sealed)

    def stop(self) -> None:
        """Asks `run` to end after the batch it is at."""
        self._is_stopping = True
        self._store.events_written.set()

    async def _rest(self, sealed: bool) -> None:
        if sealed:
            await asyncio.sleep(GATHER_SECONDS)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._store.events_written.wait(), POLL_SECONDS)

    async def step(self) -> bool:
        """Numbers the next events; False: there are none, or another process is at it."""
        if not await self._store.read(lambda unit: unit.events.is_unsealed()):
            return False
        return await self._store.write(self._seal)

    async def _say_head(self) -> None:
        """Logs the chain's head at the start, and every hour."""
        now = asyncio.get_running_loop().time()
        if now < self._head_at:
            return
        head = await self._store.read(lambda unit: unit.event_chain.head())
        self._head_at = now + HEAD_SECONDS
        if self._chain.is_ours(Mark.HEAD, head):
            _log.info("audit.head", head=head.link.text, root_key=head.link.key_id)
        else:
            _log.error("audit.head_not_ours", head=head.link.text, do="rekey audit verify")

    def _seal(self, unit: Unit) -> bool:
        events = unit.events.seal(BATCH, self._chain)
        if events:
            self._fan_out(unit, events)
        return bool(events)
