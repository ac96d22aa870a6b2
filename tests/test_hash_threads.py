"""credentials/hash_threads.py."""

from __future__ import annotations

import os
import threading

import pytest

from credentials import hash_threads
from credentials.arena import Arena, NoArena
from credentials.hash_line import Line
from credentials.hash_parameters import HashParameters
from credentials.hash_threads import HashThreads
from tests.lined_up import lined_up

CHEAP = HashParameters(memory_kib=8)


def test_each_thread_has_an_arena_of_its_own() -> None:
    """Two threads, two arenas, at nice 10, by their names; the line's end is theirs."""
    line, told = Line[Arena](), list[str]()
    threads = HashThreads(2, CHEAP, line, told.append)
    both = threading.Barrier(2)

    def look(arena: Arena) -> tuple[int, int, str]:
        both.wait(10)
        nice = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        return id(arena), nice, threading.current_thread().name

    seen = [lined_up(line, look, "a", first=False) for _ in range(2)]
    arenas, nice, names = zip(*(each.result(10) for each in seen), strict=True)
    assert len(set(arenas)) == 2
    assert (nice, {*names}) == ((10, 10), {"hashing-0", "hashing-1"})
    assert threads.count == 2
    assert told == []
    line.close()
    threads.join()


def test_a_thread_without_memory_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its fault is told, and the rest of them hash; with no memory for any of them there is no engine.

    Planted: the first fault raised at once; failed.
    """
    given = iter([True, False, True, False])

    def arena(parameters: HashParameters) -> Arena:
        if next(given):
            return Arena(parameters)
        message = "There is none."
        raise NoArena(message)

    monkeypatch.setattr(hash_threads, "Arena", arena)
    line, told = Line[Arena](), list[str]()
    threads = HashThreads(3, CHEAP, line, told.append)
    assert threads.count == 2
    assert told == ["There is none. Hashing goes on with 2 of 3 threads."]
    assert lined_up(line, lambda _: 7, "a", first=False).result(10) == 7
    line.close()
    threads.join()
    with pytest.raises(NoArena, match="none"):
        HashThreads(1, CHEAP, Line[Arena](), told.append)
