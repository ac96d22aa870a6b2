"""Passwords become verifiers here, and are proved against them, on threads of their own."""

import hmac
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import partial
from typing import Any, NamedTuple, TypeVar, TypeVarTuple

from credentials.arena import Arena
from credentials.argon2id import argon2id
from credentials.chance import Chance
from credentials.hash_line import Line
from credentials.hash_parameters import HashParameters, below_owasp_minimum
from credentials.hash_queue import HashQueue, Overload, Place
from credentials.hash_threads import HashThreads, start_beside
from credentials.hash_wait import hashed
from credentials.key_ring import KeyRing
from credentials.phc import SALT_BYTES, Phc, beginning, read_phc
from credentials.secret import Secret
from credentials.waiting import settle

__all__ = ["HashParameters", "HashingEngine", "Overload", "Place", "Verifier", "below_owasp_minimum"]

_MORE_MEMORY = 4  # times ours: a verifier that was kept before the parameters were lowered
_MORE_WORK = 16  # times ours, likewise
_MOST_MEMORY_KIB = 2**21  # RFC 9106 section 4, the first recommended option: 2 GiB
_MOST_LANES = 8  # threads of one hash: the most that a default of argon2-cffi ever had

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Verifier(NamedTuple):
    """What is kept of a password.

    Attributes:
        phc: The Argon2id hash with its salt and parameters, a PHC string.
        key_id: The root key whose derived key was Argon2's secret input.
    """

    phc: str
    key_id: str


class HashingEngine:
    """Seals and proves passwords with keyed Argon2id, on a bounded queue and a bounded memory.

    Making one maps the arenas and computes one hash, so that the first estimate of a wait is a measured one.

    Args:
        ring: The keys; the current one seals, any one proves.
        parameters: What a new verifier costs.
        workers: Hashing threads, each with memory of its own; more than cores gain nothing.
        max_wait: Seconds; a longer wait is refused.
        chance: Clock for the measurements, entropy for the salts.
        alarm: Told, in a sentence without a secret, what an operator has to look after: a verifier that
            cannot or must not be computed, or a thread that has no memory.

    Raises:
        NoArena: There is not the memory for one thread.
    """

    def __init__(
        self,
        ring: KeyRing,
        parameters: HashParameters,
        *,
        workers: int,
        max_wait: float,
        chance: Chance,
        alarm: Callable[[str], None],
    ) -> None:
        self._ring = ring
        self._parameters = parameters
        self._chance = chance
        self._alarm = alarm
        self._line = Line[Arena]()
        self._threads = HashThreads(workers, parameters, self._line, alarm)
        self._beside_line = Line[None]()
        self._beside = start_beside(self._beside_line)
        first = Future[float]()
        self._line.add(self._time_one, partial(settle, first), "", first=True)
        self._queue = HashQueue(self._threads.count, max_wait, first.result())

    @property
    def parameters(self) -> HashParameters:
        """What a new verifier costs."""
        return self._parameters

    @property
    def places_taken(self) -> int:
        """The places of the queue that are taken now."""
        return self._queue.taken

    def reserve(self, network: str, *, first: bool = False) -> Place | Overload:
        """Take a place in the queue at once; use it in a `with` block, which gives it back.

        Networks take turns. With `first` its jobs go before those of other places, and it does not wait for
        them.
        """
        return self._queue.reserve(network, first=first)

    async def seal(self, place: Place, password: Secret) -> Verifier:
        """Make a verifier with the current key and parameters and a salt of its own."""
        return await self._hashed(place, partial(self._seal, password))

    async def prove(self, place: Place, verifier: Verifier | None, password: Secret) -> bool:
        """Tell whether a password is that of a verifier.

        With no verifier, or one that cannot or must not be computed (of an unknown key, unreadable, or
        far dearer than ours), the answer is False after the work that a current one takes.
        """
        known = None if verifier is None else self._read(verifier)
        if isinstance(known, str):
            self._alarm(f"A kept verifier is not computed, and its password proves nothing: {known}.")
            known = None
        return await self._hashed(place, partial(self._prove, known, password))

    async def run(self, place: Place, function: Callable[[*Ts], T], *args: *Ts) -> T:
        """Do what Python computes beside the hashing threads; what it raises is raised.

        Cancelled while it waits, it never runs; cancelled while it runs, it ends unheard.
        """
        return await hashed(self._beside_line, place, lambda _none: function(*args), self._chance)

    def is_stale(self, verifier: Verifier) -> bool:
        """Tell whether a verifier has other parameters or another key than a new one would have."""
        is_ours = verifier.phc.startswith(beginning(self._parameters))
        return not is_ours or verifier.key_id != self._ring.current_id

    def close(self) -> None:
        """Finish what was begun and end the threads; a job that comes later is a RuntimeError."""
        for line in (self._line, self._beside_line):
            line.close()
        self._threads.join()
        self._beside.join()

    def _hashed(self, place: Place, work: Callable[[Arena], T]) -> Coroutine[Any, Any, T]:
        return hashed(self._line, place, work, self._chance)

    def _time_one(self, arena: Arena) -> float:
        start = self._chance.monotonic()
        self._seal(Secret(""), arena)
        return self._chance.monotonic() - start

    def _seal(self, password: Secret, arena: Arena) -> Verifier:
        salt = self._chance.draw(SALT_BYTES)
        key_id = self._ring.current_id
        key = self._ring.derive("verifier", key_id)
        tag = argon2id(password.utf8(), salt, key, self._parameters, arena)
        return Verifier(Phc(self._parameters, salt, tag).text(), key_id)

    def _prove(self, known: tuple[Phc, str] | None, password: Secret, arena: Arena) -> bool:
        if known is None:
            self._seal(password, arena)
            return False
        phc, key_id = known
        key = self._ring.derive("verifier", key_id)
        if arena.holds(phc.parameters):
            tag = argon2id(password.utf8(), phc.salt, key, phc.parameters, arena)
        else:
            with Arena(phc.parameters) as larger:
                tag = argon2id(password.utf8(), phc.salt, key, phc.parameters, larger)
        return hmac.compare_digest(tag, phc.tag)

    def _read(self, verifier: Verifier) -> tuple[Phc, str] | str:
        """Return what a verifier says, or why it is not computed."""
        phc = read_phc(verifier.phc)
        if phc is None:
            return "it is not a PHC string of Argon2id as Rekey writes it"
        if verifier.key_id not in self._ring.ids:
            return "its root key is not in the key file"
        if not self._is_affordable(phc.parameters):
            return f"{phc.parameters} is far beyond the settings"
        return phc, verifier.key_id

    def _is_affordable(self, asked: HashParameters) -> bool:
        ours = self._parameters
        most_memory = max(ours.memory_kib, min(_MORE_MEMORY * ours.memory_kib, _MOST_MEMORY_KIB))
        return (
            asked.memory_kib <= most_memory
            and asked.work <= _MORE_WORK * ours.work
            and asked.parallelism <= max(_MOST_LANES, ours.parallelism)
        )
