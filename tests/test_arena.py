"""credentials/arena.py."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest
from argon2.exceptions import HashingError
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.arena import Arena, NoArena, room
from credentials.argon2id import argon2id
from credentials.hash_parameters import HashParameters

SALT = b"0123456789abcdef"
SMALL = HashParameters(memory_kib=64)
COSTS = st.integers(1, 8).flatmap(
    lambda p: st.builds(HashParameters, st.integers(8 * p, 99), st.just(1), st.just(p))
)


def tag(arena: Arena, password: bytes = b"password", parameters: HashParameters = SMALL) -> bytes:
    """Compute a hash in an arena."""
    return argon2id(password, SALT, b"", parameters, arena)


@settings(deadline=None)
@given(COSTS)
def test_it_has_exactly_the_room_that_argon2_takes(parameters: HashParameters) -> None:
    """A hash fits into the arena made for it, and not into one a KiB smaller.

    Planted: the memory as it was asked for, without RFC 9106's rounding to segments; failed.
    """
    with Arena(parameters) as arena:
        assert arena.size == room(parameters)
        assert arena.holds(parameters)
        assert len(tag(arena, parameters=parameters)) == 32
    smaller = Arena.__new__(Arena)
    smaller._size = room(parameters) - 1024  # noqa: SLF001  no parameters give this size
    assert not smaller.holds(parameters)


def test_one_arena_serves_hash_after_hash() -> None:
    """What was computed in it before changes nothing, and less is computed in a part of it."""
    with Arena(SMALL) as arena, Arena(SMALL) as other:
        tags = [tag(arena, password) for password in (b"one", b"two", b"one")]
        assert tags[0] == tags[2] != tags[1] == tag(other, b"two")
        less = HashParameters(memory_kib=8)
        assert tag(arena, parameters=less) == tag(other, parameters=less)


def test_it_is_wiped_after_each_hash() -> None:
    """Argon2 leaves nothing but zeros. Planted: a byte written as it is given back; failed."""
    with Arena(SMALL) as arena:
        for _ in range(2):
            tag(arena)
            assert not any(bytes(arena._memory))  # noqa: SLF001  what lies in it is not shown


def test_what_has_no_room_is_refused() -> None:
    """A dearer hash is an error, not a write behind the end. Planted: the size not looked at; crashed."""
    with Arena(SMALL) as arena, pytest.raises(HashingError, match="allocation"):
        tag(arena, parameters=HashParameters(memory_kib=128))


def test_no_memory_is_said_clearly() -> None:
    """Where the operating system gives none, the error names what was asked for, and nothing is left behind.

    In a process of its own, whose address space is bounded.
    """
    script = (
        "import resource; from credentials.arena import *; from credentials.hash_parameters import *\n"
        "most = 2**30; resource.setrlimit(resource.RLIMIT_AS, (most, most))\n"
        "try: Arena(HashParameters(memory_kib=2**21))\n"
        "except NoArena as fault: print(fault)\n"
        "Arena(HashParameters(memory_kib=2**15)).close()"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout == "There is no memory for a hash of 2097152 KiB: Cannot allocate memory.\n"
    assert issubclass(NoArena, MemoryError)


def test_its_memory_is_taken_once() -> None:
    """Further hashes fault no page in. Planted: Argon2's own memory; failed with thousands of faults."""
    large = HashParameters(memory_kib=47104)
    with Arena(large) as arena:
        tag(arena, parameters=large)
        before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
        for _ in range(2):
            tag(arena, parameters=large)
        assert resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before < 1000
