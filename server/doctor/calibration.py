"""Which parameters of Argon2 take a wanted time on this machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from credentials.hash_parameters import OWASP_MINIMUM, HashParameters
from server.hash_speed import Speed, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from credentials.chance import Chance

_TIME = re.compile(r"([0-9]{1,5})(ms|s)")
#: Milliseconds. Below, no machine meets OWASP's minimum; above, whoever signs in goes away.
LEAST, MOST = 10, 5000
_MOST_KIB = 2**32 - 1  # RFC 9106 section 3.1
_STEP = 1024  # KiB: nobody writes a finer figure
#: Times that the memory is corrected by what was measured: time grows with it, but not in a straight line.
_CORRECTIONS = 2
#: Of the wanted time, how much a set may miss it by and still be called as slow as the others.
_NEAR = 0.2
#: Of the machine's memory, what all hashing threads together may take: the rest is for everything else.
_SHARE = 2


class Proposal(NamedTuple):
    """Parameters and what they did, with every thread hashing, where so many seconds were wanted."""

    parameters: HashParameters
    speed: Speed
    wanted: float

    @property
    def is_near(self) -> bool:
        """Whether they take the wanted time: bounds of memory and a busy machine lead elsewhere."""
        return abs(self.speed.seconds - self.wanted) <= self.wanted * _NEAR

    @property
    def lines(self) -> list[str]:
        """What goes into `.env`."""
        return [
            f"REKEY_ARGON2_MEMORY_KIB={self.parameters.memory_kib}",
            f"REKEY_ARGON2_TIME_COST={self.parameters.time_cost}",
            f"REKEY_ARGON2_PARALLELISM={self.parameters.parallelism}",
        ]

    @property
    def comment(self) -> str:
        """What was measured, as a comment of `.env`."""
        memory = self.parameters.memory_kib * self.speed.threads // 1024
        return (
            f"# {self.speed.seconds * 1000:.0f} ms a hash, {self.speed.per_second:.1f} a second, "
            f"{self.speed.threads} threads take {memory} MiB"
        )

    def shown(self) -> dict[str, Any]:
        """By the names that scripts read."""
        return {
            "memoryKib": self.parameters.memory_kib,
            "timeCost": self.parameters.time_cost,
            "parallelism": self.parameters.parallelism,
            "millisecondsPerHash": round(self.speed.seconds * 1000, 1),
            "hashesPerSecond": round(self.speed.per_second, 1),
            "isNear": self.is_near,
            "lines": self.lines,
        }


def read_time(text: str) -> float | None:
    """Seconds of `250ms` or `1s`; None where it is something else, or out of bounds."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    milliseconds = int(found[1]) * (1 if found[2] == "ms" else 1000)
    return milliseconds / 1000 if LEAST <= milliseconds <= MOST else None


def propose(wanted: float, threads: int, lanes: int, memory: int, chance: Chance) -> Iterator[Proposal]:
    """Measures, for each number of passes that OWASP names, the memory that takes the wanted time.

    Args:
        wanted: Seconds of one hash.
        threads: Hashing threads.
        lanes: Of each hash, as the settings have them.
        memory: Bytes of the machine's.
        chance: The clock.

    Raises:
        NoArena: There is not the memory for one thread.
    """
    most = min(memory // _SHARE // threads // 1024, _MOST_KIB) // _STEP * _STEP
    for least, passes in OWASP_MINIMUM:
        if least > most:
            continue
        proposal = _try(HashParameters(least, passes, lanes), threads, wanted, chance)
        if proposal.speed.seconds > wanted:
            continue
        for _ in range(_CORRECTIONS):
            scaled = int(proposal.parameters.memory_kib * wanted / proposal.speed.seconds) // _STEP * _STEP
            memory_kib = max(least, min(scaled, most))
            proposal = _try(HashParameters(memory_kib, passes, lanes), threads, wanted, chance)
        # The last correction was to what may have been a busy moment: its outcome is measured by itself.
        yield _try(proposal.parameters, threads, wanted, chance)


def _try(parameters: HashParameters, threads: int, wanted: float, chance: Chance) -> Proposal:
    return Proposal(parameters, measure(parameters, threads, 2 * wanted, chance), wanted)
