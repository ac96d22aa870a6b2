"""How long nothing is tried."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from delivery.pauses import FIRST_WAIT, LONGEST_PAUSE, LONGEST_WAIT, Pauses, wait_after
from tests.chance import START

WIDTH = 16


def test_the_wait_doubles_to_five_minutes() -> None:
    """2, 4, 8 … seconds, never more than five minutes, however often it failed."""
    waits = [wait_after(attempts) for attempts in range(1, 50)]
    assert waits[:4] == [timedelta(seconds=each) for each in (2, 4, 8, 16)]
    assert all(later == min(2 * earlier, LONGEST_WAIT) for earlier, later in pairwise(waits))
    assert waits[-1] == LONGEST_WAIT == timedelta(minutes=5)


def test_a_channel_that_works_has_room_for_all() -> None:
    """To hear that it works is no news."""
    pauses = Pauses()
    assert not pauses.note(None, START)
    assert pauses.room(START, WIDTH) == WIDTH


def test_a_channel_that_fails_is_left_alone_and_then_tried_with_one() -> None:
    """The pause doubles to half a minute; whatever gets through opens it again, and both ends are news."""
    pauses, now = Pauses(), START
    assert pauses.note("down", now)
    waits = []
    for _ in range(7):
        assert pauses.room(now, WIDTH) == 0
        assert pauses.until is not None
        waits.append(pauses.until - now)
        now = pauses.until
        assert pauses.room(now, WIDTH) == 1
        assert not pauses.note("down", now)
    assert waits[0] == FIRST_WAIT
    assert waits[-1] == LONGEST_PAUSE
    assert pauses.note(None, now)
    assert pauses.room(now, WIDTH) == WIDTH


def test_those_that_fail_together_count_once() -> None:
    """Sixteen deliveries that were under way when the server went are one failure.

    Planted: each counted: the first pause was the longest; seen to fail.
    """
    pauses = Pauses()
    for _ in range(WIDTH):
        pauses.note("down", START)
    assert pauses.until == START + FIRST_WAIT
