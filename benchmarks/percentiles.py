"""What half of the calls took at most, what 95 of 100 did, and how long the processor was at one."""

from __future__ import annotations

from statistics import median, quantiles
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Call(NamedTuple):
    """What one call took, and what the processor did for it, in seconds."""

    took: float
    busy: float


class Figure(NamedTuple):
    """Half of the calls, and 95 of 100, took at most so many seconds; `busy` is the processor's median.

    On a busy machine a call waits for its turn, which says nothing about the call: then `busy` does.
    """

    p50: float
    p95: float
    busy: float


#: By what was called, and how many users there were.
Figures = dict[str, dict[int, Figure]]


def figure(calls: Sequence[Call]) -> Figure:
    """Of two calls or more."""
    parts = quantiles((each.took for each in calls), n=20, method="inclusive")
    return Figure(parts[9], parts[18], median(each.busy for each in calls))
