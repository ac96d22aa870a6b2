"""server/hash_speed.py."""

from __future__ import annotations

import pytest

from credentials.arena import NoArena
from credentials.chance import Chance
from credentials.hash_parameters import HashParameters
from server.hash_speed import measure, peak_memory
from tests.doctors import little_memory

MIB = 2**20


def test_every_thread_hashes() -> None:
    """What is told are hashes of all threads together, and the time of one."""
    found = measure(HashParameters(1024), 2, 0.05, Chance())
    assert found.threads == 2
    assert found.seconds > 0
    assert found.per_second > 0
    assert measure(HashParameters(1024), 1, 0, Chance()).threads == 1


def test_memory_that_is_not_there_is_told() -> None:
    """Where the system gives no memory, nothing is hashed."""
    with little_memory(2**30), pytest.raises(NoArena):
        measure(HashParameters(2**22), 1, 0, Chance())


def test_peak_memory_counts_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python process takes some MiB, whatever unit the system counts in."""
    assert 5 * MIB < peak_memory() < 100_000 * MIB
    monkeypatch.setattr("sys.platform", "darwin")
    assert peak_memory() < 5 * MIB
