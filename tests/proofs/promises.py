"""Promises of time on a machine that does other work too."""

import os

#: A test beside others has half of a processor at times.
BESIDE_OTHERS = 2.0


def allowed(seconds: float) -> float:
    """How long what is promised in so many seconds may take here and now.

    Twice as long, and longer by as much as the machine had more work in the last minute than processors.
    """
    return seconds * BESIDE_OTHERS * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
