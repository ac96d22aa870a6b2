"""Runs every benchmark in turn, prints its table and keeps its numbers: `python -m benchmarks`.

What Rekey is compared with is installed first, where it is not there yet; at the end the tables and the
picture of docs/performance.md are made anew.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks import (
    calm,
    change_password,
    chart,
    cut_off,
    documenting,
    figures,
    gate,
    mail,
    me,
    memory,
    relay,
    sign_in,
    soak,
    ten_million,
    timing,
)
from benchmarks.change_password import Unexpected
from benchmarks.installing import install
from tests.browser import CHROMIUM
from tests.prosody import missing_prosody

if TYPE_CHECKING:
    from types import ModuleType

#: Every file that measures something.
BENCHMARKS = (
    sign_in,
    calm,
    me,
    memory,
    soak,
    change_password,
    cut_off,
    gate,
    mail,
    relay,
    timing,
    ten_million,
)
#: Those that compare Rekey with other services.
AMONG_PEERS = (calm, me)


def missing(benchmark: ModuleType) -> str | None:
    """Tells why a benchmark cannot run here, or gives None."""
    return missing_prosody() if benchmark is cut_off else None


def lists() -> list[str]:
    """The lists of packages to compare with, each once, in the order in which they are installed."""
    needed = [each for benchmark in AMONG_PEERS for peer in benchmark.PEERS for each in peer.lists]
    return list(dict.fromkeys([sign_in.RAW, *needed]))


def main() -> None:
    """Runs all of them.

    Raises:
        SystemExit: some gave no figures; the others' are kept.
    """
    console, aside = Console(width=max(ten_million.WIDTH, Console().width)), Console(stderr=True)
    for each in lists():
        install(each, aside.print)
    failed = [each.__name__ for each in BENCHMARKS if not _has_run(each, console)]
    documenting.document()
    if failed:
        sys.exit(f"No figures of {', '.join(failed)}: see above. The others' are kept.")
    if CHROMIUM.exists():
        chart.draw()
    else:
        console.print(f"The picture is not drawn: Chromium is not installed at {CHROMIUM}.")


def _has_run(benchmark: ModuleType, console: Console) -> bool:
    """Runs one, shows its table and keeps its numbers; one that cannot run here is named."""
    if reason := missing(benchmark):
        console.print(f"{benchmark.__name__}: {reason}")
        return True
    try:
        made = benchmark.run(peers=benchmark.PEERS) if benchmark in AMONG_PEERS else benchmark.run()
    except (Unexpected, OSError, subprocess.SubprocessError):
        console.print_exception()
        return False
    console.print(made)
    if isinstance(made, figures.Figures):
        figures.write(benchmark.__name__.rpartition(".")[2], made)
    return True


if __name__ == "__main__":
    main()
