"""Times as a letter says them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

#: Seconds of each unit, from the longest.
_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def moment(at: datetime) -> str:
    """A moment to the minute, the same in every language: `2026-11-20 16:19 UTC`."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def duration(length: timedelta) -> str:
    """A length of time in the longest unit that divides it, in English: `90 minutes`, `1 hour`."""
    seconds = length // timedelta(seconds=1)
    fitting = ((size, word) for size, word in _UNITS if seconds >= size and not seconds % size)
    size, word = next(fitting, (1, "second"))
    count = seconds // size
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
