"""How fast this machine hashes: on threads and in arenas as the service has them."""

from __future__ import annotations

import resource
import sys
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from credentials.argon2id import argon2id
from credentials.hash_line import Line
from credentials.hash_threads import HashThreads
from credentials.phc import SALT_BYTES

if TYPE_CHECKING:
    from credentials.arena import Arena
    from credentials.chance import Chance
    from credentials.hash_parameters import HashParameters


class Speed(NamedTuple):
    """What was measured with every thread hashing.

    Attributes:
        per_second: Hashes of all threads together.
        seconds: One hash, the median.
        threads: How many there was memory for.
    """

    per_second: float
    seconds: float
    threads: int


def measure(parameters: HashParameters, threads: int, seconds: float, chance: Chance) -> Speed:
    """Hashes on every thread for so many seconds, and at least once.

    Raises:
        NoArena: There is not the memory for one thread.
    """
    line = Line()
    hashing = HashThreads(threads, parameters, line, lambda _reason: None)

    def work(arena: Arena) -> list[float]:
        end = chance.monotonic() + seconds
        took: list[float] = []
        while not took or chance.monotonic() < end:
            start = chance.monotonic()
            argon2id(b"password", bytes(SALT_BYTES), b"key", parameters, arena)
            took.append(chance.monotonic() - start)
        return took

    try:
        jobs = [line.add(work, str(number), first=True) for number in range(hashing.count)]
        measured = [job.result() for job in jobs]
    finally:
        line.close()
        hashing.join()
    per_second = sum(len(took) / sum(took) for took in measured)
    return Speed(per_second, median(each for took in measured for each in took), hashing.count)


def peak_memory() -> int:
    """The most bytes of memory that this process has had resident."""
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): KiB, but on macOS bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
