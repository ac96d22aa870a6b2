"""The tables of docs/performance.md, written anew from docs/figures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from benchmarks.figures import FOLDER, read

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
_PLACE = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def document() -> None:
    """Fills in every table whose numbers were kept."""
    PAGE.write_text(_PLACE.sub(_filled, PAGE.read_text()))


def _filled(place: re.Match[str]) -> str:
    if not (FOLDER / f"{place[2]}.json").exists():
        return place[0]
    return f"{place[1]}{markdown(read(place[2]))}\n{place[3]}"


def markdown(numbers: dict[str, Any]) -> str:
    """One benchmark's table, and what its numbers are of."""
    rows = numbers["rows"]
    headings = list(dict.fromkeys(heading for row in rows for heading in row["ratios"]))
    lines = ["| " + " | ".join(["what", numbers["unit"], "rounds", *headings]) + " |"]
    lines.append("|---|" + "---:|" * (2 + len(headings)))
    for row in rows:
        edges = f"{_short(min(row['rounds']))} to {_short(max(row['rounds']))}"
        ratios = [_short(row["ratios"].get(heading)) for heading in headings]
        lines.append("| " + " | ".join([row["name"], _short(row["figure"]), edges, *ratios]) + " |")
    machine = numbers["machine"]
    most = max(row["client"] for row in rows)
    told = (
        f"{len(rows[0]['rounds'])} rounds; {machine['month']}, {machine['cores']} cores "
        f"({machine['processor']}), Python {machine['python']}, Argon2: {machine['argon2']}. "
        f"The clients took {most:.0%} at most."
    )
    return "\n".join([*lines, "", " ".join([told, *numbers["notes"]])])


def _short(number: float | None) -> str:
    """Three figures that say something."""
    if number is None:
        return ""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


if __name__ == "__main__":
    document()
