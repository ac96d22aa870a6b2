"""A transaction is a plain function: from BEGIN to COMMIT nothing can be awaited, hashed or mailed."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from store.faults import StoreUnavailable
from store.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Store", "StoreUnavailable", "Unit"]

P = ParamSpec("P")
Result = TypeVar("Result")


def _report(task: asyncio.Task[Any]) -> None:
    """Hands the fault of a write to the loop's handler, since whoever asked for it has gone."""
    if not task.cancelled() and (fault := task.exception()) is not None:
        context = {"message": "a write failed after its caller had gone", "exception": fault, "task": task}
        task.get_loop().call_exception_handler(context)


class Store(ABC):
    """A database. What `work` returns commits, what it raises rolls back."""

    def __init__(self) -> None:
        #: Set after a commit that put something into the outbox, so that a relay here need not wait.
        self.effects_written = asyncio.Event()
        #: Set after a commit that added to the audit, so that a sealer here need not wait.
        self.events_written = asyncio.Event()
        #: Set after a commit that sealed events, so that who follows them here need not wait.
        self.events_sealed = asyncio.Event()
        self._writing: set[asyncio.Task[Any]] = set()

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

        async def commit() -> Result:
            result, unit = await self._write(noted)
            self._tell(unit)
            return result

        task = asyncio.ensure_future(commit())
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_report)
            raise

    def _tell(self, unit: Unit) -> None:
        """Tells whoever waits in this process for what was committed."""
        if unit.wrote_effects:
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
    async def _write(self, work: Callable[[Unit], Result]) -> Result: ...

    @abstractmethod
    async def _read(self, work: Callable[[Unit], Result]) -> Result: ...

    @abstractmethod
    async def _glance(self, work: Callable[[Unit], Result]) -> Result: ...

    async def close(self) -> None:
        """Lets running writes end, their callers gone or not, then closes every connection."""
        await asyncio.gather(*self._writing, return_exceptions=True)
        await self._close()

    @abstractmethod
    async def _close(self) -> None: ...
