"""Passwords become verifiers here, and are proved against them, on threads of their own."""

import asyncio
import contextlib
import hmac
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar, TypeVarTuple

from credentials.argon2id import argon2id
from credentials.chance import Chance
from credentials.hash_line import Line
from credentials.hash_parameters import HashParameters, below_owasp_minimum
from credentials.hash_queue import HashQueue, Overload, Place
from credentials.key_ring import KeyRing
from credentials.phc import SALT_BYTES, Phc, read_phc
from credentials.secret import Secret

__all__ = ["HashParameters", "HashingEngine", "Overload", "Place", "Verifier", "below_owasp_minimum"]

_NICE = 10  # measured: the event loop's slowest answers take a third of the time, no hash is lost
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

    Making one computes one hash, so that the first estimate of a wait is a measured one.

    Args:
        ring: The keys; the current one seals, any one proves.
        parameters: What a new verifier costs.
        workers: Hashing threads, each with memory of its own; more than cores gain nothing.
        max_wait: Seconds; a longer wait is refused.
        chance: Clock for the measurements, entropy for the salts.
    """

    def __init__(
        self, ring: KeyRing, parameters: HashParameters, *, workers: int, max_wait: float, chance: Chance
    ) -> None:
        self._ring = ring
        self._parameters = parameters
        self._chance = chance
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="hashing", initializer=_step_back)
        self._line = Line()
        start = chance.monotonic()
        self._seal(Secret(""))
        self._queue = HashQueue(workers, max_wait, chance.monotonic() - start)

    @property
    def places_taken(self) -> int:
        """The places of the queue that are taken now."""
        return self._queue.taken

    def reserve(self, *, first: bool = False) -> Place | Overload:
        """Take a place in the queue at once; use it in a `with` block, which gives it back.

        With `first` its jobs go before those of other places, and it does not wait for them.
        """
        return self._queue.reserve(first=first)

    async def seal(self, place: Place, password: Secret) -> Verifier:
        """Make a verifier with the current key and parameters and a salt of its own."""
        return await self.run(place, self._seal, password)

    async def prove(self, place: Place, verifier: Verifier | None, password: Secret) -> bool:
        """Tell whether a password is that of a verifier.

        With no verifier, or one that cannot or must not be computed (of an unknown key, unreadable, or
        far dearer than ours), the answer is False after the work that a current one takes.
        """
        return await self.run(place, self._prove, verifier, password)

    async def run(self, place: Place, function: Callable[[*Ts], T], *args: *Ts) -> T:
        """Do other work of the processor on the hashing threads; what it raises is raised.

        Cancelled while it waits, it never runs; cancelled while it runs, it ends unheard.
        """
        return await asyncio.wrap_future(self._submit(place, function, *args))

    def is_stale(self, verifier: Verifier) -> bool:
        """Tell whether a verifier has other parameters or another key than a new one would have."""
        phc = read_phc(verifier.phc)
        return phc is None or phc.parameters != self._parameters or verifier.key_id != self._ring.current_id

    def close(self) -> None:
        """Finish what was begun and end the threads; a job that comes later is a RuntimeError."""
        self._pool.shutdown(wait=True)

    def _submit(self, place: Place, function: Callable[[*Ts], T], *args: *Ts) -> Future[T]:
        busy = 0.0

        def job() -> T:
            nonlocal busy
            start = self._chance.monotonic()
            try:
                return function(*args)
            finally:
                busy = self._chance.monotonic() - start

        place.begin()
        future = self._line.add(job, first=place.is_first)
        try:
            self._pool.submit(self._line.run_next)
        except RuntimeError:  # the engine is closed
            future.cancel()
            place.end(busy)
            raise
        future.add_done_callback(lambda _: place.end(busy))
        return future

    def _seal(self, password: Secret) -> Verifier:
        salt = self._chance.draw(SALT_BYTES)
        key_id = self._ring.current_id
        tag = argon2id(password.utf8(), salt, self._ring.derive("verifier", key_id), self._parameters)
        return Verifier(Phc(self._parameters, salt, tag).text(), key_id)

    def _prove(self, verifier: Verifier | None, password: Secret) -> bool:
        phc = None if verifier is None else read_phc(verifier.phc)
        if verifier is None or phc is None or not self._is_computable(verifier.key_id, phc.parameters):
            self._seal(password)
            return False
        key = self._ring.derive("verifier", verifier.key_id)
        tag = argon2id(password.utf8(), phc.salt, key, phc.parameters)
        return hmac.compare_digest(tag, phc.tag)

    def _is_computable(self, key_id: str, asked: HashParameters) -> bool:
        ours = self._parameters
        most_memory = max(ours.memory_kib, min(_MORE_MEMORY * ours.memory_kib, _MOST_MEMORY_KIB))
        return (
            key_id in self._ring.ids
            and asked.memory_kib <= most_memory
            and asked.work <= _MORE_WORK * ours.work
            and asked.parallelism <= max(_MOST_LANES, ours.parallelism)
        )


def _step_back() -> None:
    """Let the event loop go first; where the operating system refuses, hashing goes on as it is."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
