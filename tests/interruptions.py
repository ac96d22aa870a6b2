"""What happens in the middle of a use case: something else commits while a hash is computed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.chance import FixedChance

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

#: Seconds; only a test that is broken waits so long.
LONGEST = 10


class Interrupting(FixedChance):
    """A clock by which something else is done first when the hashing threads begin a certain job.

    The hashing threads read the clock as a job begins and as it ends, and nothing else reads it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._readings = 0
        self._waiting: dict[int, Callable[[], Any]] = {}

    @property
    def jobs(self) -> int:
        """How many jobs the hashing threads have done."""
        return self._readings // 2

    def before_job(self, number: int, action: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """Has the `number`-th job from now, 1 for the next, begin only after `action`."""
        loop = asyncio.get_running_loop()

        def run() -> None:
            asyncio.run_coroutine_threadsafe(action(), loop).result(LONGEST)

        self._waiting[self._readings + 2 * (number - 1) + 1] = run

    def monotonic(self) -> float:
        """Return the seconds of the clock, after what was to be done first."""
        self._readings += 1
        self._waiting.pop(self._readings, lambda: None)()
        return super().monotonic()
