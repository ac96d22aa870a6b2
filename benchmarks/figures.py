"""Tables for people, and the same numbers as JSON for docs/figures."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC
from importlib.metadata import distribution, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rich import box
from rich.table import Table

from credentials.chance import Chance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.common import Measure

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "figures"
PACKAGES = ("argon2-cffi", "argon2-cffi-bindings", "sqlalchemy", "starlette", "strawberry-graphql", "uvicorn")


class Unit(NamedTuple):
    """What figures are shown in.

    Attributes:
        name: as the table shows it.
        of: a measure's figure in it.
        places: digits after the point.
        meaning: what they are, with a place for the number of rounds.
    """

    name: str
    of: Callable[[float], float]
    places: int
    meaning: str


MILLISECONDS = Unit("ms", lambda seconds: 1000 * seconds, 2, "milliseconds: the median of {} rounds' medians")
A_SECOND = Unit("a second", lambda seconds: 1 / seconds, 1, "a second: the median of {} rounds")
MEBIBYTES = Unit("MiB", lambda mebibytes: mebibytes, 1, "MiB: the median of {} rounds")


class Figures(Table):
    """A table, and in `numbers` what it shows."""

    numbers: dict[str, Any]


def show(
    title: str,
    unit: Unit,
    rows: Sequence[tuple[Measure, Mapping[str, float | None]]],
    notes: Sequence[str] = (),
) -> Figures:
    """The figures with their ratios, as the rows name them.

    Args:
        title: what is compared.
        unit: of all of them.
        rows: each measure with its ratios; one that means nothing for it is left out or None.
        notes: what else is to be known, such as which peer is missing.
    """
    made = Figures(title=title, box=box.SIMPLE, caption=_caption(unit, len(rows[0][0].rounds), notes))
    headings = list(dict.fromkeys(heading for _, ratios in rows for heading in ratios))
    made.add_column("what", no_wrap=True)
    for heading in (unit.name, "rounds", *headings, "client"):
        made.add_column(heading, justify="right", no_wrap=heading == unit.name)
    shown = [_numbers(unit, *row) for row in rows]
    for row in shown:
        low, high = (f"{edge:.{unit.places}f}" for edge in (min(row["rounds"]), max(row["rounds"])))
        ratios = [_ratio(row["ratios"].get(heading)) for heading in headings]
        middle = f"{row['figure']:.{unit.places}f}"
        made.add_row(row["name"], middle, f"{low} to {high}", *ratios, f"{row['client']:.0%}")
    made.numbers = {"title": title, "unit": unit.name, "rows": shown, "notes": list(notes)}
    return made


def write(name: str, figures: Figures) -> None:
    """Keeps the numbers of one benchmark, with the machine and the versions that they are of."""
    FOLDER.mkdir(exist_ok=True)
    kept = {**figures.numbers, "machine": machine()}
    text = json.dumps(kept, indent=1, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(text + "\n")


def read(name: str) -> dict[str, Any]:
    """The numbers of one benchmark that were kept last."""
    numbers: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return numbers


def machine() -> dict[str, Any]:
    """What the figures are of."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "python": platform.python_version(),
        "argon2": argon2_build(),
        "versions": {each: version(each) for each in PACKAGES},
        "month": f"{Chance().now().astimezone(UTC):%B %Y}",
    }


def argon2_build() -> str:
    """Whether Rekey's Argon2 is the published wheel, or was built on this machine."""
    wheel = distribution("argon2-cffi-bindings").read_text("WHEEL") or ""
    tags = [tag for line in wheel.splitlines() if (tag := line.removeprefix("Tag: ")) != line]
    # pip names what it builds itself after the machine alone.
    is_built_here = any("-linux_" in tag for tag in tags)
    return "a build for this processor" if is_built_here else "the published wheel"


def _numbers(unit: Unit, measure: Measure, ratios: Mapping[str, float | None]) -> dict[str, Any]:
    return {
        "name": measure.name,
        "figure": round(unit.of(measure.figure), 4),
        "rounds": [round(unit.of(each.seconds), 4) for each in measure.rounds],
        "ratios": {name: None if ratio is None else round(ratio, 4) for name, ratio in ratios.items()},
        "client": round(measure.client_share, 4),
    }


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.4f}"


def _caption(unit: Unit, rounds: int, notes: Sequence[str]) -> str:
    meaning = f"{unit.meaning.format(rounds)}, and the lowest to the highest of them"
    system = f"client: its own share. Python {platform.python_version()}, {os.cpu_count()} cores."
    return " ".join([f"{meaning}; {system}", *notes])


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
