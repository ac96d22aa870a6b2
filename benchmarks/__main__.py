"""Runs every benchmark in turn and prints its table: `python -m benchmarks`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks import change_password, cut_off, gate, mail, relay, timing
from tests.prosody import missing_prosody

if TYPE_CHECKING:
    from types import ModuleType

#: Every file that measures something.
BENCHMARKS = (change_password, cut_off, gate, mail, relay, timing)


def missing(benchmark: ModuleType) -> str | None:
    """Tells why a benchmark cannot run here, or gives None."""
    return missing_prosody() if benchmark is cut_off else None


def main() -> None:
    """Runs all of them."""
    console = Console()
    for benchmark in BENCHMARKS:
        reason = missing(benchmark)
        console.print(benchmark.run() if reason is None else f"{benchmark.__name__}: {reason}")


if __name__ == "__main__":
    main()
