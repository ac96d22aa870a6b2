"""credentials/deadline.py."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from credentials.deadline import Deadline
from credentials.hash_parameters import HashParameters
from credentials.hashing import HashingEngine, Place
from credentials.key_ring import KeyRing
from tests.chance import FixedChance

RING = KeyRing([bytes(32)])
OURS = HashParameters(memory_kib=8, time_cost=1, parallelism=1)
OLDER = HashParameters(memory_kib=16, time_cost=1, parallelism=1)
#: A thousand millions of passes: whoever computed it would not come back.
ABSURD = HashParameters(memory_kib=8, time_cost=2**30, parallelism=1)
#: Tries of one set, and how often the clock is read for each: as its job begins and ends, and after it.
TRIES, READINGS = 3, 3


class Slowing(FixedChance):
    """A clock by which each reading takes `pace` seconds longer than the one before."""

    def __init__(self, pace: int) -> None:
        super().__init__()
        self.readings = 0
        self.pace = pace

    def monotonic(self) -> float:
        """Return seconds."""
        self.readings += 1
        self._monotonic += self.pace * self.readings
        return super().monotonic()


def tried(
    scene: Callable[[Deadline, HashingEngine, Slowing], Awaitable[None]], max_wait: float = 5, pace: int = 0
) -> None:
    """Run a scene on an engine of its own."""
    chance = Slowing(pace)
    engine = HashingEngine(RING, OURS, workers=1, max_wait=max_wait, chance=chance, alarm=print)

    async def run() -> None:
        await scene(Deadline(engine, RING, chance), engine, chance)

    asyncio.run(run())
    engine.close()


def held(engine: HashingEngine) -> Place:
    """Return a place that must be granted."""
    place = engine.reserve("one")
    assert isinstance(place, Place)
    return place


@pytest.mark.parametrize("present", [set(), {OURS}])
def test_where_all_cost_the_same_there_is_none(present: set[HashParameters]) -> None:
    """Nothing is measured, and nobody waits: not even a turn of the loop."""

    async def scene(deadline: Deadline, engine: HashingEngine, chance: Slowing) -> None:
        before = chance.readings
        await deadline.learn(present)
        keeping = deadline.keep(held(engine))
        with pytest.raises(StopIteration):
            keeping.__await__().send(None)
        assert (deadline.seconds, chance.readings) == (0, before)

    tried(scene)


def test_it_lies_above_the_dearest_of_what_is_measured() -> None:
    """Twice the dearest set's quickest try, our own set among them, and what a transaction takes.

    Planted: the slowest try in place of the quickest, the cheapest set in place of the dearest, our own left
    out; each seen to fail.
    """

    async def scene(deadline: Deadline, _engine: HashingEngine, chance: Slowing) -> None:
        before, chance.pace = chance.readings, 1
        await deadline.learn({OLDER})
        assert chance.readings - before == 2 * TRIES * READINGS
        # The first try of the set that came last, which is the dearest by this clock.
        first = before + TRIES * READINGS + 1
        assert deadline.seconds == 2 * (first + 1 + first + 2) + 0.01

    tried(scene)


def test_it_ends_with_the_other_set() -> None:
    """A set that died out takes its time along. Planted: the time kept; seen to fail."""

    async def scene(deadline: Deadline, _engine: HashingEngine, chance: Slowing) -> None:
        await deadline.learn({OLDER, OURS})
        assert deadline.seconds == 0.01
        readings = chance.readings
        await deadline.learn({OURS})
        assert (deadline.seconds, chance.readings) == (0, readings)

    tried(scene)


def test_an_absurd_set_is_not_computed() -> None:
    """It takes what such a verifier's proof takes: a hash of our own parameters."""

    async def scene(deadline: Deadline, _engine: HashingEngine, _chance: Slowing) -> None:
        await deadline.learn({ABSURD})
        assert deadline.seconds > 0

    tried(scene)


def test_a_full_queue_is_tried_again() -> None:
    """Where known callers fill the queue what was known stays; the next time it is measured."""

    async def scene(deadline: Deadline, engine: HashingEngine, _chance: Slowing) -> None:
        with held(engine) as place:
            place.go_first()
            await deadline.learn({OLDER})
            assert deadline.seconds == 0
        await deadline.learn({OLDER})
        known = deadline.seconds
        assert known > 0
        with held(engine) as place:
            place.go_first()
            await deadline.learn({OLDER})
            assert deadline.seconds == known

    tried(scene, max_wait=0, pace=1)


@pytest.mark.parametrize(("passed", "waits"), [(0, 0), (4, 6), (9, 1), (11, 9), (45, 5)])
def test_an_answer_leaves_at_the_deadline_or_a_multiple(
    passed: int, waits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted from when the latest job of its place began, in milliseconds.

    Planted: counted from the end of the job; late ones let go at once; seen to fail.
    """
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(1000 * seconds)

    async def scene(deadline: Deadline, engine: HashingEngine, chance: Slowing) -> None:
        await deadline.learn({OLDER})
        with held(engine) as place:
            await engine.run(place, lambda: None)
        place.began = chance.monotonic() - passed / 1000
        monkeypatch.setattr(asyncio, "sleep", sleep)
        await deadline.keep(place)
        assert slept == pytest.approx([waits], abs=0.001)

    tried(scene)
