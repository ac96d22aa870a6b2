"""How fast this machine hashes: on threads and in arenas as the service has them."""

from __future__ import annotations

import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from credentials.arena import Arena, NoArena
from credentials.argon2id import argon2id
from credentials.phc import SALT_BYTES

if TYPE_CHECKING:
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

    At the priority of the process, unlike the service's threads: so the figure is the machine's, however
    busy others keep it.

    Raises:
        NoArena: There is not the memory for one thread.
    """

    def work(arena: Arena) -> list[float]:
        end = chance.monotonic() + seconds
        took: list[float] = []
        while not took or chance.monotonic() < end:
            start = chance.monotonic()
            argon2id(b"password", bytes(SALT_BYTES), b"key", parameters, arena)
            took.append(chance.monotonic() - start)
        return took

    with ExitStack() as stack:
        arenas = [stack.enter_context(Arena(parameters))]
        with suppress(NoArena):
            arenas += (stack.enter_context(Arena(parameters)) for _ in range(threads - 1))
        with ThreadPoolExecutor(len(arenas)) as pool:
            measured = list(pool.map(work, arenas))
    per_second = sum(len(took) / sum(took) for took in measured)
    return Speed(per_second, median(each for took in measured for each in took), len(arenas))


def peak_memory() -> int:
    """The most bytes of memory that this process has had resident."""
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): KiB, but on macOS bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
