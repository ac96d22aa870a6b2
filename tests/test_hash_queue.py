"""credentials/hash_queue.py."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.arena import Arena
from credentials.hash_line import Line
from credentials.hash_parameters import HashParameters
from credentials.hash_queue import HashQueue, Overload, Place
from tests.lined_up import lined_up


def taken(queue: HashQueue, network: str = "one", *, first: bool = False) -> Place:
    """Return a place that must be granted."""
    place = queue.reserve(network, first=first)
    assert isinstance(place, Place)
    return place


def test_place_is_refused_where_the_wait_is_too_long() -> None:
    """Two threads, a second a place, a wait of two seconds: the sixth who comes has to come again."""
    queue = HashQueue(workers=2, max_wait=2, cost=1)
    places = [taken(queue) for _ in range(5)]
    assert queue.reserve("one") == Overload(retry_after=0.5)
    assert queue.taken == 5
    with places[0]:
        pass
    taken(queue)


def test_idle_queue_grants_a_place_whatever_it_costs() -> None:
    """Where nobody waits nobody is refused, even with no time to wait."""
    queue = HashQueue(workers=1, max_wait=0, cost=99)
    taken(queue)
    assert queue.reserve("one") == Overload(retry_after=99)


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
        place.end(cost + 64 * dear)
    assert queue.cost == cost + dear
    while isinstance(answer := queue.reserve("one"), Place):
        places.append(answer)
    leave = answer.retry_after / (queue.cost / workers)
    for left in range(round(leave)):
        assert isinstance(queue.reserve("one"), Overload), left
        with places.pop():
            pass
    taken(queue)


def test_cost_follows_what_is_measured() -> None:
    """Each place moves the mean a sixty-fourth of the way; one that did no work does not."""
    queue = HashQueue(workers=1, max_wait=9, cost=1)
    with taken(queue) as place:
        for busy in (32, 33):
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
    assert queue.reserve("one") == Overload(retry_after=1)
    known = [taken(queue, first=True) for _ in range(3)]
    assert queue.reserve("one", first=True) == Overload(retry_after=1)
    assert queue.reserve("one") == Overload(retry_after=4)
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
        assert queue.reserve("one", first=True) == Overload(retry_after=1)
    assert queue.taken == 0
    with taken(queue, first=True):
        pass
    with taken(queue):
        taken(queue, first=True)


def test_a_network_waits_for_its_own_turns() -> None:
    """Where one network has all the places that it may, another still gets its own.

    Planted: all places counted for everyone; failed.
    """
    queue = HashQueue(workers=1, max_wait=4, cost=1)
    flood = [taken(queue, "flood") for _ in range(5)]
    assert queue.reserve("flood") == Overload(retry_after=1)
    here = [taken(queue, "here") for _ in range(2)]
    assert queue.reserve("here") == Overload(retry_after=1)
    assert queue.reserve("flood") == Overload(retry_after=3)
    with flood.pop():
        pass
    assert queue.reserve("flood") == Overload(retry_after=2)
    assert queue.reserve("here") == Overload(retry_after=1)
    with here.pop():
        pass
    assert queue.taken == 5
    taken(queue, "here")


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcd"), max_size=40), st.sampled_from("abcd"))
def test_as_many_are_ahead_as_have_their_turn_before(networks: list[str], network: str) -> None:
    """What a queue expects is what the turns give, at most one round more."""
    queue = HashQueue(workers=1, max_wait=0, cost=1)
    for each in networks:
        queue.go_first(each)  # counts a place without asking whether there is one
    answer = queue.reserve(network, first=True)
    expected = 0 if isinstance(answer, Place) else answer.retry_after
    with Arena(HashParameters(memory_kib=8)) as arena:
        before = turns_before(arena, networks, network)
    assert before <= expected <= before + len(set(networks))


def turns_before(arena: Arena, networks: list[str], network: str) -> int:
    """How many jobs of these networks run before one of this network that comes now."""
    line, ran = Line[Arena](), list[int]()
    for number, each in enumerate([*networks, network]):
        lined_up(line, lambda _, number=number: ran.append(number), each, first=True)  # type: ignore[misc]  # a lambda has no types
    line.close()
    while line.run_next(arena):
        pass
    return ran.index(len(networks))
