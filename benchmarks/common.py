"""What the benchmarks share: rounds in which the measures take turns, medians, and the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.progress import track

from benchmarks.figures import A_SECOND, MILLISECONDS, show

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.figures import Figures

#: An odd number, so that a median is a round that was measured.
ROUNDS = 5


class Took(NamedTuple):
    """What one call took, in seconds; `client_seconds` of them the client was busy itself."""

    seconds: float
    client_seconds: float = 0.0


@dataclass
class Measure:
    """Something that is called often and timed.

    Args:
        name: as the table shows it.
        call: does it once and says what it took.
        calls: how often in each round.
        before: what has to be done first in each round; not timed.
    """

    name: str
    call: Callable[[], Took]
    calls: int
    before: Callable[[], None] = lambda: None
    rounds: list[Took] = field(default_factory=list, init=False)

    def run(self) -> None:
        """Runs one round and keeps its medians."""
        self.before()
        took = [self.call() for _ in range(self.calls)]
        self.rounds.append(
            Took(median(each.seconds for each in took), median(each.client_seconds for each in took))
        )

    @property
    def figure(self) -> float:
        """The median of the rounds' medians, in seconds."""
        return median(each.seconds for each in self.rounds)

    @property
    def client_share(self) -> float:
        """How much of that time the client was busy itself: 0 to 1."""
        return median(each.client_seconds / each.seconds for each in self.rounds)


def alternate(measures: Sequence[Measure], rounds: int) -> None:
    """Lets the measures take turns, so that what disturbs the machine for a while disturbs all of them."""
    for _ in track(range(rounds), "Measuring", console=Console(stderr=True), transient=True):
        for measure in measures:
            measure.run()


def table(title: str, measures: Sequence[Measure], yardsticks: Sequence[Measure]) -> Figures:
    """The figures in milliseconds, with the ratio of each to the yardsticks."""
    ratios = [{f"÷ {yard.name}": each.figure / yard.figure for yard in yardsticks} for each in measures]
    return show(title, MILLISECONDS, list(zip(measures, ratios, strict=True)))


def rates(
    title: str, measures: Sequence[Measure], yardsticks: Sequence[Measure], notes: Sequence[str] = ()
) -> Figures:
    """The figures as so many a second, with the ratio of each to the yardsticks."""
    ratios = [{f"÷ {yard.name}": yard.figure / each.figure for yard in yardsticks} for each in measures]
    return show(title, A_SECOND, list(zip(measures, ratios, strict=True)), notes)
