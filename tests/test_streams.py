"""How many streams a process carries."""

from __future__ import annotations

import resource
from functools import partial

from server.streams import (
    FULL,
    MOST,
    MOST_UNPROVEN,
    MOST_UNPROVEN_OF_NETWORK,
    TOO_MANY,
    Place,
    Streams,
    most_streams,
)


def take(streams: Streams, network: str | None = None) -> Place:
    """Takes a place that there is."""
    place = streams.take(network)
    assert isinstance(place, Place)
    return place


def test_places_are_bounded_and_given_back() -> None:
    """The last place is taken, then 503; a freed one is another's."""
    streams = Streams(2)
    first = take(streams)
    take(streams, "a")
    assert streams.take() == streams.take("b") == FULL
    first.free()
    first.free()
    take(streams, "b")
    assert streams.take() == FULL


def test_the_longest_idle_socket_makes_room() -> None:
    """Whoever comes has its place; what streams, or cannot be ended, keeps its own.

    Planted: the latest ended; one that works among the idle ones; seen to fail.
    """
    streams, ended = Streams(4), list[str]()
    places = {name: take(streams) for name in ("event stream", "busy", "first", "second")}
    for name in ("busy", "first", "second"):
        places[name].may_be_ended(partial(ended.append, name))
    for name in ("busy", "first"):
        places[name].work()
    places["second"].rest()
    places["first"].rest()
    take(streams)
    assert ended == ["second"]
    take(streams)
    assert ended == ["second", "first"]
    assert streams.take() == FULL
    places["first"].rest()  # ended already
    assert streams.take() == FULL
    places["busy"].may_not_be_ended()
    places["busy"].rest()
    assert streams.take() == FULL
    assert streams.taken == 4


def test_a_stranger_makes_room_for_strangers() -> None:
    """A hundred sockets that say nothing keep nobody from saying who they are; known callers stay."""
    streams, ended = Streams(), list[int]()
    known = take(streams)
    known.may_be_ended(partial(ended.append, -1))
    for number in range(MOST_UNPROVEN):
        take(streams, str(number)).may_be_ended(partial(ended.append, number))
    take(streams, "a")
    assert ended == [0]
    assert streams.unproven.total() == MOST_UNPROVEN
    assert streams.taken == MOST_UNPROVEN + 1


def test_the_unproven_are_bounded_by_network_and_together() -> None:
    """A network has ten and is told 429; all networks have a hundred; who is proven or gone counts no more.

    Planted: `proven` without effect; seen to fail.
    """
    streams = Streams()
    places = [take(streams, "a") for _ in range(MOST_UNPROVEN_OF_NETWORK)]
    assert streams.take("a") == TOO_MANY
    others = [take(streams, str(number)) for number in range(MOST_UNPROVEN - MOST_UNPROVEN_OF_NETWORK)]
    assert streams.take("b") == FULL
    take(streams)  # an event stream has its caller in the same request
    places[0].proven()
    take(streams, "a")
    others[0].free()
    take(streams, "b")
    for place in (*places, *others[1:]):
        place.free()
    assert streams.unproven == {"a": 1, "b": 1}
    assert streams.taken == 3


def test_file_descriptors_are_left_for_the_rest() -> None:
    """Half of what the system allows, and never more than the figure of the house."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
        assert most_streams() == 256
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert most_streams(resource.RLIM_INFINITY) == most_streams(10**6) == MOST
