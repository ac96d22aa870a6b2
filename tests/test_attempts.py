"""Counts of attempts, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from store.attempts import FIRST_WAIT, FREE_FAILURES, LONGEST_WAIT, NAMES, Level, wait_after
from tests.chance import START
from tests.rows import DAY, HOUR

if TYPE_CHECKING:
    from datetime import datetime

    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

KEY, OTHER, SUBJECT = b"key", b"other", b"subject"
RACERS = 20
SECOND = timedelta(seconds=1)


def _reserve(unit: Unit, now: datetime = START, key: bytes = KEY) -> datetime | None:
    return unit.attempts.reserve(Level(key), now, SUBJECT)


async def _fail(store: Store, times: int = FREE_FAILURES) -> None:
    for _ in range(times):
        assert await store.write(_reserve) is None


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (11, 1920), (12, 3600), (100, 3600)]
)
def test_the_wait_doubles_from_the_fifth_failure_to_an_hour(failures: int, seconds: int) -> None:
    """Thirty seconds, a minute, two … (NIST SP 800-63B 3.2.2: at most 100 failures in a row)."""
    assert wait_after(failures).total_seconds() == seconds


async def test_the_fifth_failure_brings_a_wait_and_each_later_one_a_longer(store: Store) -> None:
    """While it lasts nothing is counted; when it is over one more attempt is."""
    await _fail(store)
    assert await store.write(_reserve) == START + FIRST_WAIT
    assert await store.write(_reserve, START + FIRST_WAIT - SECOND) == START + FIRST_WAIT
    assert await store.write(_reserve, START + FIRST_WAIT) is None
    assert await store.write(_reserve, START + FIRST_WAIT) == START + 3 * FIRST_WAIT
    assert await store.write(_reserve, START, OTHER) is None


async def test_of_many_reservations_at_once_five_are_admitted(store: Store) -> None:
    """Twenty at once. Planted: no condition on the UPDATE; seen to fail."""
    admitted = await asyncio.gather(*(store.write(_reserve) for _ in range(RACERS)))
    assert admitted.count(None) == FREE_FAILURES
    assert {until for until in admitted if until} == {START + FIRST_WAIT}


async def test_a_clock_that_is_behind_is_not_made_to_wait_without_a_failure_too_many(store: Store) -> None:
    """Another process's clock, or an earlier reading of this one, may be behind the last count's."""
    assert await store.write(_reserve) is None
    assert await store.write(_reserve, START - SECOND) is None


async def test_a_count_is_forgotten_after_a_day_with_its_wait(store: Store) -> None:
    """The window rolls over: five are free again."""
    await _fail(store)
    late = START + FIRST_WAIT
    while late < START + DAY:
        assert await store.write(_reserve, late) is None
        late += LONGEST_WAIT
    for _ in range(FREE_FAILURES):
        assert await store.write(_reserve, START + DAY) is None
    assert await store.write(_reserve, START + DAY) == START + DAY + FIRST_WAIT


async def test_who_was_right_takes_the_attempt_back(store: Store) -> None:
    """And the wait that it would have brought."""
    await _fail(store)
    await store.write(lambda unit: unit.attempts.give_back([KEY, OTHER]))
    assert await store.write(_reserve) is None
    assert await store.write(_reserve) is not None
    await store.write(lambda unit: unit.attempts.give_back([]))


async def test_attempts_given_back_at_once_are_all_given_back(store: Store) -> None:
    """As many as were reserved; never below nothing."""
    await _fail(store)

    def give_back(unit: Unit) -> None:
        unit.attempts.give_back([KEY])

    await asyncio.gather(*(store.write(give_back) for _ in range(FREE_FAILURES + 1)))
    assert await store.read(lambda unit: unit.attempts.taken(KEY, START, DAY)) == 0
    await _fail(store)


async def test_counts_are_cleared_by_key_and_by_subject(store: Store) -> None:
    """A success ends its network's count, a reset every network's."""
    await _fail(store)
    await store.write(lambda unit: unit.attempts.clear([KEY]))
    await _fail(store)
    await store.write(lambda unit: unit.attempts.clear_subjects([SUBJECT]))
    await _fail(store)
    await store.write(lambda unit: unit.attempts.clear_subjects([OTHER]))
    assert await store.write(_reserve) is not None


def _take(unit: Unit, now: datetime = START, then: timedelta | None = None) -> datetime | None:
    return unit.attempts.take(KEY, now, limit=3, window=HOUR, then=then)


async def test_a_window_has_so_many_places(store: Store) -> None:
    """Full, it says when it is over; then all are free again."""
    for _ in range(3):
        assert await store.write(_take) is None
    assert await store.write(_take) == START + HOUR
    assert await store.read(lambda unit: unit.attempts.taken(KEY, START, HOUR)) == 3
    assert await store.read(lambda unit: unit.attempts.taken(KEY, START + HOUR, HOUR)) == 0
    assert await store.read(lambda unit: unit.attempts.taken(OTHER, START, HOUR)) == 0
    assert await store.write(_take, START + HOUR) is None


async def test_of_many_takers_at_once_as_many_win_as_there_are_places(store: Store) -> None:
    """Twenty at once, three places."""
    taken = await asyncio.gather(*(store.write(_take) for _ in range(RACERS)))
    assert taken.count(None) == 3


async def test_beyond_the_limit_places_come_one_at_a_time(store: Store) -> None:
    """Three at once, then one each quarter of an hour, until the window is over (R12's bound)."""
    quarter = HOUR / 4
    for _ in range(3):
        assert await store.write(_take, START, quarter) is None
    assert await store.write(_take, START, quarter) == START + quarter
    assert await store.write(_take, START + quarter, quarter) is None
    assert await store.write(_take, START + quarter, quarter) == START + 2 * quarter
    assert await store.write(_take, START + HOUR, quarter) is None
    assert await store.write(_take, START + HOUR, quarter) is None


async def test_what_waits_is_told_without_counting(store: Store) -> None:
    """By a read: nothing while there is no wait, then until when, for each level by itself."""
    levels = [Level(KEY), Level(OTHER)]

    async def waits(now: datetime = START) -> list[datetime | None]:
        return await store.glance(lambda unit: unit.attempts.waits(levels, now))

    assert await waits() == [None, None]
    await _fail(store)
    assert await waits() == [START + FIRST_WAIT, None]
    assert await waits(START + FIRST_WAIT) == [None, None]
    assert await store.read(lambda unit: unit.attempts.taken(KEY, START, DAY)) == FREE_FAILURES


async def test_a_level_of_several_networks_has_as_many_times_the_failures(store: Store) -> None:
    """A /48 of four networks waits from the twentieth."""
    wide = Level(KEY, times=4)
    for _ in range(4 * FREE_FAILURES):
        assert await store.write(lambda unit: unit.attempts.reserve(wide, START)) is None
    assert await store.write(lambda unit: unit.attempts.reserve(wide, START)) == START + FIRST_WAIT


def _try_name(unit: Unit, number: int, now: datetime = START, times: int = 1) -> datetime | None:
    level = Level(f"name {number}".encode(), b"network", times)
    if until := unit.attempts.reserve_name(level, now):
        return until
    return unit.attempts.reserve(level, now)


async def test_a_network_waits_that_fails_on_thirty_names_in_an_hour(store: Store) -> None:
    """Until the first of the last thirty is an hour old; a name counts once, however often it fails.

    Planted: no offset; the hour left out; seen to fail.
    """
    minute = timedelta(minutes=1)
    for number in range(NAMES):
        assert await store.write(_try_name, number, START + number * minute) is None
        if number < NAMES - 1:
            assert await store.write(_try_name, number, START + number * minute) is None
    now = START + NAMES * minute
    assert await store.write(_try_name, 99, now) == START + HOUR
    assert await store.write(_try_name, 0, now) == START + HOUR
    levels = [Level(b"new", b"network"), Level(b"new", b"another"), Level(b"new", b"network", 4)]
    waits = await store.glance(lambda unit: unit.attempts.waits(levels, now))
    assert waits == [START + HOUR, None, None]
    assert await store.write(_try_name, 99, START + HOUR) is None
    assert await store.write(_try_name, 98, START + HOUR) == START + HOUR + minute


async def test_names_that_were_right_are_no_failures(store: Store) -> None:
    """Cleared or taken back, a name is not one of the thirty."""
    for number in range(NAMES):
        await store.write(_try_name, number)
    await store.write(lambda unit: unit.attempts.give_back([b"name 3"]))
    assert await store.write(_try_name, 99) is None
    await store.write(lambda unit: unit.attempts.clear([b"name 4"]))
    assert await store.write(_try_name, 98) is None
    assert await store.write(_try_name, 97) == START + HOUR


async def test_of_many_names_at_once_thirty_are_admitted(store: Store) -> None:
    """Forty-five at once. Planted: the network's row not held; seen to fail on PostgreSQL."""
    names = [store.write(_try_name, number) for number in range(45)]
    assert (await asyncio.gather(*names)).count(None) == NAMES


async def test_where_no_names_are_counted_no_network_waits(store: Store) -> None:
    """A level without a network is its own count alone."""
    assert await store.write(lambda unit: unit.attempts.reserve_name(Level(KEY), START)) is None


async def test_failures_in_a_row_are_counted_without_a_limit(store: Store) -> None:
    """As far back as is asked for."""
    add = [await store.write(lambda unit: unit.attempts.add(KEY, START, 365 * DAY)) for _ in range(3)]
    assert add == [1, 2, 3]
    assert await store.write(lambda unit: unit.attempts.add(KEY, START + 364 * DAY, 365 * DAY)) == 4
    assert await store.write(lambda unit: unit.attempts.add(KEY, START + 365 * DAY, 365 * DAY)) == 1


async def test_full_windows_are_told_without_counting(store: Store) -> None:
    """Each by its own limit, the latest of those that are full."""

    async def full(*limits: tuple[bytes, int], now: datetime = START) -> datetime | None:
        return await store.glance(lambda unit: unit.attempts.full(limits, now))

    for _ in range(3):
        await store.write(_take)
    assert await full((KEY, 4), (OTHER, 1)) is None
    assert await full((KEY, 3), (OTHER, 1)) == START + HOUR
    assert await full((KEY, 3), now=START + HOUR) is None
    assert await full() is None
