"""Times as a letter says them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from delivery.letter_times import duration, moment


def test_a_moment_is_said_in_utc_to_the_minute() -> None:
    """A moment in another zone is said as the same moment in UTC."""
    ahead = datetime(2026, 11, 20, 0, 19, 59, tzinfo=timezone(timedelta(hours=2)))
    assert moment(ahead) == "2026-11-19 22:19 UTC"
    assert moment(datetime(2026, 1, 2, 3, 4, tzinfo=UTC)) == "2026-01-02 03:04 UTC"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (90, "90 seconds"),
        (60, "1 minute"),
        (3_600, "1 hour"),
        (5_400, "90 minutes"),
        (7_200, "2 hours"),
        (86_400, "1 day"),
        (129_600, "36 hours"),
    ],
)
def test_a_duration_is_said_in_the_longest_unit_that_divides_it(seconds: int, words: str) -> None:
    """Only fractions of a second are dropped. Planted: `>` for `>=` (60 minutes for 1 hour); seen to fail."""
    assert duration(timedelta(seconds=seconds)) == words
    assert duration(timedelta(seconds=seconds, milliseconds=999)) == words
