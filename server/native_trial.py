"""A process that tries the build of Argon2 that it finds first, and says what it found as JSON.

It is a process of its own: a library cannot be taken out of one again, and a bad one may end it.
"""

from __future__ import annotations

import json
import sys

from typer import echo

from credentials.argon2_check import find_difference
from credentials.chance import Chance
from credentials.hash_parameters import HashParameters
from server.argon2_build import loaded_library
from server.hash_speed import measure

#: What `make native` says it gained is about two threads, as docs/performance.md measures.
THREADS = 2


def main(inputs: int, seconds: float) -> None:
    """Checks against so many random inputs, then hashes for so many seconds (0: not at all)."""
    chance = Chance()
    difference = find_difference(chance, inputs)
    per_second = measure(HashParameters(), THREADS, seconds, chance).per_second if seconds else 0.0
    found = {"library": str(loaded_library()), "difference": difference, "perSecond": per_second}
    echo(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
