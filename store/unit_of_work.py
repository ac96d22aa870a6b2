"""A transaction is a plain function: from BEGIN to COMMIT nothing can be awaited, hashed or mailed."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from credentials.kinds import ChannelName
from store.faults import StoreUnavailable
from store.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Store", "StoreUnavailable", "Unit"]

P = ParamSpec("P")
Result = TypeVar("Result")


def _report(written: asyncio.Future[Any]) -> None:
    """Hands the fault of a write to the loop's handler, since whoever asked for it has gone."""
    if not written.cancelled() and (fault := written.exception()) is not None:
        context = {"message": "a write failed after its caller had gone", "exception": fault}
        written.get_loop().call_exception_handler({**context, "future": written})


class Store(ABC):
    """A database. What `work` returns commits, what it raises rolls back."""

    def __init__(self) -> None:
        #: Set after a commit that put something into the outbox, so that a relay here need not wait; and for
        #: which channels there was something, since it last asked.
        self.effects_written = asyncio.Event()
        self.channels_written = set[ChannelName]()
        #: Set after a commit that added to the audit, so that a sealer here need not wait.
        self.events_written = asyncio.Event()
        #: Set after a commit that sealed events, so that who follows them here need not wait.
        self.events_sealed = asyncio.Event()
        self._writing: set[asyncio.Future[Any]] = set()

    async def write(
        self, work: Callable[Concatenate[Unit, P], Result], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        """Runs `work(unit, …)` in a transaction that may write; a cancelled caller does not cut it short.

        Raises:
            StoreUnavailable: it could not; nothing is written, unless it was the answer to the commit that
                was lost.
        """

        def noted(unit: Unit) -> tuple[Result, Unit]:
            return work(unit, *args, **kwargs), unit

        written = asyncio.ensure_future(self._write(noted))
        self._writing.add(written)
        written.add_done_callback(self._end)
        try:
            result, _ = await asyncio.shield(written)
        except asyncio.CancelledError:
            written.add_done_callback(_report)
            raise
        return result

    def _end(self, written: asyncio.Future[tuple[Any, Unit]]) -> None:
        self._writing.discard(written)
        if not written.cancelled() and written.exception() is None:
            self._tell(written.result()[1])

    def _tell(self, unit: Unit) -> None:
        """Tells whoever waits in this process for what was committed."""
        if unit.wrote_effects:
            self.channels_written |= unit.wrote_effects
            self.effects_written.set()
        if unit.wrote_events:
            self.events_written.set()
        if unit.sealed_events:
            self.events_sealed.set()
        for call in unit.afterwards:
            call()

    async def read(
        self, work: Callable[Concatenate[Unit, P], Result], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        """Runs `work(unit, …)` in a transaction that only reads.

        Raises:
            StoreUnavailable: it could not.
        """
        return await self._read(lambda unit: work(unit, *args, **kwargs))

    async def glance(
        self, work: Callable[Concatenate[Unit, P], Result], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        """Runs a `work` of one statement by key, in place where the database allows: cheaper than `read`.

        Raises:
            StoreUnavailable: it could not.
        """
        return await self._glance(lambda unit: work(unit, *args, **kwargs))

    @abstractmethod
    def _write(self, work: Callable[[Unit], Result]) -> Awaitable[Result]: ...

    @abstractmethod
    def _read(self, work: Callable[[Unit], Result]) -> Awaitable[Result]: ...

    @abstractmethod
    async def _glance(self, work: Callable[[Unit], Result]) -> Result: ...

    async def close(self) -> None:
        """Lets running writes end, their callers gone or not, then closes every connection."""
        await asyncio.gather(*self._writing, return_exceptions=True)
        await self._close()

    @abstractmethod
    async def _close(self) -> None: ...
