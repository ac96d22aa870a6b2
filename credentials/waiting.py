"""How a task waits on the event loop for what a thread does."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from concurrent.futures import Future


class Tell(Protocol):
    """Called on the thread that did work, with its result, or with the fault that it raised."""

    def __call__(self, result: Any, fault: BaseException | None, /) -> object:  # noqa: ANN401  any work's
        """Pass it on."""


def do(work: Callable[[], Any], told: Tell) -> None:
    """Do work on the calling thread, and tell what came of it."""
    try:
        result = work()
    except BaseException as fault:  # noqa: BLE001  as an executor does: whoever waits for it gets it
        told(None, fault)
    else:
        told(result, None)


def settle(future: Future[Any] | asyncio.Future[Any], result: object, fault: BaseException | None) -> None:
    """Give a future what came of work, unless nobody waits for it any more."""
    if future.done():
        return
    if fault is None:
        future.set_result(result)
    else:
        future.set_exception(fault)


def tell(future: asyncio.Future[Any], result: object, fault: BaseException | None) -> None:
    """Settle an event loop's future from another thread; one whose loop is closed is left alone."""
    with suppress(RuntimeError):  # the loop is closed: nobody waits
        future.get_loop().call_soon_threadsafe(settle, future, result, fault)
