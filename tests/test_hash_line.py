"""credentials/hash_line.py."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.arena import Arena
from credentials.hash_line import FAIR_TURN, LONG, TOGETHER, Line
from credentials.hash_parameters import HashParameters
from tests.lined_up import lined_up


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    """The thread's memory."""
    with Arena(HashParameters(memory_kib=8)) as made:
        yield made


def order(arena: Arena, jobs: list[tuple[str, str]]) -> str:
    """The order in which lined-up jobs run, each of a name and a network: capitals go first."""
    line, ran = Line[Arena](), list[str]()

    def job(name: str) -> Callable[[Arena], None]:
        return lambda _: ran.append(name)

    for name, network in jobs:
        lined_up(line, job(name), network, first=name.isupper())
    line.close()
    while line.run_next(arena):
        pass
    return "".join(ran)


@pytest.mark.parametrize(
    ("names", "ran"), [("abc", "abc"), ("ABC", "ABC"), ("abAB", "ABab"), ("aAbB", "ABab"), ("", "")]
)
def test_who_goes_first_is_first(arena: Arena, names: str, ran: str) -> None:
    """Capitals before small letters, those of one network in the order in which they came."""
    assert order(arena, [(name, "one") for name in names]) == ran


def test_every_fourth_turn_is_another_ones(arena: Arena) -> None:
    """However many go first, the others are not left for ever. Planted: no fair turn; failed."""
    assert FAIR_TURN == 4
    assert order(arena, [(name, "one") for name in "abABCDEFG"]) == "ABCaDEFbG"


def test_networks_take_turns(arena: Arena) -> None:
    """Whoever floods waits for itself: another's job is next but one. Planted: one line for all; failed."""
    flood = [(name, "flood") for name in "abcd"]
    assert order(arena, [*flood, ("x", "here"), ("y", "here"), ("z", "there")]) == "axzbycd"
    assert order(arena, [(name.upper(), network) for name, network in [*flood, ("x", "here")]]) == "AXBCD"


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), max_size=30))
def test_no_job_is_lost_and_each_networks_own_are_in_order(jobs: list[tuple[bool, str]]) -> None:
    """Every job runs once, and behind those of its network that came before it in the same line."""
    line, ran = Line[Arena](), list[int]()
    for number, (first, network) in enumerate(jobs):
        lined_up(line, lambda _, number=number: ran.append(number), network, first=first)  # type: ignore[misc]  # a lambda has no types
    line.close()
    with Arena(HashParameters(memory_kib=8)) as arena:
        while line.run_next(arena):
            pass
    assert sorted(ran) == list(range(len(jobs)))
    for one in set(jobs):
        own = [number for number in ran if jobs[number] == one]
        assert own == sorted(own)


def test_what_a_job_gives_and_raises_is_its_futures(arena: Arena) -> None:
    """A result, or an exception of any kind."""

    def fail(_arena: Arena) -> None:
        raise KeyboardInterrupt

    line = Line[Arena]()
    good, bad = (
        lined_up(line, lambda given: given, "one", first=False),
        lined_up(line, fail, "one", first=False),
    )
    assert line.run_next(arena)
    assert line.run_next(arena)
    assert good.result() is arena
    assert isinstance(bad.exception(), KeyboardInterrupt)


def crowd(line: Line[Arena]) -> list[Future[Any]]:
    """So many jobs of one network that four of them wait for long, and two more."""
    return [lined_up(line, lambda _: None, "one", first=False) for _ in range(LONG + TOGETHER + 2)]


def told(line: Line[Arena], arena: Arena, jobs: list[Future[Any]]) -> list[int]:
    """After each job that runs here, how many have been told of theirs."""
    counts = list[int]()
    for _ in jobs:
        line.run_next(arena)
        counts.append(sum(job.done() for job in jobs))
    return counts


def test_who_waits_for_long_is_told_with_others(arena: Arena) -> None:
    """Four at a time; who waited for fewer turns is told at once, and the last when nothing waits.

    Planted: each told at once; all told together; the last never told; each seen to fail.
    """
    line = Line[Arena]()
    jobs = crowd(line)
    quick = list(range(1, LONG + 1))
    assert told(line, arena, jobs) == [*quick, *[LONG] * (TOGETHER - 1), *[LONG + TOGETHER] * 3]
    line.close()
    assert not line.run_next(arena)
    assert all(job.done() for job in jobs)


def test_who_is_told_at_once_takes_others_along(arena: Arena) -> None:
    """Who goes first, after nobody's turn. Planted: told past those who are held; seen to fail."""
    line = Line[Arena]()
    jobs = crowd(line)
    told(line, arena, jobs[: LONG + 1])
    assert not jobs[LONG].done()
    first = lined_up(line, lambda _: None, "one", first=True)
    line.run_next(arena)
    assert first.done()
    assert jobs[LONG].done()


def test_a_thread_that_finds_nothing_to_do_tells(arena: Arena) -> None:
    """Nobody waits for work that may never come. Planted: told before a job alone; seen to fail."""
    line = Line[Arena]()
    *jobs, last = crowd(line)
    told(line, arena, jobs)

    def run_all() -> None:
        while line.run_next(arena):
            pass

    thread = threading.Thread(target=run_all)
    thread.start()
    try:
        last.result(10)
    finally:
        line.close()
        thread.join()


def test_a_withdrawn_job_takes_nobodys_turn(arena: Arena) -> None:
    """The next one runs instead. Planted: its turn kept; failed."""
    line, ran = Line[Arena](), list[str]()
    gone = line.add(lambda _: ran.append("gone"), lambda *_: ran.append("told"), "one", first=True)
    lined_up(line, lambda _: ran.append("next"), "one", first=False)
    assert line.withdraw(gone)
    assert line.run_next(arena)
    assert ran == ["next"]


def test_what_runs_is_not_withdrawn(arena: Arena) -> None:
    """Nor what ran, nor what was withdrawn before. Planted: said to be withdrawn; failed."""
    line, could = Line[Arena](), list[bool]()
    jobs = [line.add(lambda _: could.append(line.withdraw(jobs[0])), lambda *_: None, "one", first=True)]
    assert line.run_next(arena)
    assert could == [False]
    assert not line.withdraw(jobs[0])
    gone = line.add(lambda _: None, lambda *_: None, "one", first=True)
    assert [line.withdraw(gone) for _ in range(2)] == [True, False]


def test_a_closed_line_ends(arena: Arena) -> None:
    """What waits runs, what comes later is refused, and who waits for a job is let go."""
    line = Line[Arena]()
    ended = list[bool]()
    waiting = threading.Thread(target=lambda: ended.append(line.run_next(arena)))
    waiting.start()
    line.close()
    waiting.join(10)
    assert ended == [False]
    with pytest.raises(RuntimeError, match="have ended"):
        lined_up(line, lambda _: None, "one", first=True)


def test_many_threads_run_each_job_once(arena: Arena) -> None:
    """Two hundred jobs of five networks, eight threads."""
    line, lock, ran = Line[Arena](), threading.Lock(), list[int]()

    def job(number: int) -> Callable[[Arena], None]:
        def run(_arena: Arena) -> None:
            with lock:
                ran.append(number)

        return run

    def run_all() -> None:
        while line.run_next(arena):
            pass

    threads = [threading.Thread(target=run_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for number in range(200):
        lined_up(line, job(number), str(number % 5), first=number % 3 == 0)
    line.close()
    for thread in threads:
        thread.join()
    assert sorted(ran) == list(range(200))
