"""A clock that tests set, and entropy that they can repeat."""

import hashlib
from datetime import UTC, datetime, timedelta

from credentials.chance import Chance

START = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


class FixedChance(Chance):
    """A clock that moves by `forward` only, and entropy that is real or, with a seed, repeatable.

    Args:
        now: The aware time at which the clock stands.
        seed: With one, `draw` gives the same bytes in the same order each time; without, real ones.
    """

    def __init__(self, now: datetime = START, seed: str | None = None) -> None:
        self._now = now
        self._monotonic = 1000.0
        self._seed = seed
        self._draws = 0

    def now(self) -> datetime:
        """Return the time at which the clock stands."""
        return self._now

    def monotonic(self) -> float:
        """Return seconds that advance with `forward`."""
        return self._monotonic

    def forward(self, step: timedelta) -> None:
        """Move both clocks on."""
        self._now += step
        self._monotonic += step.total_seconds()

    def set(self, now: datetime) -> None:
        """Set the time of day, as an operator or NTP would; the monotonic clock does not notice."""
        self._now = now

    def draw(self, size: int) -> bytes:
        """Return that many bytes."""
        if self._seed is None:
            return super().draw(size)
        self._draws += 1
        return hashlib.shake_256(f"{self._seed}/{self._draws}".encode()).digest(size)
