"""credentials/hash_queue.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.hash_queue import HashQueue, Overload, Place


def taken(queue: HashQueue, *, first: bool = False) -> Place:
    """Return a place that must be granted."""
    place = queue.reserve(first=first)
    assert isinstance(place, Place)
    return place


def test_place_is_refused_where_the_wait_is_too_long() -> None:
    """Two threads, a second a place, a wait of two seconds: the sixth who comes has to come again."""
    queue = HashQueue(workers=2, max_wait=2, cost=1)
    places = [taken(queue) for _ in range(5)]
    assert queue.reserve() == Overload(retry_after=0.5)
    assert queue.taken == 5
    with places[0]:
        pass
    taken(queue)


def test_idle_queue_grants_a_place_whatever_it_costs() -> None:
    """Where nobody waits nobody is refused, even with no time to wait."""
    queue = HashQueue(workers=1, max_wait=0, cost=99)
    taken(queue)
    assert queue.reserve() == Overload(retry_after=99)


@given(st.sampled_from([1, 2, 4, 8]), st.integers(1, 9), st.integers(1, 9), st.integers(1, 99))
def test_retry_after_is_when_a_place_is_granted(workers: int, max_wait: int, cost: int, dear: int) -> None:
    """When as many as `retry_after` says have left, and no sooner, a place is granted.

    A dear place raises the mean while the queue is full, so that more than one has to leave. The numbers
    are exact in binary. Planted: one place's share whatever the excess; failed.
    """
    queue = HashQueue(workers, max_wait, cost)
    places = [taken(queue) for _ in range(max_wait * workers // cost + 1)]
    with places.pop() as place:
        place.begin()
        place.end(cost + 8 * dear)
    assert queue.cost == cost + dear
    while isinstance(answer := queue.reserve(), Place):
        places.append(answer)
    leave = answer.retry_after / (queue.cost / workers)
    for left in range(round(leave)):
        assert isinstance(queue.reserve(), Overload), left
        with places.pop():
            pass
    taken(queue)


def test_cost_follows_what_is_measured() -> None:
    """Each place moves the mean an eighth of the way; one that did no work does not."""
    queue = HashQueue(workers=1, max_wait=9, cost=1)
    with taken(queue) as place:
        for busy in (4, 5):
            place.begin()
            place.end(busy)
    assert queue.cost == 2
    with taken(queue):
        pass
    assert queue.cost == 2
    assert queue.taken == 0


def test_place_stays_counted_until_its_last_job_ended() -> None:
    """A place whose request went away counts while its job runs. Planted: freed on leaving; failed."""
    queue = HashQueue(workers=1, max_wait=9, cost=1)
    with taken(queue) as place:
        place.begin()
        place.begin()
    place.end(1)
    assert queue.taken == 1
    place.end(1)
    assert queue.taken == 0


def test_place_is_given_back_once() -> None:
    """Leaving twice frees one place, and a place that was left takes no job."""
    queue = HashQueue(workers=1, max_wait=9, cost=1)
    taken(queue)
    place = taken(queue)
    for _ in range(2):
        with place:
            pass
    assert queue.taken == 1
    with pytest.raises(RuntimeError, match="given back"):
        place.begin()


def test_place_is_given_back_on_an_error() -> None:
    """What is raised in the block passes, and the place is free."""
    queue = HashQueue(workers=1, max_wait=9, cost=1)
    with pytest.raises(KeyError), taken(queue):
        raise KeyError
    assert queue.taken == 0


def test_who_goes_first_is_not_refused_for_strangers() -> None:
    """A queue that strangers fill has as many places for those who go first; they count for all.

    Planted: the strangers counted for them too; failed.
    """
    queue = HashQueue(workers=1, max_wait=2, cost=1)
    strangers = [taken(queue) for _ in range(3)]
    assert queue.reserve() == Overload(retry_after=1)
    known = [taken(queue, first=True) for _ in range(3)]
    assert queue.reserve(first=True) == Overload(retry_after=1)
    assert queue.reserve() == Overload(retry_after=4)
    assert [place.is_first for place in (strangers[0], known[0])] == [False, True]
    with known.pop():
        pass
    taken(queue, first=True)


def test_a_place_may_begin_to_go_first() -> None:
    """Once it is known who has it, and once only; given back it is neither's."""
    queue = HashQueue(workers=1, max_wait=0, cost=1)
    with taken(queue) as place:
        for _ in range(2):
            place.go_first()
        assert place.is_first
        assert queue.reserve(first=True) == Overload(retry_after=1)
    assert queue.taken == 0
    with taken(queue, first=True):
        pass
    with taken(queue):
        taken(queue, first=True)
