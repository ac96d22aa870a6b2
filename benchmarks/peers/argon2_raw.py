"""argon2-cffi's own hasher at Rekey's default parameters, in as many threads as cores.

Runs in an environment of its own: reads how many passwords to verify from each line, and answers the seconds.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher

PASSWORD = "violet anvil harvest 74 moon"  # noqa: S105  of nobody


def main() -> None:
    """Answers until there is no line."""
    hasher = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1)
    kept = hasher.hash(PASSWORD)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for line in sys.stdin:
            begun = time.perf_counter()
            tried = [pool.submit(hasher.verify, kept, PASSWORD) for _ in range(int(line))]
            for each in tried:
                each.result()
            print(time.perf_counter() - begun, flush=True)


if __name__ == "__main__":
    main()
