"""What half of the calls took at most, and what 95 of 100 did."""

from __future__ import annotations

from statistics import quantiles
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Figure(NamedTuple):
    """Half of the calls, and 95 of 100, took at most so many seconds."""

    p50: float
    p95: float


#: By what was called, and how many users there were.
Figures = dict[str, dict[int, Figure]]


def figure(seconds: Sequence[float]) -> Figure:
    """Of two calls or more."""
    parts = quantiles(seconds, n=20, method="inclusive")
    return Figure(parts[9], parts[18])
