"""What it costs that there are many users: nothing that a person or an administrator would feel.

Compares what people, administrators and the service itself do on installations of a thousand users and of
more with the same on the smallest: the use cases in this process, as the server calls them, on real
databases, with Argon2 at its cheapest parameters.

`python -m benchmarks.ten_million --users 10000000 --folder /var/tmp/many` takes 35 GB there; what was filled
stays, and is measured again by the next call. `--postgresql` starts a cluster of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
from contextlib import AsyncExitStack, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.common import ROUNDS
from benchmarks.installations import bytes_of, made, quiet
from benchmarks.percentiles import figure
from benchmarks.walks import greeting, walk, walking
from tests.plans import PLANNED, listening, scans
from tests.postgres import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.percentiles import Figure, Figures
    from benchmarks.walker import Walker
    from server.settings import Settings
    from tests.plans import Sent

#: What the others are compared with.
LEAST = 1_000
#: As many as are filled in ten seconds.
USERS = 100_000
#: As many as a trial of a few calls needs.
FEW = 10_000
CALLS = 20
#: Columns that three sizes need.
WIDTH = 110


async def measure(installations: dict[int, Settings], calls: int, *, is_anyone: bool) -> Figures:
    """Walks on all of them in turn, so that what disturbs the machine disturbs them alike."""
    async with AsyncExitStack() as stack:
        walkers: list[Walker] = [
            await stack.enter_async_context(walking(settings, size, is_anyone=is_anyone))
            for size, settings in installations.items()
        ]
        for each in [] if is_anyone else walkers:
            await greeting(each)
        for _ in track(range(calls), "Measuring", console=Console(stderr=True), transient=True):
            for each in walkers:
                await walk(each)
    names = walkers[0].took
    return {name: {each.size: figure(each.took[name]) for each in walkers} for name in names}


async def proof(size: int, settings: Settings) -> str:
    """Explains each statement that a walk sends: which of them read a growing table from end to end."""
    async with walking(settings, size) as walker:
        with listening() as sent:
            await walk(walker)
    statements: dict[str, Sent] = {
        each[0]: [each] for each in sent if each[0].split(maxsplit=1)[0] in PLANNED
    }
    found = [name for name, lines in (await scans(settings.database_url, statements)).items() if lines]
    return f"{len(statements)} statements, {len(found)} without an index{': ' if found else '.'}" + "; ".join(
        found
    )


def table(title: str, figures: Figures, calls: int) -> Table:
    """The figures, with the ratios to the fewest users: of what calls took, and of what the processor did."""
    meaning = f"milliseconds: the median of {calls} calls, and what 95 of 100 took at most"
    caption = f"{meaning}; busy: the processor's share alone. Python {platform.python_version()}, "
    shown = Table(title=title, box=box.SIMPLE, caption=f"{caption}{os.cpu_count()} cores.")
    shown.add_column("what", no_wrap=True)
    least, *more = next(iter(figures.values()))
    shown.add_column(f"{least:,}", justify="right", no_wrap=True)
    for size in more:
        for heading in (f"{size:,}", f"÷ {least:,}", "busy ÷"):
            shown.add_column(heading, justify="right", no_wrap=True)
    for name, by_size in figures.items():
        first = by_size[least]
        cells = [_cell(first)]
        for each in (by_size[size] for size in more):
            cells += [_cell(each), f"{each.p50 / first.p50:.2f}", f"{each.busy / first.busy:.2f}"]
        shown.add_row(name, *cells)
    return shown


def _cell(each: Figure) -> str:
    return f"{1000 * each.p50:.2f} {1000 * each.p95:.1f}"


def sizes(users: int) -> list[int]:
    """A thousand, a hundred thousand where there are more, and the number that was asked for."""
    return sorted({LEAST, min(users, USERS), users})


@contextmanager
def installed(users: int, folder: Path, *, postgresql: bool = False) -> Iterator[dict[int, Settings]]:
    """Fills what is not filled yet."""
    with postgres_server() if postgresql else nullcontext() as server:
        urls = {size: server.create_database(f"users{size}") if server else None for size in sizes(users)}
        yield {size: made(folder / str(size), size, url) for size, url in urls.items()}


def run(rounds: int = ROUNDS, calls: int = CALLS) -> Table:
    """Fills installations in a temporary folder, measures, and gives the table."""
    users = USERS if calls == CALLS else FEW
    with (
        TemporaryDirectory(prefix="rekey-benchmark-") as name,
        installed(users, Path(name)) as installations,
        quiet(),
    ):
        figures = asyncio.run(measure(installations, rounds * calls, is_anyone=False))
    return table("Many users, of whom a few hundred are busy", figures, rounds * calls)


def main() -> None:
    """Measures what the command line asks for, with those who are busy and with anyone."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=USERS, help="a power of ten, up to 100,000,000")
    parser.add_argument("--calls", type=int, default=ROUNDS * CALLS, help="of each kind")
    parser.add_argument("--folder", type=Path, help="where databases stay; a temporary one without")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    parser.add_argument("--postgresql", action="store_true", help="instead of the embedded database")
    given, console = parser.parse_args(), Console(width=max(WIDTH, Console().width))
    with (
        TemporaryDirectory(prefix="rekey-benchmark-") as name,
        installed(given.users, given.folder or Path(name), postgresql=given.postgresql) as installations,
        quiet(),
    ):
        sizes_on_disk = {size: bytes_of(each) / size for size, each in installations.items()}
        for size, each in sizes_on_disk.items():
            console.print(f"{size:,} users: {each:,.0f} bytes each.")
        console.print(asyncio.run(proof(given.users, installations[given.users])))
        kept: dict[str, object] = {"bytes a user": sizes_on_disk, "calls": given.calls}
        for title, is_anyone in (("A few hundred are busy", False), ("Each time another user", True)):
            figures = asyncio.run(measure(installations, given.calls, is_anyone=is_anyone))
            console.print(table(title, figures, given.calls))
            kept[title] = {
                what: {size: each._asdict() for size, each in by_size.items()}
                for what, by_size in figures.items()
            }
    if given.json is not None:
        given.json.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
