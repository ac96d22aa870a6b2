"""Work in the hashing threads' line, and a future of what comes of it."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

from credentials.waiting import settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from credentials.arena import Arena
    from credentials.hash_line import Line


def lined_up(line: Line[Arena], work: Callable[[Arena], Any], network: str, *, first: bool) -> Future[Any]:
    """Lines it up."""
    future: Future[Any] = Future()
    line.add(work, partial(settle, future), network, first=first)
    return future
