"""How long to wait: before an effect is tried again, and before a channel is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

#: The wait after a passing fault: 2 s, doubling, at most five minutes.
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=5)
#: A channel that is down is asked with one effect each half minute at least: what waits goes out soon after.
LONGEST_PAUSE = timedelta(seconds=30)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts that failed."""
    doublings = min(attempts - 1, 8)  # 2 s x 2^8 is over five minutes
    wait: timedelta = FIRST_WAIT * 2**doublings
    return min(wait, LONGEST_WAIT)


class Pauses:
    """A channel's pauses: none while it works; after a failure one that doubles, then a single try."""

    def __init__(self) -> None:
        #: Until when the channel is left alone; None while it works.
        self.until: datetime | None = None
        self._failures = 0

    def room(self, now: datetime, width: int) -> int:
        """How many effects may be under way at once: all, one to try, or none."""
        if self.until is None:
            return width
        return 1 if now >= self.until else 0

    def note(self, down: str | None, now: datetime) -> bool:
        """Notes how a delivery ended: why nothing got through, or None.

        Returns:
            Whether that changed the channel's state.
        """
        if down is None:
            changed = self._failures > 0
            self._failures, self.until = 0, None
            return changed
        if self.until is None or now >= self.until:  # those that were under way with it tell nothing new
            self._failures += 1
            self.until = now + min(wait_after(self._failures), LONGEST_PAUSE)
            return self._failures == 1
        return False
