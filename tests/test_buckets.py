"""credentials/buckets.py."""

from datetime import timedelta

import pytest

from credentials.buckets import BURST, MOST_NETWORKS, RATE, Buckets
from tests.chance import START

SECOND = timedelta(seconds=1)
HERE, THERE = "192.0.2.1", "2001:db8::/48"


def taken(buckets: Buckets, network: str = HERE, times: int = 3) -> list[float]:
    """How long each of so many takers at once has to wait."""
    return [buckets.take(network, START) for _ in range(times)]


def test_a_full_bucket_is_emptied_at_once_and_fills_slowly() -> None:
    """Three at once; then one each half second, which the refusal says truly. Planted: no bound; failed."""
    buckets = Buckets(rate=2, burst=3)
    assert taken(buckets, times=5) == [0, 0, 0, 0.5, 0.5]
    assert buckets.wait(HERE, START + SECOND / 4) == 0.25
    assert buckets.take(HERE, START + SECOND / 2) == 0
    assert buckets.take(HERE, START + SECOND / 2) == 0.5
    assert taken(buckets, THERE) == [0, 0, 0]


def test_a_bucket_holds_no_more_than_it_is_big() -> None:
    """A quiet hour brings no more than a full bucket, and its network is forgotten."""
    buckets = Buckets(rate=2, burst=3)
    taken(buckets)
    late = START + timedelta(hours=1)
    assert [buckets.take(HERE, late) for _ in range(4)] == [0, 0, 0, 0.5]
    for _ in range(5):
        buckets.give_back(HERE, late)
    assert len(buckets) == 0


def test_who_was_right_costs_nothing() -> None:
    """Given back, a token is there again: only failures empty a bucket."""
    buckets = Buckets(rate=2, burst=3)
    for _ in range(10):
        assert buckets.take(HERE, START) == 0
        buckets.give_back(HERE, START)
    assert taken(buckets) == [0, 0, 0]


def test_a_clock_that_is_set_back_brings_no_token() -> None:
    """Nor does it take one away, or hold the bucket up until the old time comes again."""
    buckets = Buckets(rate=2, burst=3)
    taken(buckets)
    early = START - timedelta(days=1)
    assert buckets.wait(HERE, early) == 0.5
    buckets.give_back(HERE, early)
    assert buckets.take(HERE, early) == 0
    assert buckets.take(HERE, early + SECOND) == 0


def test_no_more_networks_are_remembered_than_a_bound() -> None:
    """The one that was quiet longest is forgotten. Planted: none forgotten; failed."""
    buckets = Buckets(rate=2, burst=3, most=2)
    for network in ("a", "b", "a", "c"):
        buckets.take(network, START)
    assert len(buckets) == 2
    assert taken(buckets, "a") == [0, 0.5, 0.5]


@pytest.mark.parametrize("number", [RATE, BURST, MOST_NETWORKS])
def test_the_figures_are_bounds(number: float) -> None:
    """A default bucket holds a minute's worth, for a bounded number of networks."""
    assert number > 0
    assert BURST / RATE == 60
