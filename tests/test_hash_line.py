"""credentials/hash_line.py."""

import threading
from collections.abc import Callable

import pytest

from credentials.hash_line import FAIR_TURN, Line


def order(firsts: str) -> str:
    """The order in which lined-up jobs run: capitals go first."""
    line, ran = Line(), list[str]()

    def job(name: str) -> Callable[[], None]:
        return lambda: ran.append(name)

    for name in firsts:
        line.add(job(name), first=name.isupper())
    for _ in firsts:
        line.run_next()
    return "".join(ran)


@pytest.mark.parametrize(
    ("firsts", "ran"), [("abc", "abc"), ("ABC", "ABC"), ("abAB", "ABab"), ("aAbB", "ABab"), ("", "")]
)
def test_who_goes_first_is_first(firsts: str, ran: str) -> None:
    """Capitals before small letters, each in the order in which they came."""
    assert order(firsts) == ran


def test_every_fourth_turn_is_another_ones() -> None:
    """However many go first, the others are not left for ever. Planted: no fair turn; failed."""
    assert FAIR_TURN == 4
    assert order("abABCDEFG") == "ABCaDEFbG"


def test_what_a_job_gives_and_raises_is_its_futures() -> None:
    """A result, or an exception of any kind."""

    def fail() -> None:
        raise KeyboardInterrupt

    line = Line()
    good, bad = line.add(lambda: 7, first=False), line.add(fail, first=False)
    line.run_next()
    line.run_next()
    assert good.result() == 7
    assert isinstance(bad.exception(), KeyboardInterrupt)


def test_a_cancelled_job_takes_nobodys_turn() -> None:
    """The next one runs instead; with none left, nothing does. Planted: its turn kept; failed."""
    line, ran = Line(), list[str]()
    gone = line.add(lambda: ran.append("gone"), first=True)
    line.add(lambda: ran.append("next"), first=False)
    assert gone.cancel()
    for _ in range(2):
        line.run_next()
        assert ran == ["next"]


def test_many_threads_run_each_job_once() -> None:
    """Two hundred jobs, eight threads."""
    line, lock, ran = Line(), threading.Lock(), list[int]()

    def job(number: int) -> Callable[[], None]:
        def run() -> None:
            with lock:
                ran.append(number)

        return run

    def run_some() -> None:
        for _ in range(25):
            line.run_next()

    for number in range(200):
        line.add(job(number), first=number % 3 == 0)
    threads = [threading.Thread(target=run_some) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ran) == list(range(200))
