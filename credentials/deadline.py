"""One time at which failing answers leave, where the verifiers of a database do not all cost the same."""

import asyncio
import math
from collections.abc import Set as AbstractSet

from credentials.chance import Chance
from credentials.hash_parameters import HashParameters
from credentials.hash_queue import Place
from credentials.hashing import HashingEngine, Overload, Verifier
from credentials.key_ring import KeyRing
from credentials.phc import SALT_BYTES, TAG_BYTES, Phc
from credentials.secret import Secret

_MARGIN = 2  # times the measured time: two threads that hash at once slow each other down by less
_AFTERWARDS = 0.01  # seconds for the transaction that notes the failure: one that reaches a slow disk
_TRIES = 3  # the quickest of them counts: what disturbed the others would be there for a minute


class Deadline:
    """Holds failing answers back, so that the cost of a user's verifier does not show in their time.

    Who has no verifier, or none that counts, is refused after a hash of the parameters that new verifiers
    get. A verifier of before may be cheaper or dearer. As long as there are such, every failing answer leaves
    at one time after its hash began; one that took longer, as on a busy machine, at a multiple of it.

    Args:
        hashing: What proves passwords.
        ring: The keys that it uses.
        chance: The clock that it uses.
    """

    def __init__(self, hashing: HashingEngine, ring: KeyRing, chance: Chance) -> None:
        self._hashing = hashing
        self._ring = ring
        self._chance = chance
        self._seconds = 0.0

    @property
    def seconds(self) -> float:
        """How long after its hash began a failing answer leaves; 0: at once, all verifiers cost the same."""
        return self._seconds

    async def learn(self, present: AbstractSet[HashParameters]) -> None:
        """Take note of the parameters that verifiers have, and measure what they take now.

        They are computed as a verifier's are, on the hashing threads and within the same bounds. Where the
        queue is full everything stays as it was.
        """
        wanted = present | {self._hashing.parameters}
        if len(wanted) == 1:
            self._seconds = 0.0
            return
        dearest = max([await self._measure(each) for each in wanted])
        if dearest < math.inf:
            self._seconds = _MARGIN * dearest + _AFTERWARDS

    async def keep(self, place: Place) -> None:
        """Wait until an answer that failed may leave; its place should have been given back before.

        Args:
            place: The place whose latest job was the proof.
        """
        if self._seconds:
            await asyncio.sleep((place.began - self._chance.monotonic()) % self._seconds)

    async def _measure(self, parameters: HashParameters) -> float:
        phc = Phc(parameters, bytes(SALT_BYTES), bytes(TAG_BYTES))
        verifier = Verifier(phc.text(), self._ring.current_id)
        return min([await self._try(verifier) for _ in range(_TRIES)])

    async def _try(self, verifier: Verifier) -> float:
        place = self._hashing.reserve("", first=True)
        if isinstance(place, Overload):
            return math.inf
        with place:
            await self._hashing.prove(place, verifier, Secret(""))
            return self._chance.monotonic() - place.began
