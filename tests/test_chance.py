"""credentials/chance.py, and the clock and entropy of the tests."""

import re
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.chance import Chance
from tests.chance import START, FixedChance


def test_clock_is_aware_and_moves_forward() -> None:
    """The time of day is in UTC, and the monotonic clock does not go back."""
    chance = Chance()
    assert chance.now().tzinfo is UTC
    assert chance.monotonic() <= chance.monotonic()


def test_draws_have_their_size_and_differ() -> None:
    """Draws are as long as asked, and two of 16 bytes differ."""
    chance = Chance()
    assert len(chance.draw(5)) == 5
    assert chance.draw(16) != chance.draw(16)


@given(st.integers(1, 10**20))
def test_below_stays_below(bound: int) -> None:
    """A number below a bound is from 0 to one less than it."""
    assert 0 <= Chance().below(bound) < bound


def test_below_is_uniform() -> None:
    """Each number comes up as often. Planted: the remainder of one byte instead of a new draw; failed.

    1,500 draws below 200 of a seeded generator; below 56 lie 28 % of them, with the remainder 43 %.
    """
    chance = FixedChance(seed="uniform")
    drawn = [chance.below(200) for _ in range(1500)]
    assert 0.24 < sum(number < 56 for number in drawn) / 1500 < 0.32
    assert max(drawn) > 190


def test_below_refuses_a_bound_of_nothing() -> None:
    """There is no number below 0 or from 0 to -1."""
    for bound in (0, -1):
        with pytest.raises(ValueError, match="bound"):
            Chance().below(bound)


def test_ids_are_26_plain_characters() -> None:
    """An id is 26 lower-case base32 characters, starts with a digit from 0 to 7, and comes once."""
    ids = [Chance().new_id() for _ in range(200)]
    assert len(set(ids)) == 200
    assert all(re.fullmatch(r"[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}", made) for made in ids)


def test_fixed_chance_stands_until_moved() -> None:
    """The tests' clock moves by `forward`; setting the time of day leaves the monotonic clock alone."""
    chance = FixedChance()
    before = chance.monotonic()
    assert chance.now() == chance.now() == START
    chance.forward(timedelta(seconds=90))
    assert (chance.now(), chance.monotonic()) == (START + timedelta(seconds=90), before + 90)
    chance.set(START)
    assert (chance.now(), chance.monotonic()) == (START, before + 90)


def test_fixed_chance_repeats_with_a_seed_only() -> None:
    """Equal seeds give equal draws, no seed gives real entropy."""
    assert FixedChance(seed="a").draw(16) == FixedChance(seed="a").draw(16)
    assert FixedChance(seed="a").draw(16) != FixedChance(seed="b").draw(16)
    assert FixedChance().draw(16) != FixedChance().draw(16)
    one = FixedChance(seed="a")
    assert one.draw(16) != one.draw(16)
