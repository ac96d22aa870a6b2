"""A hashing queue that is full."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from credentials.hashing import HashingEngine, Place
from tests.chance import FixedChance
from tests.world import CHEAPEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resolvers.services import Services
    from tests.world import World


class _Ticking(FixedChance):
    """A clock on which everything takes a second."""

    def monotonic(self) -> float:
        self._monotonic += 1
        return self._monotonic


@contextmanager
def overloaded(world: World, *, by_strangers: bool = False) -> Iterator[Services]:
    """The same services where one place is taken and nobody may wait for it: a hash takes a second.

    It goes first, so that nobody else gets one, or is a stranger's.
    """
    hashing = HashingEngine(world.ring, CHEAPEST, workers=1, max_wait=0, chance=_Ticking(), alarm=print)
    place = hashing.reserve("192.0.2.99", first=not by_strangers)
    assert isinstance(place, Place)
    with place:
        yield replace(world.services, hashing=hashing)
    hashing.close()
