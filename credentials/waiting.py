"""How a task waits on the event loop for what a thread does."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future


def settle(future: Future[Any] | asyncio.Future[Any], result: object, fault: BaseException | None) -> None:
    """Give a future what came of a job, unless nobody waits for it any more."""
    if future.done():
        return
    if fault is None:
        future.set_result(result)
    else:
        future.set_exception(fault)


def tell(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], result: object, fault: BaseException | None
) -> None:
    """Settle a future of an event loop from another thread; one whose loop is closed is left alone."""
    with suppress(RuntimeError):  # the loop is closed: nobody waits
        loop.call_soon_threadsafe(settle, future, result, fault)
