"""What an Argon2id hash costs, and what it has to cost at least."""

from dataclasses import dataclass

# OWASP Password Storage Cheat Sheet, Argon2id: settings of equal strength, (KiB, passes), one lane.
OWASP_MINIMUM = ((47104, 1), (19456, 2), (12288, 3), (9216, 4), (7168, 5))
_MOST = 2**32 - 1  # RFC 9106 section 3.1, memory and passes
_MOST_LANES = 2**24 - 1  # RFC 9106 section 3.1
_LANE_KIB = 8  # RFC 9106 section 3.1: at least 8 KiB a lane


@dataclass(frozen=True)
class HashParameters:
    """The cost of an Argon2id hash, in RFC 9106's parameters.

    Attributes:
        memory_kib: Memory in KiB, m; at least 8 a lane.
        time_cost: Passes over the memory, t.
        parallelism: Lanes, p.

    Raises:
        ValueError: RFC 9106 section 3.1 does not allow a value.
    """

    memory_kib: int = 47104
    time_cost: int = 1
    parallelism: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.parallelism <= _MOST_LANES:
            message = f"Argon2 takes 1 to {_MOST_LANES} lanes."
            raise ValueError(message)
        if not 1 <= self.time_cost <= _MOST:
            message = f"Argon2 takes 1 to {_MOST} passes."
            raise ValueError(message)
        if not _LANE_KIB * self.parallelism <= self.memory_kib <= _MOST:
            message = f"Argon2 takes at least {_LANE_KIB} KiB of memory a lane, and at most {_MOST} KiB."
            raise ValueError(message)

    @property
    def work(self) -> int:
        """The blocks of 1 KiB that are computed; time grows with it."""
        return self.memory_kib * self.time_cost


def below_owasp_minimum(parameters: HashParameters) -> str | None:
    """Say why parameters are too weak for passwords, or None where they are not.

    A setting passes where it has at least the memory and at least the passes of one of OWASP's.
    """
    memory, passes = parameters.memory_kib, parameters.time_cost
    if any(memory >= least and passes >= times for least, times in OWASP_MINIMUM):
        return None
    enough = ", ".join(f"{least} KiB with {times}" for least, times in OWASP_MINIMUM)
    return f"{memory} KiB with {passes} is below OWASP's minimum for Argon2id; enough are {enough} or more."
